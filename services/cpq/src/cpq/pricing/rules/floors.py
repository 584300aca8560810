"""Floors: from which price on something is given away, and whether too much of it is."""

from __future__ import annotations

from decimal import Decimal

from cpq.pricing.rules.rule import Floor
from cpq.pricing.rules.running import Running
from cpq.pricing.rules.steps import ONE, StepName, percent, working
from servicekit.values import plain
from servicekit.values.decimals import ARITHMETIC


def before_given_away(running: Running, discounted: Decimal) -> Decimal:
    """The price before everything that the seller gives away by hand.

    That is what lies between the price before it and an agreed price, what a ramp lets the price
    fall by, and a discount, before which the price is `discounted`.
    """
    if running.request.agreed_unit_price is not None:
        return _before_agreed(running, discounted)
    return _before_ramp(running, discounted) if running.request.uplift < 0 else discounted


def _before_agreed(running: Running, agreed: Decimal) -> Decimal:
    """The price without what was agreed: an agreed price gives away what lies between the two.

    A ramp lets either grow; what it lets fall is given away. Where nothing stood before it, the
    agreed price gives nothing away.
    """
    step = next(step for step in running.steps if step.step is StepName.AGREED)
    if step.input is None:
        return agreed
    grown = ARITHMETIC.add(ONE, max(running.request.uplift, Decimal(0)))
    return working(ARITHMETIC.multiply(step.input, grown))


def _before_ramp(running: Running, fallen: Decimal) -> Decimal:
    """The price before a ramp made it fall: what the seller lets it fall by is given away."""
    for step in running.steps:
        if step.step is StepName.RAMP and step.input is not None:
            return step.input
    return fallen


def below_floor(
    running: Running, floor: Floor, before: Decimal, currency: str, cost: Decimal | None
) -> str | None:
    """Why the price is below the floor; None: it is not."""
    unit = running.unit
    if floor.least_unit_price is not None and unit < floor.least_unit_price:
        return f"{plain(unit)} is less than {plain(floor.least_unit_price)} {currency} per unit"
    if floor.most_discount is not None and before:
        least = ARITHMETIC.multiply(before, ARITHMETIC.subtract(ONE, floor.most_discount))
        if unit < working(least):
            return f"a manual discount of more than {percent(floor.most_discount)}"
    if floor.least_margin is not None and cost is not None:
        kept = ARITHMETIC.subtract(unit, cost)
        if kept < ARITHMETIC.multiply(unit, floor.least_margin):
            return f"a margin of less than {percent(floor.least_margin)}"
    return None
