"""Terms and attributes of lines, as they are asked for and as they are answered."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import Field

from cpq.quotes import service
from cpq.selling import Proration, TermUnit
from servicekit.http import DayIn, In, Out


class TermIn(In):
    """How long a line runs: `months`, or up to and with `end_on`, or until it is cancelled."""

    start_on: DayIn | None = None
    """The first day; null: the day of pricing."""
    months: Annotated[int | None, Field(ge=1, le=1_200)] = None
    """Whole months; either these or `end_on`."""
    end_on: DayIn | None = None
    """The last day."""
    unit: Literal["month", "quarter", "half-year", "year"] | None = None
    """What the unit price is for, together with `count`; null: as the selling model says, or a
    month."""
    count: Annotated[int | None, Field(ge=1, le=1_200)] = None
    """How many of the unit one price is for; null: as the selling model says, or one."""
    basis: Literal[
        "period-days", "calendar-days", "actual-30", "strict-30", "days", "months-and-days",
        "whole-months", "none",
    ] | None = None  # fmt: skip
    """How a part of a period counts; null: as for the item's way to sell, or `period-days`."""
    anchor: DayIn | None = None
    """A day on which a billing period begins; null: the first day."""
    evergreen: bool = False
    """It has no end: the price is due each period until it is cancelled, the first one now."""

    def term(self) -> service.AskedTerm:
        """The term for the use case."""
        return service.AskedTerm(
            start_on=self.start_on,
            months=self.months,
            end_on=self.end_on,
            unit=TermUnit(self.unit) if self.unit else None,
            count=self.count,
            basis=Proration(self.basis) if self.basis else None,
            anchor=self.anchor,
            evergreen=self.evergreen,
        )


class TermOut(Out):
    """How long a line runs, as it can be asked for again."""

    start_on: date | None = None
    """The first day; null: the day of pricing."""
    months: int | None = None
    """Whole months; either these or `end_on`."""
    end_on: date | None = None
    """The last day."""
    unit: TermUnit
    """What the unit price is for, together with `count`."""
    count: int
    """How many of the unit one price is for."""
    basis: Proration
    """How a part of a period counts."""
    anchor: date | None = None
    """A day on which a billing period begins; null: the first day."""
    evergreen: bool = False
    """It has no end: it runs until it is cancelled."""


class NumberOut(Out):
    """A decimal, which JSON has no exact form of."""

    number: str
    """The decimal, as a text."""


AttributeOut = bool | NumberOut | str


def shown_attributes(kept: Mapping[str, Any]) -> dict[str, AttributeOut]:
    """The attributes of a line, as they can be asked for again."""
    return {
        name: NumberOut(number=value["decimal"]) if isinstance(value, Mapping) else value
        for name, value in kept.items()
    }
