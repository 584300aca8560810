"""What an e-invoice costs: `python -m erp.einvoices.measuring` prints a figure a line, as JSON.

In a process and a thread of its own: an invoice of ten lines is composed, written and held against
schema and official rules; what compiling the rules takes is told apart.
"""

import json
import sys
import time
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from functools import partial

from erp.einvoices.rules import (
    Address,
    Bank,
    Booked,
    BookedLine,
    BookedTax,
    Language,
    Party,
    Syntax,
    compose,
)
from erp.einvoices.service.leaving import passed
from erp.einvoices.service.printing import printed

ROUNDS = 100
LINES = 10
TARGET_MS = 50


def main() -> None:
    """Measure and print."""
    for figure in figures():
        sys.stdout.write(json.dumps(figure) + "\n")


def figures() -> Iterator[dict[str, object]]:
    """Each kind of work with its median and slowest hundredth."""
    document = compose(_booked(), _SELLER, _BUYER, bank=_BANK, terms="30 days")
    for syntax in Syntax:
        begun = time.perf_counter()
        passed(document, syntax)
        yield {
            "work": f"rules of {syntax.upper()} compiled",
            "conditions": "once per thread",
            "result": f"{time.perf_counter() - begun:.1f} s",
        }
        yield _figure(
            f"e-invoice as {syntax.upper()} written and validated", partial(_written, syntax)
        )
    yield _figure("invoice as PDF", lambda: printed(document, Language.ENGLISH))


def _written(syntax: Syntax) -> bytes:
    return passed(compose(_booked(), _SELLER, _BUYER, bank=_BANK, terms="30 days"), syntax)


def _figure(work: str, do: Callable[[], object]) -> dict[str, object]:
    do()
    taken = []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        do()
        taken.append(1_000 * (time.perf_counter() - begun))
    taken.sort()
    median = taken[ROUNDS // 2]
    return {
        "work": work,
        "conditions": f"{LINES} lines, 1 thread",
        "result": f"p50 {median:.0f} ms, p99 {taken[-1]:.0f} ms",
        "target": f"under {TARGET_MS} ms",
        "met": median < TARGET_MS,
    }


_SELLER = Party("Tradewind GmbH", Address("DE", city="Hamburg"), vat_id="DE136695976")
_BUYER = Party("Ada Ltd", Address("FR", city="Strasbourg"))
_BANK = Bank("DE02120300000000202051")


def _booked() -> Booked:
    net = Decimal(100) * LINES
    tax = net * Decimal("0.19")
    return Booked(
        credit=False,
        number="INV-1",
        issued_on=date(2025, 1, 5),
        due_on=date(2025, 2, 4),
        currency="EUR",
        net=net,
        gross=net + tax,
        lines=tuple(
            BookedLine(
                at,
                "Thing",
                Decimal(4),
                "pcs",
                Decimal(25),
                Decimal(100),
                Decimal(100),
                "standard",
                "SKU",
            )
            for at in range(1, LINES + 1)
        ),
        taxes=(BookedTax("standard", Decimal("0.19"), net, tax, "S"),),
    )


if __name__ == "__main__":
    main()
