"""Tax rates."""

from datetime import date
from typing import Self
from uuid import UUID

from erp.receivables.models import TaxRate
from servicekit.http.schemas import (
    Code,
    CountryCode,
    DayIn,
    FractionIn,
    FractionOut,
    In,
    Name,
    Out,
    Reason,
)


class TaxRateIn(In):
    """A rate as a fraction ("0.19"), in force in a country from a day on."""

    country: CountryCode
    category: Code
    """Tax category, such as `standard` or `reduced`."""
    name: Name
    rate: FractionIn
    valid_from: DayIn


class TaxRateEndIn(In):
    """When and why a rate ends."""

    valid_to: DayIn
    """The first day on which it no longer holds."""
    reason: Reason


class TaxRateOut(Out):
    """A rate; it holds from `valid_from` up to but not including `valid_to` (null: for ever)."""

    id: UUID
    country: str
    category: str
    """Tax category, such as `standard` or `reduced`."""
    name: str
    rate: FractionOut
    valid_from: date
    valid_to: date | None

    @classmethod
    def of(cls, row: TaxRate) -> Self:
        """Render a rate."""
        return cls.model_validate(row)
