"""Tax rates."""

from datetime import date
from typing import Annotated, Self
from uuid import UUID

from pydantic import StringConstraints

from erp.taxes.models import TaxRate
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

RegionCode = Annotated[str, StringConstraints(pattern=r"^([A-Z0-9][A-Z0-9-]{0,39})?$")]
"""Code of a territory of the country with rates of its own; empty: the country itself."""


class TaxRateIn(In):
    """A rate as a fraction ("0.19"), in force in a country from a day on."""

    country: CountryCode
    region: RegionCode = ""
    """A territory of the country with rates of its own, by its code; empty: the country."""
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
    region: str
    """A territory of the country with rates of its own, by its code; empty: the country."""
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
