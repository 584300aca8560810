"""Ramps of quote lines."""

from decimal import Decimal
from typing import Annotated, Self

from pydantic import AfterValidator, Field, StringConstraints

from cpq.quotes import service
from cpq.quotes.models import QuoteLine
from cpq.selling import MOST_GROWTH
from servicekit.http import FractionOut, In, Out, QuantityIn, SignedAmountIn

LineKey = Annotated[
    str, StringConstraints(min_length=1, max_length=40, pattern=r"^[A-Za-z0-9][A-Za-z0-9_.:-]*$")
]
"""Names a line within its quote."""
LARGEST_UPLIFT = Decimal(10)


def _within(uplift: Decimal) -> Decimal:
    if not -1 <= uplift <= LARGEST_UPLIFT:
        raise ValueError(f"give a fraction from -1 to {LARGEST_UPLIFT}")
    return uplift


class RampSegmentIn(In):
    """A part of a ramp's term, with its own quantity and price."""

    quantity: QuantityIn | None = None
    """Above zero, in the item's unit; null: the line's."""
    uplift_fraction: Annotated[SignedAmountIn, AfterValidator(_within)] = Decimal(0)
    """What its price is more than that of the segment before: "0.03" is 3 %, "-0.1" is less."""
    months: Annotated[int | None, Field(ge=1, le=1_200)] = None
    """How long it is; null in all of them: a year each, the last one what is left."""

    def segment(self) -> service.RampSegment:
        """The segment for the use case."""
        return service.RampSegment(self.quantity, self.uplift_fraction, self.months)


def _grown(growth: Decimal) -> Decimal:
    if not -1 <= growth < MOST_GROWTH:
        raise ValueError(f"give a fraction from -1 to below {MOST_GROWTH}")
    return growth


class RampPlaceIn(In):
    """Which segment of a ramp a line is."""

    ramp: LineKey
    """The key of the ramp's first line."""
    number: Annotated[int, Field(ge=1, le=service.MOST_SEGMENTS)]
    """From 1."""
    growth_fraction: Annotated[SignedAmountIn, AfterValidator(_grown)] = Decimal(0)
    """What its price is more than the ramp's own: "0.0609" is 6.09 %."""

    def place(self) -> service.RampPlace:
        """The place for the use case."""
        return service.RampPlace(self.ramp, self.number, self.growth_fraction)


class RampPlaceOut(Out):
    """Which segment of a ramp a line is."""

    ramp: str
    """The key of the ramp's first line."""
    number: int
    """From 1."""
    growth_fraction: FractionOut
    """What its price is more than the ramp's own: "0.0609" is 6.09 %."""

    @classmethod
    def of(cls, line: QuoteLine) -> Self | None:
        """Render it, if the line is one."""
        if line.ramp is None or line.segment is None or line.uplift is None:
            return None
        return cls(ramp=line.ramp, number=line.segment, growth_fraction=line.uplift)


Ramp = Annotated[list[RampSegmentIn], Field(max_length=service.MOST_SEGMENTS)]
