"""What an entry in other currencies is in the company's own (IAS 21.21: at the day's rate)."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction

from erp.ledger.rules.entries import EntryLine
from erp.ledger.rules.refusals import EntryIsNotBalanced
from servicekit.values.decimals import plain, round_half_away
from servicekit.values.money import minor_units


def _decimal(units: int, places: int) -> Decimal:
    # Not by arithmetic, which rounds to the digits of the context.
    return Decimal(f"{units}E-{places}")


def foreign(lines: Sequence[EntryLine], base_currency: str) -> set[str]:
    """The currencies of an entry that need a rate."""
    return {line.currency for line in lines if line.currency != base_currency and line.base is None}


def translated(
    lines: Sequence[EntryLine], base_currency: str, rates: Mapping[str, Fraction]
) -> list[Decimal | None]:
    """Each line in the company's currency, debit less credit; None where it is in it anyway.

    `rates` are units of the company's currency for one of the other. Lines that name no `base`
    are translated side by side: all debits of a currency together at the rate, rounded once, and
    handed to the lines by the largest remainder; credits likewise. So one receivable against
    three revenues is worth exactly its rounded rate, and the parts sum to it. What was given stays;
    where rounding the sides leaves a residue beside it, of less than a minor unit for each line
    that was not given, those take it, whoever is nearest. Raises `EntryIsNotBalanced`, where
    amounts that were given do not fit together.
    """
    if all(line.currency == base_currency and line.base is None for line in lines):
        # It balances in its currencies already (`check_entry`), and this is the only one.
        return [None] * len(lines)
    places = minor_units(base_currency)
    found: list[Decimal | None] = [
        None if line.currency == base_currency else line.base for line in lines
    ]
    sides: defaultdict[tuple[str, int], list[int]] = defaultdict(list)
    for at, line in enumerate(lines):
        if line.currency != base_currency and line.base is None:
            sides[line.currency, 1 if line.debit else -1].append(at)
    exactly: dict[int, Fraction] = {}
    for (currency, sign), places_of in sides.items():
        exact = [
            Fraction(lines[at].debit or lines[at].credit) * rates[currency] for at in places_of
        ]
        for at, share, value in zip(places_of, _shares(exact, places), exact, strict=True):
            found[at] = sign * share
            exactly[at] = sign * value
    off = _off(lines, found)
    units = int(Fraction(off) * 10**places)
    if 0 < abs(units) < max(2, len(exactly)):
        step = _decimal(-1 if units > 0 else 1, places)
        # Whoever is nearest to the next unit on that side.
        nearest = sorted(
            exactly,
            key=lambda at: (abs(Fraction((found[at] or 0) + step) - exactly[at]), at),
        )
        for at in nearest[: abs(units)]:
            found[at] = (found[at] or Decimal(0)) + step
        off = _off(lines, found)
    if off:
        raise EntryIsNotBalanced(
            f"Debit less credit is {plain(Decimal(off))} {base_currency} in the company's "
            "currency.",
            field="lines",
        )
    return found


def _off(lines: Sequence[EntryLine], found: Sequence[Decimal | None]) -> Decimal:
    """Debit less credit in the company's currency."""
    return sum(
        (
            line.debit - line.credit if base is None else base
            for line, base in zip(lines, found, strict=True)
        ),
        start=Decimal(0),
    )


def _shares(exact: Sequence[Fraction], places: int) -> list[Decimal]:
    scaled = [value * 10**places for value in exact]
    shares = [value.numerator // value.denominator for value in scaled]
    left = int(round_half_away(sum(scaled, start=Fraction(0)), 0)) - sum(shares)
    by_remainder = sorted(range(len(scaled)), key=lambda at: (shares[at] - scaled[at], at))
    for at in by_remainder[:left]:
        shares[at] += 1
    return [_decimal(share, places) for share in shares]
