"""One request, answered with a solver of its own for as long as it takes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

import numpy as np

from cpq.configuration.answers import (
    Change,
    Conflict,
    Reason,
    Repair,
    State,
    Totals,
)
from cpq.configuration.expressions import Quantity, Selected, Value
from cpq.configuration.model import Choice
from cpq.solving.domains import Left
from cpq.solving.encoding import TRUE, Few, Many
from cpq.solving.explaining import Denied
from cpq.solving.machinery import Machinery
from cpq.solving.refusals import ConfigurationTakesTooLong
from cpq.solving.repairing import MOST_REPAIRS, corrections
from cpq.solving.requests import Assumed, Known, in_words
from cpq.solving.satisfying import Deadline, Solver
from cpq.solving.showing import Findings, is_forced
from cpq.solving.targets import Slot
from cpq.solving.totals import Truth, value_of

_UNKNOWN: Final = Totals(None, None, None)

_REASONS: Final = 0.5
"""Share of the time that reasons may take; values beyond are excluded without one."""


@dataclass(frozen=True, slots=True)
class _Mended:
    """A repair, the configuration that it leads to, and which choices it keeps."""

    repair: Repair
    kept: list[Assumed]
    order: tuple[object, ...]


class Session:
    """A request's choices and facts, with a solver that nobody else uses meanwhile.

    `lease` gives that solver; a circuit answers most questions without one.
    Every method raises `ConfigurationTakesTooLong` when the deadline is over.
    """

    def __init__(
        self,
        machinery: Machinery,
        lease: Callable[[], Solver],
        choices: Sequence[Choice],
        facts: Mapping[str, Value],
        deadline: Deadline,
    ) -> None:
        """Check the request. Raises what `Requests` raises."""
        self._machinery = machinery
        self._lease = lease
        self.deadline = deadline
        self.choices = machinery.requests.choices(choices)
        self.known: Known = machinery.requests.facts(facts)

    def given(self, choices: Sequence[Assumed], without: int | None = None) -> list[int]:
        """The literals of the facts and of choices, but those of one shared variable."""
        given = list(self.known.literals)
        for one in choices:
            if one.slot.shared != without:
                given.extend(one.literals)
        return given

    def consistent(self) -> bool:
        """Whether some configuration has the choices."""
        return self._lease().solve(self.given(self.choices), self.deadline)

    def state(self, *, reasons: bool) -> State:
        """What is left, or the conflict and what is left after its least repair."""
        left = self._left(self.choices)
        if left.consistent:
            return self._shown(self.choices, left, None, reasons=reasons)
        self.deadline.doing = "explaining the conflict"
        reason = self._because(self.choices, None)
        assert reason is not None
        mended = self._mended()
        conflict = Conflict(reason, tuple(one.repair for one in mended))
        kept = mended[0].kept if mended else []
        left = self._left(kept)
        return self._shown(kept, left, conflict, reasons=reasons)

    def explain(self, slot: Slot, value: Value) -> Reason | None:
        """Why the slot cannot have the value beside the choices of other variables."""
        self.deadline.doing = f"explaining {in_words(slot.target)}"
        others = [one for one in self.choices if one.slot.shared != slot.shared]
        return self._because(others, Denied(slot, value))

    def repairs(self) -> tuple[Repair, ...]:
        """What mends the choices; nothing where they need no mending."""
        if self.consistent():
            return ()
        return tuple(one.repair for one in self._mended())

    def proposed(self, choices: Sequence[Assumed]) -> Truth:
        """The configuration that is proposed for consistent choices."""
        return self._proposed(choices, self._left(choices))

    def _left(self, choices: Sequence[Assumed]) -> Left:
        self.deadline.doing = "the possible values"
        return self._machinery.domains.left(self._lease, self.given(choices), self.deadline)

    def _proposed(self, choices: Sequence[Assumed], left: Left) -> Truth:
        self.deadline.doing = "the proposal"
        proposer, given = self._machinery.proposer, self.given(choices)
        total = self._machinery.encoding.total
        granted = proposer.granted(given)
        if granted is None:
            return Truth(proposer.propose(self._lease(), given, left, self.deadline), total)
        return Truth([TRUE, *given, *granted], total)

    def _because(self, choices: Sequence[Assumed], denied: Denied | None) -> Reason | None:
        machinery = self._machinery
        return machinery.explainer.reason(
            self._lease(), machinery.requests, choices, self.known, denied, self.deadline
        )

    def _shown(
        self, choices: Sequence[Assumed], left: Left, conflict: Conflict | None, *, reasons: bool
    ) -> State:
        """The state of consistent choices; nothing is possible where even none are consistent."""
        machinery = self._machinery
        total = machinery.encoding.total
        true = self._proposed(choices, left) if left.consistent else Truth((), total)
        found = Findings(left, true, choices, self.known)
        if left.consistent:
            self._beside(found)
            self._measure(found)
            self._follow(found)
        if reasons:
            self._explain_all(found)
        return State(
            conflict is None,
            machinery.display.domains(found),
            found.followed.shown,
            machinery.amounting.totals(true) if left.consistent else _UNKNOWN,
            conflict,
        )

    def _beside(self, found: Findings) -> None:
        """What a chosen target could be changed to: judged beside the other choices."""
        asked: list[tuple[Sequence[int], int]] = []
        owners: list[int] = []
        for one in found.assumed:
            shared = one.slot.shared
            if shared in found.possible:
                continue
            literals = self._machinery.requests.literals_of(shared)
            found.possible[shared] = {one for one in literals if found.left.may(one)}
            others = self.given(found.assumed, shared)
            asked.extend((others, one) for one in literals if one not in found.possible[shared])
            owners.extend([shared] * (len(asked) - len(owners)))
        answers = self._machinery.domains.each(self._lease, asked, self.deadline)
        for shared, (_, literal), may in zip(owners, asked, answers, strict=True):
            if may:
                found.possible[shared].add(literal)

    def _measure(self, found: Findings) -> None:
        """The ends of numbers in binary."""
        grids = self._machinery.requests.grids
        if len(grids) > 1:
            self.deadline.doing = "the ranges of numbers"
            given = self.given(found.assumed)
            self._machinery.domains.reach(self._lease(), given, self.deadline)
        for slot in grids:
            assert isinstance(slot.domain, Many)
            beside = self.given(found.assumed, slot.shared)
            self.deadline.doing = f"the range of {in_words(slot.target)}"
            ends = self._machinery.domains.ends(self._lease(), beside, slot.domain, self.deadline)
            ranges: list[tuple[Decimal, Decimal]] = []
            if isinstance(slot.target, Quantity):
                (none,) = self._machinery.domains.each(
                    self._lease, [(beside, -slot.domain.owner)], self.deadline
                )
                if none:
                    ranges.append((Decimal(0), Decimal(0)))
            if ends is not None:
                ranges.append((slot.domain.value(ends[0]), slot.domain.value(ends[1])))
            found.ranges[slot.index] = tuple(ranges)

    def _follow(self, found: Findings) -> None:
        """What follows from the proposed configuration."""
        following = self._machinery.following
        found.followed = following.of(found.true, self.known)
        single = {
            index: len(ranges) == 1 and ranges[0][0] == ranges[0][1]
            for index, ranges in found.ranges.items()
        }
        found.decided = frozenset(following.decided(found.left, self.known, single))

    def _explain_all(self, found: Findings) -> None:
        """Reasons of what is excluded and forced, as long as there is time for them."""
        self.deadline.doing = "reasons"
        until = self.deadline.share(_REASONS)
        try:
            slots = self._machinery.requests.slots
            for index in self._to_explain(found):
                self._explain_slot(slots[index], found, until)
        except ConfigurationTakesTooLong:
            self.deadline.check()

    def _to_explain(self, found: Findings) -> list[int]:
        """The slots of which something may be excluded or forced, in order."""
        requests, left = self._machinery.requests, found.left
        literals = requests.literals_of_values
        variables = np.abs(literals)
        may = np.where(literals > 0, left.true[variables], left.false[variables])
        indexes = set(requests.slots_of_values[~may].tolist())
        indexes.update(slot.index for slot in requests.grids)
        indexes.update(slot.index for slot in requests.slots if slot.shared in found.possible)
        return sorted(indexes)

    def _explain_slot(self, slot: Slot, found: Findings, until: Deadline) -> None:
        explainer, requests = self._machinery.explainer, self._machinery.requests
        chosen = found.possible.get(slot.shared)
        choices = [one for one in found.assumed if one.slot.shared != slot.shared]

        def because(denied: Denied) -> Reason | None:
            return explainer.reason(self._lease(), requests, choices, self.known, denied, until)

        if slot.domain is None:
            return
        if isinstance(slot.domain, Few):
            for value, literal in zip(slot.domain.values, slot.domain.literals, strict=True):
                if not (found.left.may(literal) if chosen is None else literal in chosen):
                    found.reasons[slot.index, value] = because(Denied(slot, value))
        if chosen is not None or slot.question is not None or not is_forced(slot, found):
            return
        if isinstance(slot.domain, Few) and len(slot.domain.values) == 2:
            # Why it is the one is why it is not the other.
            (other,) = (
                value
                for value, literal in zip(slot.domain.values, slot.domain.literals, strict=True)
                if not found.left.may(literal)
            )
            found.forced[slot.index] = found.reasons[slot.index, other]
        else:
            only = value_of(slot.domain, found.true)
            if only is not None and not _has_no_other(slot.domain):
                found.forced[slot.index] = because(Denied(slot, only, negated=True))

    def _mended(self) -> list[_Mended]:
        """The repairs of inconsistent choices, best first; none where none is possible."""
        self.deadline.doing = "the repairs"
        found = corrections(self._lease(), list(self.known.literals), self.choices, self.deadline)
        if not found:
            return []
        touched = {place for places in found for place in places}
        untouched = [one for at, one in enumerate(self.choices) if at not in touched]
        before = self._price(self.proposed(untouched))
        mended: list[_Mended] = []
        for places in found:
            kept = [one for at, one in enumerate(self.choices) if at not in places]
            true = self.proposed(kept)
            price = self._price(true)
            changes = tuple(_change(self.choices[at], true) for at in places)
            difference = None if price is None or before is None else price - before
            order = (len(places), difference is None, difference or Decimal(0), places)
            mended.append(_Mended(Repair(changes, difference, price), kept, order))
        mended.sort(key=lambda one: one.order)
        return mended[:MOST_REPAIRS]

    def _price(self, true: Truth) -> Decimal | None:
        return self._machinery.amounting.totals(true).price


def _change(one: Assumed, true: Truth) -> Change:
    """A choice that goes; of several values that are left, the proposed one replaces it."""
    choice, domain = one.choice, one.slot.domain
    if domain is None or one.slot.question is not None or isinstance(choice.target, Selected):
        return Change(choice, None)
    value = value_of(domain, true)
    return Change(choice, None if isinstance(value, bool) else value)


def _has_no_other(domain: Few | Many) -> bool:
    """Whether the domain has one value only, which nothing needs to force."""
    return isinstance(domain, Few) and len(domain.values) == 1
