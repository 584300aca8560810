"""Tax rates."""

from datetime import date
from typing import Self
from uuid import UUID

from erp.receivables.models import TaxRate
from servicekit.http.schemas import Code, CountryCode, DayIn, FractionIn, FractionOut, In, Name, Out


class TaxRateIn(In):
    """A rate as a fraction ("0.19"), in force in a country from a day on."""

    country: CountryCode
    category: Code
    name: Name
    rate: FractionIn
    valid_from: DayIn


class TaxRateOut(Out):
    """A rate; it holds until the next one of its country and category begins."""

    id: UUID
    country: str
    category: str
    name: str
    rate: FractionOut
    valid_from: date

    @classmethod
    def of(cls, row: TaxRate) -> Self:
        """Render a rate."""
        return cls.model_validate(row)
