"""Editing many lines of a draft at once, all or nothing."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from cpq.quotes.models import Quote, QuoteLine
from cpq.quotes.queries import lines_of
from cpq.quotes.rules import (
    LineIsNotThere,
    LineKeyIsTaken,
    TooManyLines,
    check_draft,
    check_selection,
    keys_for,
)
from cpq.quotes.service.drafting import Written, price_anew
from cpq.quotes.service.rows import wish_of
from cpq.quotes.service.wishes import LineWish
from servicekit.errors import Refusal
from servicekit.uow import UnitOfWork


@dataclass(frozen=True, slots=True)
class LineSelector:
    """Which lines: those that fulfil everything that is said; None says nothing."""

    keys: Sequence[str] | None = None
    groups: Sequence[str] | None = None
    categories: Sequence[str] | None = None
    skus: Sequence[str] | None = None


@dataclass(frozen=True, slots=True)
class LineEdits:
    """Changes, then removals, then additions, then a new order."""

    changes: Sequence[tuple[LineSelector, Mapping[str, Any]]] = ()
    """Members of `LineWish` to change, of the lines that are selected."""
    remove: LineSelector | None = None
    add: Sequence[LineWish] = field(default_factory=tuple)
    order: Sequence[str] | None = None
    """All keys, as they shall stand."""


async def edit_lines(
    uow: UnitOfWork, quote_id: UUID, edits: LineEdits, *, expected: int
) -> Written:
    """Edit the lines of a draft and price it on its day.

    Raises `QuoteNotFound`, `Stale`, `QuoteIsNotDraft`, `LineIsNotThere`, `LineKeyIsTaken`,
    `TooManyLines`, and what `create_quote` raises.
    """
    quote = await uow.lock(Quote, quote_id, expected)
    check_draft(quote.status, quote.number)
    rows = await lines_of(uow.session, quote_id)
    wishes, places = _edited(rows, edits)
    try:
        return await price_anew(uow, quote, wishes, quote.priced_on)
    except Refusal as refusal:
        refusal.field = _asked_at(refusal, wishes, places)
        raise


async def select_options(
    uow: UnitOfWork, quote_id: UUID, selected: Mapping[str, bool], *, expected: int
) -> Written:
    """Take or leave options and alternatives of a draft.

    Taking an alternative leaves the others of its set. Raises what `edit_lines` raises and
    `LineIsNotOptional`, `AlternativesNeedOne`.
    """
    quote = await uow.lock(Quote, quote_id, expected)
    check_draft(quote.status, quote.number)
    rows = await lines_of(uow.session, quote_id)
    taken = chosen(rows, selected)
    wishes = [replace(wish_of(row), selected=taken[row.key]) for row in rows]
    return await price_anew(uow, quote, wishes, quote.priced_on)


def chosen(rows: Sequence[QuoteLine], selected: Mapping[str, bool]) -> dict[str, bool]:
    """Which lines are selected once somebody has picked; alternatives give way to what is taken.

    Raises `LineIsNotThere`, `LineIsNotOptional`.
    """
    check_selection(rows, selected)
    taken = {row.key: row.selected for row in rows} | dict(selected)
    heads = {row.key: row.alternative_of or row.key for row in rows}
    for key, wanted in selected.items():
        if wanted:
            for row in rows:
                same = heads[row.key] == heads[key] and row.key != key
                if same and not selected.get(row.key, False):
                    taken[row.key] = False
    # The segments of a ramp are taken and left with its first one.
    return {row.key: taken.get(row.ramp or row.key, taken[row.key]) for row in rows}


def _edited(
    rows: Sequence[QuoteLine], edits: LineEdits
) -> tuple[list[LineWish], Mapping[str | None, Mapping[str, str]]]:
    """The lines, and by their keys where in the edits their members were asked for.

    Of what is added, that is one place for all members: "".
    """
    wishes = {row.key: wish_of(row) for row in rows}
    places: dict[str | None, dict[str, str]] = {}
    for position, (selector, changes) in enumerate(edits.changes):
        for row in _selected(rows, selector, f"change.{position}.of"):
            wishes[row.key] = replace(wishes[row.key], **changes)
            names = (_IN_BODIES.get(name, name) for name in changes)
            places.setdefault(row.key, {}).update(
                (name, f"change.{position}.set.{name}") for name in names
            )
    if edits.remove is not None:
        for key in _with_parts(rows, [row.key for row in _selected(rows, edits.remove, "remove")]):
            del wishes[key]
    added = _added(list(wishes), edits.add)
    places |= {line.key: {"": f"add.{place}"} for place, line in enumerate(added)}
    left = [*wishes.values(), *added]
    return left if edits.order is None else _ordered(left, edits.order), places


_IN_BODIES = {"discount": "discount_fraction"}


def _asked_at(
    refusal: Refusal, wishes: Sequence[LineWish], places: Mapping[str | None, Mapping[str, str]]
) -> str | None:
    """Where in the edits somebody asked for what is refused, as far as they did."""
    if isinstance(refusal, TooManyLines):
        return "add"
    head, _, rest = (refusal.field or "").partition(".")
    place, _, member = rest.partition(".")
    if head != "lines" or not place.isdecimal() or int(place) >= len(wishes):
        return refusal.field
    asked = places.get(wishes[int(place)].key, {})
    if "" in asked:
        return ".".join(filter(None, (asked[""], member)))
    name, _, rest = member.partition(".")
    return ".".join(filter(None, (asked[name], rest))) if name in asked else refusal.field


def _added(kept: Sequence[str], add: Sequence[LineWish]) -> list[LineWish]:
    """New lines, with keys that none of those has that are there."""
    try:
        keys = keys_for([*kept, *(line.key for line in add)])
    except LineKeyIsTaken as refusal:
        place = int((refusal.field or "").split(".")[1]) - len(kept)
        refusal.field = f"add.{place}.key"
        raise
    return [replace(line, key=key) for line, key in zip(add, keys[len(kept) :], strict=True)]


def _ordered(lines: Sequence[LineWish], order: Sequence[str]) -> list[LineWish]:
    by_key = {line.key: line for line in lines}
    if len(set(order)) < len(order):
        raise LineKeyIsTaken("a key stands twice", field="order")
    if set(order) != by_key.keys():
        differing = sorted(str(key) for key in set(order) ^ by_key.keys())
        raise LineIsNotThere(f"not in both: {', '.join(differing[:10])}", field="order")
    return [by_key[key] for key in order]


def _selected(rows: Sequence[QuoteLine], selector: LineSelector, field: str) -> Sequence[QuoteLine]:
    """The lines that fulfil the selector. Raises `LineIsNotThere` for what no line has."""
    members: list[tuple[str, Sequence[str] | None, Callable[[QuoteLine], str | None]]] = [
        ("keys", selector.keys, lambda row: row.key),
        ("groups", selector.groups, lambda row: row.group),
        ("categories", selector.categories, lambda row: row.category),
        ("skus", selector.skus, lambda row: row.sku),
    ]
    said = [(name, set(wanted), of) for name, wanted, of in members if wanted is not None]
    for name, wanted, of in said:
        missing = wanted - {of(row) for row in rows}
        if missing:
            raise LineIsNotThere(f"no line has {min(missing)!r}", field=f"{field}.{name}")
    return [row for row in rows if all(of(row) in wanted for _, wanted, of in said)]


def _with_parts(rows: Sequence[QuoteLine], keys: Sequence[str]) -> set[str]:
    """Lines and everything that is part of them."""
    parts: dict[str, list[str]] = {}
    for row in rows:
        if row.parent is not None:
            parts.setdefault(row.parent, []).append(row.key)
    found, waiting = set(keys), list(keys)
    while waiting:
        for key in parts.get(waiting.pop(), ()):
            if key not in found:
                found.add(key)
                waiting.append(key)
    return found
