"""HTTP payloads of price rules."""

from datetime import date, datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field, StringConstraints, model_validator

from cpq.pricing.models import QuantityBreakRow, TaxRateRow, TierDiscountRow
from servicekit.http import (
    Code,
    CountryCode,
    DayIn,
    FractionIn,
    FractionOut,
    In,
    LongText,
    Name,
    Out,
    QuantityIn,
    QuantityOut,
)
from servicekit.values import Period

Category = Name
"""A category as the ERP has it: a rule must be able to name every one."""
Tier = Annotated[
    str,
    StringConstraints(min_length=1, max_length=32, pattern=r"^[a-z][a-z0-9-]*$"),
    Field(examples=["gold"]),
]
"""A tier as the CRM takes it: a rule for `Gold` would never be given to anybody."""


class DatedIn(In):
    """The days on which a rule holds."""

    valid_from: Annotated[DayIn, Field(description="First day on which the rule holds.")]
    valid_to: Annotated[
        DayIn | None, Field(description="First day on which it no longer holds; null: for ever.")
    ] = None
    note: LongText | None = None

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> Self:
        if self.valid_to is not None and self.valid_to <= self.valid_from:
            raise ValueError("valid_to must be after valid_from")
        return self

    @property
    def period(self) -> Period:
        """The days as a value."""
        return Period(self.valid_from, self.valid_to)


class QuantityBreakIn(DatedIn):
    """All units get the discount once a line's quantity reaches the minimum."""

    item_id: Annotated[UUID | None, Field(description="Only this item.")] = None
    category: Annotated[
        Category | None, Field(description="Only items of this category; not with item_id.")
    ] = None
    minimum_quantity: QuantityIn
    discount: FractionIn

    @model_validator(mode="after")
    def _one_scope(self) -> Self:
        if self.item_id is not None and self.category is not None:
            raise ValueError("name an item or a category, not both")
        return self


class TierDiscountIn(DatedIn):
    """Customers of a tier get the discount."""

    tier: Tier
    category: Annotated[
        Category | None, Field(description="Only items of this category; null: all items.")
    ] = None
    discount: FractionIn


class TaxRateIn(DatedIn):
    """A tax rate for estimates; the ERP's invoice decides."""

    country: Annotated[CountryCode, Field(description="The customer's country.")]
    tax_category: Code
    rate: FractionIn


class RuleEndIn(In):
    """The end of a rule."""

    valid_to: Annotated[DayIn, Field(description="First day on which it no longer holds.")]


class DatedOut(Out):
    """What all rules show."""

    id: UUID
    valid_from: date
    valid_to: date | None
    note: str | None
    version: int
    created_at: datetime
    updated_at: datetime


class QuantityBreakOut(DatedOut):
    """A quantity break."""

    item_id: UUID | None
    """Only this item, by its id in the ERP; null: all of the category, or all."""
    category: str | None
    minimum_quantity: QuantityOut
    discount: FractionOut

    @classmethod
    def of(cls, row: QuantityBreakRow) -> Self:
        """Render the row."""
        return cls.model_validate(row)


class TierDiscountOut(DatedOut):
    """A tier discount."""

    tier: str
    category: str | None
    discount: FractionOut

    @classmethod
    def of(cls, row: TierDiscountRow) -> Self:
        """Render the row."""
        return cls.model_validate(row)


class TaxRateOut(DatedOut):
    """A tax rate for estimates."""

    country: str
    tax_category: str
    rate: FractionOut

    @classmethod
    def of(cls, row: TaxRateRow) -> Self:
        """Render the row."""
        return cls.model_validate(row)
