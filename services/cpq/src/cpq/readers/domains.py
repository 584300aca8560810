"""What a number may be where a format sets no bounds."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Final

from cpq.configuration.evaluation import EXACT
from cpq.configuration.expressions import (
    And,
    AttributeOf,
    Compare,
    Comparison,
    Constant,
    Expression,
    Implies,
    Or,
    Selected,
)
from cpq.configuration.model import Attribute, AttributeType

WHOLE: Final = (Decimal(-10_000), Decimal(10_000))
"""What an Integer may be where no constraint bounds it."""

REAL: Final = (Decimal(-1_000), Decimal(1_000))
"""What a Real may be where no constraint bounds it."""

GRID: Final = Decimal("0.01")
"""The steps of a Real."""

MOST_VALUES: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Interval:
    """From low to high; None: without a bound."""

    low: Decimal | None = None
    high: Decimal | None = None

    def meet(self, other: Interval) -> Interval:
        """What lies in both."""
        lows = [one for one in (self.low, other.low) if one is not None]
        highs = [one for one in (self.high, other.high) if one is not None]
        return Interval(max(lows, default=None), min(highs, default=None))

    def around(self, value: Decimal) -> Interval:
        """Without bounds, unless the value lies outside of the usual ones."""
        if REAL[0] <= value <= REAL[1]:
            return self
        return Interval(min(value, REAL[0]), max(value, REAL[1]))

    def join(self, other: Interval) -> Interval:
        """The least that holds both."""
        low = None if self.low is None or other.low is None else min(self.low, other.low)
        high = None if self.high is None or other.high is None else max(self.high, other.high)
        return Interval(low, high)


_MIRRORED: Final = {
    Comparison.LESS: Comparison.MORE,
    Comparison.AT_MOST: Comparison.AT_LEAST,
    Comparison.MORE: Comparison.LESS,
    Comparison.AT_LEAST: Comparison.AT_MOST,
}


def interval(target: AttributeOf, condition: Expression) -> Interval:
    """Where the value lies while the condition holds and the node is selected."""
    match condition:
        case And(operands):
            found = Interval()
            for operand in operands:
                found = found.meet(interval(target, operand))
            return found
        case Or(operands) if operands:
            found = interval(target, operands[0])
            for operand in operands[1:]:
                found = found.join(interval(target, operand))
            return found
        case Implies(Selected(node), consequence) if node == target.node:
            return interval(target, consequence)
        case Compare(comparison, left, Constant(Decimal() as bound)) if left == target:
            return _bounded(comparison, bound)
        case Compare(comparison, Constant(Decimal() as bound), right) if right == target:
            return _bounded(_MIRRORED.get(comparison, comparison), bound)
        case _:
            return Interval()


def _bounded(comparison: Comparison, bound: Decimal) -> Interval:
    match comparison:
        case Comparison.EQUAL:
            return Interval(bound, bound)
        case Comparison.LESS | Comparison.AT_MOST:
            return Interval(None, bound)
        case Comparison.MORE | Comparison.AT_LEAST:
            return Interval(bound, None)
        case _:
            return Interval()


def number(code: str, found: Interval, *, whole: bool) -> tuple[Attribute, str]:
    """The attribute of a feature with a number, and what had to be assumed; "" where nothing."""
    kind = AttributeType.INTEGER if whole else AttributeType.DECIMAL
    low, high = _range(found, *(WHOLE if whole else REAL))
    step, assumed = Decimal(1), []
    if None in (found.low, found.high):
        assumed.append(f"its value lies from {low} to {high}")
    if whole:
        low, high = low.to_integral_value(ROUND_CEILING), high.to_integral_value(ROUND_FLOOR)
    else:
        step = min(GRID, Decimal(1).scaleb(min(_places(low), _places(high))))
        assumed.append(f"it is a multiple of {step} above the least value")
    # Without any value, one stands there all the same: the constraints themselves forbid it.
    high = max(low, high)
    if EXACT.subtract(high, low) >= EXACT.multiply(step, Decimal(MOST_VALUES)):
        while EXACT.subtract(high, low) >= EXACT.multiply(step, Decimal(MOST_VALUES)):
            step = EXACT.multiply(step, Decimal(10))
        assumed.append(f"only steps of {step} from {low} are offered, since there are too many")
    made = Attribute(code, "Value", kind, minimum=low, maximum=high, step=step)
    return made, "; ".join(assumed)


def _range(found: Interval, usual_low: Decimal, usual_high: Decimal) -> tuple[Decimal, Decimal]:
    """The bounds, where one is missing the usual one, or as far away as usual."""
    low, high, width = found.low, found.high, usual_high - usual_low
    if low is None:
        low = usual_low if high is None or usual_low < high else EXACT.subtract(high, width)
    if high is None:
        high = usual_high if usual_high > low else EXACT.add(low, width)
    return low, high


def _places(value: Decimal) -> int:
    exponent = value.normalize().as_tuple().exponent
    return min(0, exponent) if isinstance(exponent, int) else 0
