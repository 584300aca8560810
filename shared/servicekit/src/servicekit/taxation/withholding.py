"""Tax that the payer keeps back and owes to the tax office in the payee's stead."""

from dataclasses import dataclass
from decimal import Decimal

from servicekit.values.money import Money


@dataclass(frozen=True, slots=True)
class Withheld:
    """What is kept back of a gross amount: `paid` + `withheld` = `gross`."""

    base: Money
    rate: Decimal
    withheld: Money
    paid: Money


def withhold(gross: Money, base: Money, rate: Decimal) -> Withheld:
    """Keep back round2(base x rate) of `gross`; halves go away from zero.

    `base` is what the rate counts on, usually the net; all are of one sign, `rate` a fraction.
    """
    withheld = (base * rate).round()
    return Withheld(base, rate, withheld, gross - withheld)
