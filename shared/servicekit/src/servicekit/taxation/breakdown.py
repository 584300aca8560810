"""The VAT breakdown that EN 16931 wants of a document, and where it puts what is left over."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from servicekit.values.money import Money


@dataclass(frozen=True, slots=True)
class TaxedPart:
    """The net of some lines of a document under a VAT category code and rate, as shown."""

    code: str
    rate: Decimal
    base: Money


@dataclass(frozen=True, slots=True)
class BreakdownRow:
    """One VAT breakdown (BG-23): each code and rate once, and BT-117 = round2(BT-116 x rate)."""

    code: str
    rate: Decimal
    base: Money
    tax: Money


@dataclass(frozen=True, slots=True)
class Breakdown:
    """The breakdown of a document whose books say `payable`.

    `rounding` is BT-114: what the amount due for payment (BT-115) is more than net plus tax by
    the breakdown. A few minor units at most.
    """

    rows: tuple[BreakdownRow, ...]
    net: Money
    tax: Money
    rounding: Money
    payable: Money


def breakdown(parts: Iterable[TaxedPart], payable: Money) -> Breakdown:
    """Group parts by code and rate, tax each base as BR-CO-17 does, and say the residue.

    Bases are at minor units and sum to the document's net; `payable` is its gross in the books,
    taxed on the exact net (docs/decisions/0076).
    """
    nothing = Money.zero(payable.currency)
    bases: dict[tuple[str, Decimal], Money] = {}
    for part in parts:
        key = (part.code, part.rate.normalize())
        bases[key] = bases.get(key, nothing) + part.base
    rows = tuple(
        BreakdownRow(code, rate, base, (base * rate).round())
        for (code, rate), base in sorted(bases.items())
    )
    net = sum((row.base for row in rows), start=nothing)
    tax = sum((row.tax for row in rows), start=nothing)
    return Breakdown(rows, net, tax, payable - net - tax, payable)
