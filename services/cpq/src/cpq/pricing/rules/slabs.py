"""Slab schedules: each unit gets what the tier says that it is in, over one line or several."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal

from cpq.pricing.rules.rule import Adjustment, Change, Schedule, ScheduleTier
from cpq.pricing.rules.running import Running, split
from cpq.pricing.rules.steps import NOTHING, ONE, StepName, working
from cpq.pricing.rules.waterfall import Reached
from servicekit.values import plain
from servicekit.values.decimals import ARITHMETIC


def units_of(schedule: Schedule, number: Decimal) -> list[tuple[ScheduleTier, Decimal]]:
    """How many of the units lie in each tier.

    Units are counted from one: bands from 1 to 11 and from 11 on hold the first ten units, and the
    rest. Where the first band begins at nothing, units are measured instead: from 0 to 10 and from
    10 on is the same for whole numbers, and right for fractions too.
    """
    offset = NOTHING if schedule.tiers[0].band.lower == NOTHING else ONE
    found = []
    for tier in schedule.tiers:
        lower = ARITHMETIC.subtract(tier.band.lower, offset)
        end = number if tier.band.upper is None else tier.band.upper - offset
        found.append((tier, max(ARITHMETIC.subtract(min(number, end), lower), NOTHING)))
    return found


def price_slabs(
    lines: Sequence[tuple[Running, Reached]], told: Callable[[Adjustment], str]
) -> None:
    """Price lines whose units fill the slabs of one schedule together.

    A line's share of what the slabs give is that of its quantity, or of its amount where they take
    percents; the shares sum to the whole exactly, whatever the order of the lines. Lines of the
    schedule that are priced later, being derived, take their share by quantity then. `told` says an
    adjustment for people.
    """
    first = lines[0][1]
    number = first.number
    slabs = [(tier, units) for tier, units in units_of(first.schedule, number) if units]
    said = ", ".join(f"{told(tier.adjustment)} on {plain(units)}" for tier, units in slabs)
    quantity = sum((one.request.quantity for one, _ in lines), start=NOTHING)
    parts = ARITHMETIC.divide(quantity, number)
    weighted = sum(
        (ARITHMETIC.multiply(units, tier.adjustment.value) for tier, units in slabs), start=NOTHING
    )
    amounts = [one.amount for one, _ in lines]
    keys = [one.request.key for one, _ in lines]
    by_quantity = [(key, one.request.quantity) for key, (one, _) in zip(keys, lines, strict=True)]
    change = first.tier.adjustment.change
    if change is Change.PERCENT:
        whole = ARITHMETIC.divide(
            ARITHMETIC.multiply(sum(amounts, start=NOTHING), weighted), number
        )
        off = split(working(whole), list(zip(keys, amounts, strict=True)))
        priced = [amount - part for amount, part in zip(amounts, off, strict=True)]
    elif change is Change.AMOUNT:
        off = split(working(ARITHMETIC.multiply(weighted, parts)), by_quantity)
        priced = [amount - part for amount, part in zip(amounts, off, strict=True)]
    else:
        covered = sum((units for _, units in slabs), start=NOTHING)
        uncovered = ARITHMETIC.divide(ARITHMETIC.subtract(number, covered), number)
        new = split(working(ARITHMETIC.multiply(weighted, parts)), by_quantity)
        priced = [
            part + working(ARITHMETIC.multiply(amount, uncovered))
            for amount, part in zip(amounts, new, strict=True)
        ]
    for (one, reached), amount in zip(lines, priced, strict=True):
        rule = reached.rule
        one.price_together(amount, StepName.QUANTITY_BREAK, rule.name, said, rule.version)
