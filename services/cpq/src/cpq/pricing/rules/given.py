"""What promotions give away in a priced document."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal

from cpq.pricing.rules.lines import Request
from cpq.pricing.rules.rule import Promotion, Rule
from cpq.pricing.rules.steps import NOTHING, PricedLine, StepName, working
from servicekit.values.decimals import ARITHMETIC


def given_by_promotions(
    requests: Iterable[Request], priced: Mapping[str, PricedLine], rules: Iterable[Rule]
) -> dict[str, Decimal]:
    """What each code takes off the lines that count, over their terms, at ten places.

    Of a line it is what its promotion step takes off the unit price, times quantity and term; later
    discounts are taken of what is left. A line whose price is a share of others is not counted for
    what they lose. A code that makes lines dearer gives nothing.
    """
    codes = {
        (rule.name, rule.version): rule.deed.code
        for rule in rules
        if isinstance(rule.deed, Promotion)
    }
    found: dict[str, Decimal] = {}
    for request in requests:
        if not request.counts:
            continue
        for step in priced[request.key].steps:
            if step.step is StepName.PROMOTION and step.input is not None:
                code = codes[step.rule, step.version]
                off = ARITHMETIC.subtract(step.input, step.output)
                times = ARITHMETIC.multiply(request.quantity, request.term_multiplier)
                amount = working(ARITHMETIC.multiply(off, times))
                found[code] = ARITHMETIC.add(found.get(code, NOTHING), amount)
    return {code: max(amount, NOTHING) for code, amount in found.items()}
