"""HTTP payloads of selling models."""

from datetime import datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import Field, StringConstraints, model_validator

from cpq.selling_models.models import SellingModelRow, WayToSell
from servicekit.http import Code, In, Name, Out

SellingKey = Annotated[str, StringConstraints(min_length=1, max_length=80)]
Basis = Literal[
    "period-days", "calendar-days", "actual-30", "strict-30", "days", "months-and-days",
    "whole-months", "none",
]  # fmt: skip


class SellingModelChangeIn(In):
    """What a selling model is to be."""

    name: Name
    """How people call it."""
    kind: Literal["one-off", "termed", "evergreen", "usage"]
    """Whether its price is due once, for a term, until it is cancelled, or by what was used."""
    unit: Literal["month", "quarter", "half-year", "year"] | None = None
    """What a price is for, together with `count`; termed and evergreen need one."""
    count: Annotated[int, Field(ge=1, le=1_200)] = 1
    """How many of the unit one price is for."""
    active: bool = True
    """Whether it is looked at; an inactive one is as unknown as one that does not exist."""

    @model_validator(mode="after")
    def _only_time_has_a_unit(self) -> Self:
        if (self.kind in ("termed", "evergreen")) != (self.unit is not None):
            raise ValueError("termed and evergreen have a unit, the others have none")
        return self


class SellingModelIn(SellingModelChangeIn):
    """A selling model to make."""

    key: SellingKey
    """How price rules and quotes name it; it stays."""


class SellingModelOut(Out):
    """How something is sold."""

    id: UUID
    key: str
    """How price rules and quotes name it."""
    name: str
    kind: str
    """One of one-off, termed, evergreen, usage."""
    unit: str | None
    """What a price is for, together with `count`; null: it is for no time."""
    count: int
    """How many of the unit one price is for."""
    active: bool
    """Whether it is looked at."""
    version: int
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, row: SellingModelRow) -> Self:
        """Render the row."""
        return cls.model_validate(row)


class WayToSellChangeIn(In):
    """How an item is sold by a model."""

    is_default: bool = False
    """It is taken where nobody names a model."""
    proration: Basis = "period-days"
    """What a part of a period counts for."""


class WayToSellIn(WayToSellChangeIn):
    """A way to sell an item."""

    sku: Code
    """The item."""
    selling_model: SellingKey
    """The key of the model."""


class WayToSellOut(Out):
    """A way to sell an item."""

    id: UUID
    sku: str
    selling_model: str
    """The key of the model."""
    is_default: bool
    """It is taken where nobody names a model."""
    proration: str
    """What a part of a period counts for, see the terms of quote lines."""
    version: int
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, row: WayToSell) -> Self:
        """Render the row."""
        return cls.model_validate(row)
