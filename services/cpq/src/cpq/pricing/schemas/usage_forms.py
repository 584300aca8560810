"""The form of usage prices in price books: one for each model of rating."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from cpq.selling import (
    Graduated,
    Package,
    Percentage,
    Standard,
    UsagePrice,
    UsageTier,
    Volume,
)
from servicekit.http import AmountIn, FractionIn, In, QuantityIn

MOST_TIERS = 100

Resource = Annotated[
    str,
    StringConstraints(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9][A-Za-z0-9_.:-]*$"),
    Field(examples=["api-calls"]),
]
"""Names what is used."""
UsageUnit = Annotated[
    str, StringConstraints(min_length=1, max_length=64, pattern=r"^[^\s\x00-\x1f][^\x00-\x1f]*$")
]
"""What is counted, for people."""


class StandardIn(In):
    """Each unit costs the same."""

    model: Literal["standard"]
    """How usage is rated."""
    unit_price: AmountIn
    """For one unit, in the rule's currency."""

    @property
    def price(self) -> UsagePrice:
        """The price as a value."""
        return Standard(self.unit_price)


class UsageTierIn(In):
    """Units above those of the tiers before, up to and with `up_to`."""

    up_to: QuantityIn | None = None
    """The last unit of the tier; null: it has no end, as the last one must."""
    unit_price: AmountIn
    """For one unit, in the rule's currency."""
    flat: AmountIn = Decimal(0)
    """Due once as soon as a unit is in the tier."""

    @property
    def tier(self) -> UsageTier:
        """The tier as a value."""
        return UsageTier(self.up_to, self.unit_price, self.flat)


UsageTiersIn = Annotated[list[UsageTierIn], Field(min_length=1, max_length=MOST_TIERS)]


class GraduatedIn(In):
    """Each unit costs what its own tier says."""

    model: Literal["graduated"]
    """How usage is rated."""
    tiers: UsageTiersIn
    """In rising order; the last one has no end."""

    @property
    def price(self) -> UsagePrice:
        """The price as a value."""
        return Graduated(tuple(one.tier for one in self.tiers))


class VolumeIn(In):
    """All units cost what the tier of the last one says."""

    model: Literal["volume"]
    """How usage is rated."""
    tiers: UsageTiersIn
    """In rising order; the last one has no end."""

    @property
    def price(self) -> UsagePrice:
        """The price as a value."""
        return Volume(tuple(one.tier for one in self.tiers))


class PackageIn(In):
    """Units come in packages; a begun one is due whole."""

    model: Literal["package"]
    """How usage is rated."""
    size: QuantityIn
    """Units of one package."""
    package_price: AmountIn
    """For one package, in the rule's currency."""
    free: AmountIn = Decimal(0)
    """Units that cost nothing."""

    @property
    def price(self) -> UsagePrice:
        """The price as a value."""
        return Package(self.size, self.package_price, self.free)


class PercentageIn(In):
    """A share of the money of each event, and a fee for it, within a minimum and a maximum."""

    model: Literal["percentage"]
    """How usage is rated."""
    rate: FractionIn
    """The share: "0.029" is 2.9 %."""
    fee: AmountIn = Decimal(0)
    """For each event, in the rule's currency."""
    minimum: AmountIn | None = None
    """The least that an event costs; null: any."""
    maximum: AmountIn | None = None
    """The most that an event costs; null: any."""

    @property
    def price(self) -> UsagePrice:
        """The price as a value."""
        return Percentage(self.rate, self.fee, self.minimum, self.maximum)


UsagePriceIn = Annotated[
    StandardIn | GraduatedIn | VolumeIn | PackageIn | PercentageIn, Field(discriminator="model")
]
"""What use costs, rated each period anew."""
