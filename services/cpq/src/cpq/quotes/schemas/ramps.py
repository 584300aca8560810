"""Ramps of quote lines."""

from decimal import Decimal
from typing import Annotated

from pydantic import AfterValidator, Field

from cpq.quotes import service
from servicekit.http import In, QuantityIn, SignedAmountIn

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


Ramp = Annotated[list[RampSegmentIn], Field(max_length=service.MOST_SEGMENTS)]
