"""Where the lines of a document stand, and the quantities that are counted together there."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Mapping, Set
from copy import copy
from decimal import Decimal
from typing import Generic, NamedTuple, TypeAlias, TypeVar

from cpq.pricing.rules.fitting import Fits, Fitting
from cpq.pricing.rules.lines import Request
from cpq.pricing.rules.rule import Rule, Schedule, Share, Within
from cpq.pricing.rules.steps import NOTHING
from servicekit.values.decimals import ARITHMETIC

Together: TypeAlias = tuple[str, str, str]
"""The book and the key of a schedule, and the line, bundle, group or quote that it looks at."""

_At = TypeVar("_At", bound=Hashable)
_NOBODY: frozenset[str] = frozenset()


class Above(NamedTuple):
    """A line that another one is a part of, and what rules of bundles ask about it."""

    key: str
    sku: str
    selling_model: str | None


class Placed:
    """A line with the rules that fit it and its place among the others; it never changes."""

    __slots__ = ("above", "counted", "fits", "line", "share")

    def __init__(self, line: Request, fits: Fits, above: tuple[Above, ...]) -> None:
        self.line = line
        self.fits = fits
        self.above = above
        """Its parent first."""
        self.share: tuple[Rule, Share] | None = None
        """Set where the price is derived from others."""
        if fits.derived and line.agreed_unit_price is None:
            rule = fits.derived[0]
            if isinstance(rule.deed, Share):
                self.share = (rule, rule.deed)
        self.counted = [
            (rule, rule.deed, (rule.version, rule.key, self.place(rule.deed.within)))
            for rule in fits.quantity
            if isinstance(rule.deed, Schedule)
        ]
        """Its schedules by quantity, and where each counts."""

    def schedule_at(self, at: Together) -> Schedule:
        """Its schedule that counts there."""
        return next(deed for _, deed, where in self.counted if where == at)

    @property
    def bundle(self) -> str:
        """The key of the outermost line that it is a part of, which may be itself."""
        return self.above[-1].key if self.above else self.line.key

    def place(self, within: Within) -> str:
        """Where the line stands, for what looks at several lines together."""
        if within is Within.LINE:
            # The quantities of a ramp's segments count together: they are one line over time.
            return self.line.ramp or self.line.key
        if within is Within.BUNDLE:
            return self.bundle
        return "" if within is Within.QUOTE else self.line.group or ""


class Moves(NamedTuple):
    """What a change of some lines did to where they stand."""

    touched: set[str]
    """Lines that are new or others now, and the parts of those that their parts ask about."""
    left: list[Placed]
    """Where these and those that were removed stood before."""
    sums: dict[Together, Decimal]
    """What schedules counted before, where they count something else now."""


class Sets(Generic[_At]):
    """Sets of keys by where they are; a copy shares each of them until it changes that one."""

    __slots__ = ("_own", "_sets")

    def __init__(self, sets: Mapping[_At, set[str]] | None = None) -> None:
        self._sets: dict[_At, set[str]] = dict(sets or {})
        self._own: set[_At] = set()

    def copy(self) -> Sets[_At]:
        """Another one with the same sets. This one must not change afterwards."""
        return Sets(self._sets)

    def get(self, at: _At) -> Set[str]:
        """The keys that are there."""
        return self._sets.get(at, _NOBODY)

    def add(self, at: _At, key: str) -> None:
        """Put a key there."""
        if at not in self._own:
            self._own.add(at)
            self._sets[at] = set(self._sets.get(at, ()))
        self._sets[at].add(key)

    def drop(self, at: _At, key: str) -> None:
        """Take a key away from there."""
        found = self._sets.get(at)
        if found is None or key not in found:
            return
        if len(found) == 1:
            del self._sets[at]
            self._own.discard(at)
        else:
            self.add(at, key)
            self._sets[at].discard(key)


def number_for(line: Request, counted: Decimal) -> Decimal:
    """What a schedule counts for a line: one that is not offered now adds itself alone."""
    return counted if line.counts else ARITHMETIC.add(counted, line.quantity)


class Standing:
    """The lines of a document in their places."""

    def __init__(self, fitting: Fitting) -> None:
        self.fitting = fitting
        self.lines: dict[str, Request] = {}
        self.placed: dict[str, Placed] = {}
        self.derived: set[str] = set()
        """The keys of lines whose price is a share of others."""
        self.sums: dict[Together, Decimal] = {}
        """What schedules count; lines that are not offered now are left out."""
        self.counting: Sets[Together] = Sets()
        """The lines of each schedule, also those that are not offered now."""
        self._parts: Sets[str] = Sets()
        """By the parent that they name, whether it is there or not."""
        self._bundles: Sets[str] = Sets()
        self._groups: Sets[str] = Sets()

    def copy(self) -> Standing:
        """Another one with the same lines; this one must not change afterwards."""
        other = copy(self)
        other.begin_anew()
        return other

    def begin_anew(self) -> None:
        """Share nothing that changes with the one that this is a copy of."""
        self.placed, self.derived = dict(self.placed), set(self.derived)
        self.sums, self.counting = dict(self.sums), self.counting.copy()
        self._parts = self._parts.copy()
        self._bundles, self._groups = self._bundles.copy(), self._groups.copy()

    def take(
        self, lines: dict[str, Request], put: Collection[str], removed: Collection[str]
    ) -> Moves:
        """Let these be the lines; of those before, some are put anew and some are removed."""
        before, self.lines = self.lines, lines
        roots = []
        for key in (*put, *removed):
            old, new = before.get(key), lines.get(key)
            if old is not None and old.parent is not None:
                self._parts.drop(old.parent, key)
            if new is not None and new.parent is not None:
                self._parts.add(new.parent, key)
            if old is None or new is None or _seen_from_below(old) != _seen_from_below(new):
                roots.append(key)
        touched = {*put, *self._below(roots)}
        sums: dict[Together, Decimal] = {}
        left = [self._leave(key, sums) for key in (*touched, *removed) if key in self.placed]
        for key in touched:
            if key not in self.placed:
                self._enter(lines[key], sums)
        moved = {at: old for at, old in sums.items() if self.sums.get(at, NOTHING) != old}
        return Moves(touched, left, moved)

    def at(self, within: Within, line: Placed) -> Iterable[str]:
        """The keys of the lines that stand where the line does."""
        if within is Within.QUOTE:
            return self.lines
        if within is Within.GROUP:
            return self._groups.get(line.line.group or "")
        return self._bundles.get(line.bundle) if within is Within.BUNDLE else ()

    def _below(self, roots: Iterable[str]) -> set[str]:
        """All lines that are parts of these, at any depth."""
        found: set[str] = set()
        waiting = list(roots)
        while waiting:
            for key in self._parts.get(waiting.pop()):
                if key not in found:
                    found.add(key)
                    waiting.append(key)
        return found

    def _leave(self, key: str, sums: dict[Together, Decimal]) -> Placed:
        placed = self.placed.pop(key)
        line = placed.line
        self.derived.discard(key)
        self._bundles.drop(placed.bundle, key)
        self._groups.drop(line.group or "", key)
        for _, _, at in placed.counted:
            self.counting.drop(at, key)
            if line.counts:
                whole = self.sums[at]
                sums.setdefault(at, whole)
                self.sums[at] = ARITHMETIC.subtract(whole, line.quantity)
            if not self.counting.get(at):
                self.sums.pop(at, None)
        return placed

    def _enter(self, line: Request, sums: dict[Together, Decimal]) -> tuple[Above, ...]:
        """Put a line in its place, after those above it; which those are."""
        above: tuple[Above, ...] = ()
        if line.parent is not None and (parent := self.lines.get(line.parent)) is not None:
            standing = self.placed.get(parent.key)
            higher = self._enter(parent, sums) if standing is None else standing.above
            above = (Above(parent.key, parent.sku, parent.selling_model), *higher)
        key = line.key
        placed = self.placed[key] = Placed(line, self.fitting.of(line), above)
        if placed.share is not None:
            self.derived.add(key)
        self._bundles.add(placed.bundle, key)
        self._groups.add(line.group or "", key)
        for _, _, at in placed.counted:
            self.counting.add(at, key)
            if line.counts:
                whole = self.sums.get(at, NOTHING)
                sums.setdefault(at, whole)
                self.sums[at] = ARITHMETIC.add(whole, line.quantity)
        return above


def _seen_from_below(line: Request) -> tuple[str | None, ...]:
    return (line.parent, line.sku, line.selling_model)
