"""Ramps: a line over a term in segments, each with its own quantity and price."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Protocol
from uuid import UUID

from cpq.quotes.rules.term import Term, TermIsNoTerm, termed
from cpq.selling import GrowsTooMuch, months_later, segments, uplifts
from servicekit.errors import InvalidInput

MOST_SEGMENTS = 60
_KEY_STEM = 36
"""Of a key of forty, so that a number has its place behind it."""


class RampIsNoRamp(InvalidInput):
    """Segments follow on one another and fill the term."""

    code = "ramp-is-no-ramp"
    title = "The segments of a ramp fill its term, one after the other"
    hint = (
        "Give the line a term and as many segments as it has years; or give every segment its "
        "months, which sum to the term. Take and leave the segments of a ramp together."
    )


@dataclass(frozen=True, slots=True)
class RampSegment:
    """A segment as somebody asks for it."""

    quantity: Decimal | None = None
    """None: that of the line."""
    uplift: Decimal = Decimal(0)
    """On the price of the segment before, a fraction: 0.03 is 3 % more; below zero it is less."""
    months: int | None = None
    """How long it is; None: a year, and of the last one what is left."""


@dataclass(frozen=True, slots=True)
class RampPlace:
    """Which segment of which ramp a line is."""

    key: str
    """Of the ramp's first line."""
    number: int
    """From 1."""
    uplift: Decimal
    """What the price has grown by since the ramp's own, a fraction at ten places."""


@dataclass(frozen=True, slots=True)
class PlannedSegment:
    """A segment as a line with its days."""

    key: str
    place: RampPlace
    quantity: Decimal | None
    term: Term


def planned(
    key: str,
    wanted: Sequence[RampSegment],
    term: Term | None,
    day: date,
    *,
    taken: set[str],
    field: str,
) -> list[PlannedSegment]:
    """The segments of the ramp of the line with this key; the first one keeps the key.

    The others get one that is not `taken` yet, where they are added. `field` names the line.
    Raises `RampIsNoRamp`, `TermIsNoTerm`.
    """
    if term is None:
        raise RampIsNoRamp("the line has no term", field=f"{field}.term")
    if term.evergreen:
        raise RampIsNoRamp("what is evergreen has no segments", field=f"{field}.term")
    start = term.start_on or day
    spans = _spans(wanted, term, start, field)
    try:
        grown = uplifts([segment.uplift for segment in wanted])
    except GrowsTooMuch as error:
        where = f"{field}.ramp.{error.place}.uplift_fraction"
        raise RampIsNoRamp(f"with it the segment costs {error}", field=where) from error
    found = []
    for at, (segment, (begins, after)) in enumerate(zip(wanted, spans, strict=True)):
        days = replace(
            term,
            start_on=begins,
            months=None,
            end_on=after - timedelta(days=1),
            anchor=term.anchor or start,
        )
        place = RampPlace(key, at + 1, grown[at])
        own = _free_key(key, at + 1, taken) if at else key
        found.append(PlannedSegment(own, place, segment.quantity, days))
    return found


def _free_key(key: str, number: int, taken: set[str]) -> str:
    while (found := f"{key[:_KEY_STEM]}-{number}") in taken:
        number += 1
    taken.add(found)
    return found


class Segmented(Protocol):
    """A line that may be a segment of a ramp."""

    @property
    def key(self) -> str | None: ...
    @property
    def parent(self) -> str | None: ...
    @property
    def optional(self) -> bool: ...
    @property
    def selected(self) -> bool: ...
    @property
    def ramp(self) -> RampPlace | None: ...


def check_together(lines: Sequence[Segmented]) -> None:
    """See that the segments of a ramp are one thing: each once, all at one place, all chosen alike.

    A ramp is called by the key of its first segment. Raises `RampIsNoRamp`.
    """
    heads = {
        line.key: line for line in lines if line.ramp is not None and line.ramp.key == line.key
    }
    numbers: set[tuple[str, int]] = set()
    for position, line in enumerate(lines):
        place, where = line.ramp, f"lines.{position}"
        if place is None:
            continue
        head = heads.get(place.key)
        if head is None:
            raise RampIsNoRamp(
                f"no line {place.key!r} is the first segment of the ramp",
                field=f"{where}.segment.ramp",
            )
        if (place.key, place.number) in numbers:
            raise RampIsNoRamp(
                f"segment {place.number} of {place.key!r} stands twice",
                field=f"{where}.segment.number",
            )
        numbers.add((place.key, place.number))
        for name in ("selected", "optional", "parent"):
            if getattr(line, name) != getattr(head, name):
                raise RampIsNoRamp(
                    f"{name} is not the same for all segments of {place.key!r}",
                    field=f"{where}.{name}",
                )


def check_one_item(sold: Sequence[tuple[RampPlace | None, UUID]]) -> None:
    """Raise `RampIsNoRamp` where segments of one ramp sell different items."""
    items: dict[str, UUID] = {}
    for position, (place, item_id) in enumerate(sold):
        if place is not None and items.setdefault(place.key, item_id) != item_id:
            raise RampIsNoRamp(
                f"segments of {place.key!r} sell different items", field=f"lines.{position}.item_id"
            )


def _spans(
    wanted: Sequence[RampSegment], term: Term, start: date, field: str
) -> list[tuple[date, date]]:
    """From when until when each lasts; the second is the day after."""
    said = [segment.months for segment in wanted if segment.months is not None]
    if said and len(said) < len(wanted):
        raise RampIsNoRamp(
            "some segments say their months and others do not", field=f"{field}.ramp"
        )
    whole = sum(said)
    if said and term.months is None and term.end_on is None:
        term = replace(term, months=whole)
    last = termed(term, start, field=f"{field}.term").end_on
    assert last is not None
    after = last + timedelta(days=1)
    if not said:
        spans = segments(start, after)
        if len(spans) != len(wanted):
            raise RampIsNoRamp(
                f"the term has {len(spans)} years, there are {len(wanted)} segments",
                field=f"{field}.ramp",
            )
        return spans
    try:
        begins = [months_later(start, sum(said[:number])) for number in range(len(said) + 1)]
    except (ValueError, OverflowError) as error:
        raise TermIsNoTerm("the ramp ends after the last day there is", field=field) from error
    if begins[-1] != after:
        raise RampIsNoRamp(
            f"the segments end before {begins[-1]}, after {whole} months, the term before {after}",
            field=f"{field}.ramp",
        )
    return list(pairwise(begins))
