"""Which tier a value gives: levels that are entered above one bound and left below another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from servicekit.errors import InvalidInput, NotFound


class ValuePolicyNotFound(NotFound):
    """No policy says how values become tiers."""

    code = "value-policy-not-found"
    title = "No policy says which value gives which tier"
    hint = "PUT /v1/value-policy with a currency and the levels of the tiers."


class LevelsAreOutOfOrder(InvalidInput):
    """Levels rise, and each is left no higher than it is entered."""

    code = "value-levels-are-out-of-order"
    title = "The levels of the tiers do not rise"
    hint = "Begin with the lowest: `enter` rises, the first is 0, and `leave` is at most `enter`."


class CustomerHasNoValue(NotFound):
    """Nothing was ever paid, or values were not estimated since."""

    code = "customer-has-no-value"
    title = "The customer has no estimated value"
    hint = "Values are estimated daily from payments; POST /v1/value-runs does it now."


@dataclass(frozen=True, slots=True)
class Level:
    """A tier, the value from which it is given, and the value below which it is taken."""

    tier: str
    enter: Decimal
    leave: Decimal


@dataclass(frozen=True, slots=True)
class Decision:
    """The tier, and why."""

    tier: str
    reason: str


def check_levels(levels: Sequence[Level]) -> None:
    """Refuse levels that do not rise; raises LevelsAreOutOfOrder."""
    for at, level in enumerate(levels):
        below = levels[at - 1].enter if at else None
        if level.leave > level.enter or (
            level.enter != 0 if below is None else level.enter <= below
        ):
            raise LevelsAreOutOfOrder(
                f"{level.tier} is entered at {level.enter} and left below {level.leave}.",
                field=f"levels.{at}",
            )
    if len({level.tier for level in levels}) != len(levels):
        raise LevelsAreOutOfOrder("A tier stands there twice.", field="levels")


def decide(levels: Sequence[Level], current: str, value: Decimal, currency: str) -> Decision:
    """The highest tier whose bound the value reaches; the current one is kept down to its `leave`.

    Between the two bounds of a tier nothing moves, so a value that swings around a bound does not
    make prices swing.
    """
    reached = max((level for level in levels if value >= level.enter), key=lambda each: each.enter)
    own = next((level for level in levels if level.tier == current), None)
    if own is not None and own.enter > reached.enter and value >= own.leave:
        return Decision(
            own.tier, f"{value} {currency} is below {own.enter}, but not below {own.leave}"
        )
    return Decision(reached.tier, f"{value} {currency} reaches {reached.enter}")
