"""The price of a line on its way through the waterfall."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from cpq.pricing.rules.places import Placed
from cpq.pricing.rules.rule import Adjustment, Change
from cpq.pricing.rules.steps import NOTHING, ONE, Step, StepName, working
from servicekit.values import plain
from servicekit.values.decimals import ARITHMETIC

_UNITS = 10**10
"""Parts of one that amounts are kept in."""


class Running:
    """A price that steps change. It is either one for each unit, or one for all units together.

    A block or slabs price all units together; then the unit price is only shown, and the amount is
    not that shown price times the quantity.
    """

    __slots__ = (
        "fits",
        "net",
        "placed",
        "request",
        "start",
        "steps",
        "together",
        "unit",
        "untouchable",
    )

    def __init__(self, placed: Placed) -> None:
        self.placed = placed
        self.request = placed.line
        self.fits = placed.fits
        self.unit = NOTHING
        self.together: Decimal | None = None
        self.start = NOTHING
        """What the waterfall began with: the list, contracted or agreed price."""
        self.untouchable = ""
        """Why discounts of rules are in the price already; empty: they are not."""
        self.steps: list[Step] = []
        self.net: Decimal | None = None
        """The amount of all units, when the waterfall is through."""

    @property
    def amount(self) -> Decimal:
        """What all units cost for one period, at ten places."""
        if self.together is not None:
            return self.together
        return working(ARITHMETIC.multiply(self.request.quantity, self.unit))

    def begin(self, unit: Decimal, step: StepName, rule: str, reason: str, version: str) -> None:
        """Take a first or another price to start from."""
        before = self.unit if self.steps else None
        self.unit = self.start = working(unit)
        self.together = None
        self.steps.append(Step(step, rule, before, self.unit, reason, version))

    def note(self, step: StepName, rule: str, reason: str, version: str = "") -> None:
        """Record a step that changed nothing."""
        self.steps.append(Step(step, rule, self.unit, self.unit, reason, version))

    def change(
        self, adjustment: Adjustment, step: StepName, rule: str, reason: str, version: str = ""
    ) -> None:
        """Change the price as a rule says; it never falls below nothing."""
        before = self.unit
        if adjustment.change is Change.OVERRIDE:
            self._set_unit(working(adjustment.value))
        elif adjustment.change is Change.PERCENT:
            kept = ARITHMETIC.subtract(ONE, adjustment.value)
            if self.together is None:
                self._set_unit(working(ARITHMETIC.multiply(self.unit, kept)))
            else:
                self._set_together(working(ARITHMETIC.multiply(self.together, kept)))
        elif self.together is None:
            self._set_unit(working(ARITHMETIC.subtract(self.unit, adjustment.value)))
        else:
            off = ARITHMETIC.multiply(adjustment.value, self.request.quantity)
            self._set_together(working(ARITHMETIC.subtract(self.together, off)))
        self.steps.append(Step(step, rule, before, self.unit, reason, version))

    def price_together(
        self, amount: Decimal, step: StepName, rule: str, reason: str, version: str = ""
    ) -> None:
        """Price all units together, at ten places."""
        before = self.unit if self.steps else None
        self._set_together(amount)
        self.steps.append(Step(step, rule, before, self.unit, reason, version))

    def _set_unit(self, unit: Decimal) -> None:
        self.unit, self.together = max(unit, NOTHING), None

    def _set_together(self, amount: Decimal) -> None:
        self.together = max(amount, NOTHING)
        self.unit = working(ARITHMETIC.divide(self.together, self.request.quantity))


def split(whole: Decimal, weights: Sequence[tuple[str, Decimal]]) -> list[Decimal]:
    """Share an amount at ten places by weights not below zero; the parts sum to it exactly.

    Each part is its share rounded down; what is left goes, one unit of the last place each, to the
    largest remainders, ties by key (largest remainder method, Hamilton). So nothing depends on the
    order. Weights that are all nothing count alike.
    """
    exact = [int(ARITHMETIC.multiply(weight, _UNITS)) for _, weight in weights]
    if not any(exact):
        exact = [1] * len(weights)
    units, total = int(ARITHMETIC.multiply(whole, _UNITS)), sum(exact)
    parts = [units * weight // total for weight in exact]
    rest = units - sum(parts)
    by_remainder = sorted(
        range(len(parts)), key=lambda at: (-(units * exact[at] % total), weights[at][0])
    )
    for at in by_remainder[:rest]:
        parts[at] += 1
    return [working(ARITHMETIC.divide(Decimal(part), Decimal(_UNITS))) for part in parts]


def told(adjustment: Adjustment, currency: str) -> str:
    """An adjustment for people."""
    value = adjustment.value
    if adjustment.change is Change.OVERRIDE:
        return f"{plain(value)} {currency} per unit"
    if adjustment.change is Change.AMOUNT:
        return f"{plain(abs(value))} {currency} {'more' if value < 0 else 'off'} per unit"
    text = f"{plain(ARITHMETIC.multiply(abs(value), Decimal(100)))} %"
    return f"{text} more" if value < 0 else text
