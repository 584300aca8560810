"""Why a document costs something else by other rules: the step that made the most of it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from cpq.pricing.rules.lines import Request
from cpq.pricing.rules.steps import NOTHING, PricedLine, Step, StepName
from cpq.pricing.rules.substituting import book_of_version
from servicekit.values.decimals import ARITHMETIC

_SAY_NO_PRICE = frozenset({StepName.FLOOR, StepName.NET, StepName.DUE})
"""Steps that record what the others have made of it."""


@dataclass(frozen=True, slots=True)
class Cause:
    """A rule and what it made of the difference, over the lines that count."""

    step: str
    rule: str
    """What decides now; where nothing does any more, what decided before."""
    version: str
    """The price book and its version that the rule is of; empty: it is of none."""
    difference: Decimal
    """Unit prices times quantity and term, to the last digit: above zero makes dearer."""


def causes_of(
    requests: Iterable[Request],
    before: Mapping[str, PricedLine],
    after: Mapping[str, PricedLine],
) -> list[Cause]:
    """What each rule made of the difference, the most first; those that made nothing are left out.

    A step does what it takes off or puts on the unit price; the same step of the same line is
    compared before and after, so that a new list price is one cause and not two.
    """
    found: dict[tuple[str, str, str], Decimal] = {}
    for request in requests:
        if not request.counts or before[request.key].steps == after[request.key].steps:
            continue
        times = ARITHMETIC.multiply(request.quantity, request.term_multiplier)
        for was, now in _paired(before[request.key].steps, after[request.key].steps):
            unit = ARITHMETIC.subtract(_effect(now), _effect(was))
            if unit:
                named = was if now is None or (now.rule == "none" and was) else now
                assert named is not None
                at = (named.step.value, named.rule, named.version)
                amount = ARITHMETIC.multiply(unit, times)
                found[at] = ARITHMETIC.add(found.get(at, NOTHING), amount)
    causes = [Cause(*at, amount) for at, amount in found.items() if amount]
    return sorted(causes, key=lambda c: (-abs(c.difference), c.step, c.rule, c.version))


def _effect(step: Step | None) -> Decimal:
    if step is None:
        return NOTHING
    return ARITHMETIC.subtract(step.output, NOTHING if step.input is None else step.input)


def _paired(
    before: Sequence[Step], after: Sequence[Step]
) -> Iterable[tuple[Step | None, Step | None]]:
    """Steps of the same name, by rule and book, then in their order; None: there is no such one."""
    names = {step.step: None for step in (*before, *after) if step.step not in _SAY_NO_PRICE}
    for name in names:
        was = [step for step in before if step.step is name]
        now = [step for step in after if step.step is name]
        if len(was) == len(now) == 1:
            yield was[0], now[0]
            continue
        left: list[Step] = []
        for step in now:
            same = next((one for one in was if _of_one(one, step)), None)
            if same is None:
                left.append(step)
            else:
                was.remove(same)
                yield same, step
        yield from zip(was, left, strict=False)
        yield from ((step, None) for step in was[len(left) :])
        yield from ((None, step) for step in left[len(was) :])


def _of_one(one: Step, other: Step) -> bool:
    return one.rule == other.rule and book_of_version(one.version) == book_of_version(other.version)
