"""What clients send and receive about items."""

from datetime import date, datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field, model_validator

from erp.items.models import Item
from erp.items.queries import ValidCost, ValidPrice
from erp.items.rules import Unit, usual_places
from erp.items.service import ItemChanges, NewCost, NewItem, NewPrice
from servicekit.http.schemas import (
    AmountIn,
    AmountOut,
    Code,
    CurrencyCode,
    DayIn,
    In,
    Name,
    Out,
    Reason,
    Reference,
    UnitCode,
)


class ItemIn(In):
    """An item to be released."""

    sku: Code
    name: Name
    unit: UnitCode = "each"
    """The unit it is stocked, priced and ordered in."""
    category: Name | None = None
    tax_category: Code = "standard"
    stocked: bool = True
    sellable: bool = True
    discontinued: bool = False
    """True for an item that only its history needs: it is known, and cannot be ordered."""
    external_reference: Reference | None = None

    def new(self) -> NewItem:
        """The command."""
        return NewItem(**dict(self))


class ItemPatch(In):
    """The fields of an item to change; what is left out stays."""

    name: Name | None = None
    category: Name | None = None
    tax_category: Code | None = None
    sellable: bool | None = None
    external_reference: Reference | None = None

    @model_validator(mode="after")
    def _required_stay(self) -> Self:
        for field in ("name", "tax_category", "sellable"):
            if field in self.model_fields_set and getattr(self, field) is None:
                raise ValueError(f"{field} cannot be emptied")
        return self

    def changes(self) -> ItemChanges:
        """The command: only what was sent."""
        return ItemChanges({name: getattr(self, name) for name in self.model_fields_set})


class ReasonIn(In):
    """Why somebody does it, for the audit trail."""

    reason: Reason


class DiscontinuationIn(In):
    """An item to be discontinued, named by id or external reference."""

    item_id: UUID | None = None
    external_reference: Reference | None = None
    reason: Reason

    @model_validator(mode="after")
    def _one_name(self) -> Self:
        if (self.item_id is None) == (self.external_reference is None):
            raise ValueError("name the item by item_id or by external_reference, not by both")
        return self


class ItemOut(Out):
    """An item."""

    id: UUID
    sku: str
    name: str
    unit: str
    quantity_places: int
    """Decimal places that a quantity of the item may have: those of its unit."""
    category: str | None
    tax_category: str
    stocked: bool
    sellable: bool
    status: str
    """released: it can be ordered; discontinued: it cannot."""
    external_reference: str | None
    version: int
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, item: Item) -> Self:
        """Render an item."""
        return cls.model_validate(item)


class UnitIn(In):
    """A unit of the tenant's own: numerator / denominator base units of its dimension, exactly."""

    code: UnitCode
    name: Name
    dimension: Code
    """Units of one dimension convert into each other: mass, length, or a name of your own."""
    numerator: Annotated[int, Field(ge=1, le=10**12)] = 1
    denominator: Annotated[int, Field(ge=1, le=10**12)] = 1
    places: Annotated[int, Field(ge=0, le=10)] | None = None
    """Decimal places of a quantity counted in it. Left out: 0 in the dimension `count`, else 3."""

    def unit(self) -> Unit:
        """The unit."""
        return Unit(
            self.code,
            self.name,
            self.dimension,
            self.numerator,
            self.denominator,
            usual_places(self.dimension) if self.places is None else self.places,
        )


class UnitOut(Out):
    """A unit of measure."""

    code: str
    name: str
    dimension: str
    numerator: int
    denominator: int
    places: int
    """Decimal places that a quantity counted in it may have."""


class UnitsOut(Out):
    """Every unit of the tenant, by code."""

    items: list[UnitOut]


class _NamesItem(In):
    item_id: UUID | None = None
    sku: Code | None = None

    @model_validator(mode="after")
    def _one_name(self) -> Self:
        if (self.item_id is None) == (self.sku is None):
            raise ValueError("name the item by item_id or by sku, and not by both")
        return self


class ListPriceIn(_NamesItem):
    """A list price from a day on: of one unit, without tax, unrounded."""

    currency: CurrencyCode
    unit_price: AmountIn
    valid_from: DayIn
    valid_to: DayIn | None = None
    """The first day on which it no longer holds. A later price ends it as well."""

    def new(self) -> NewPrice:
        """The command."""
        return NewPrice(**dict(self))


class StandardCostIn(_NamesItem):
    """What one unit costs a company from a day on, in its base currency, unrounded."""

    unit_cost: AmountIn
    valid_from: DayIn
    valid_to: DayIn | None = None
    currency: CurrencyCode | None = None
    """Only to be sure: must be the company's base currency."""
    company_id: UUID | None = None
    """Left out: the tenant's default company."""

    def new(self) -> NewCost:
        """The command."""
        return NewCost(**dict(self))


class ListPriceOut(Out):
    """A list price and the half-open days on which it really holds."""

    currency: str
    unit_price: AmountOut
    valid_from: date
    valid_to: date | None


class ListPricesOut(Out):
    """An item's list prices, by currency and day."""

    item_id: UUID
    items: list[ListPriceOut]

    @classmethod
    def of(cls, item_id: UUID, rows: list[ValidPrice]) -> Self:
        """Render prices."""
        return cls(item_id=item_id, items=[ListPriceOut.model_validate(row) for row in rows])


class StandardCostOut(Out):
    """A standard cost and the half-open days on which it really holds."""

    company_id: UUID
    currency: str
    unit_cost: AmountOut
    valid_from: date
    valid_to: date | None


class StandardCostsOut(Out):
    """An item's standard costs, by company and day."""

    item_id: UUID
    items: list[StandardCostOut]

    @classmethod
    def of(cls, item_id: UUID, rows: list[ValidCost]) -> Self:
        """Render costs."""
        return cls(item_id=item_id, items=[StandardCostOut.model_validate(row) for row in rows])
