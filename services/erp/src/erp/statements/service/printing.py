"""PDF by typst, in threads beside the event loop; fonts come with packages."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path

from erp.statements.rules import StatementIsTooLong
from erp.statements.service.tables import Table
from servicekit.errors import Refusal
from servicekit.printing.typesetting import typeset
from servicekit.values.money import minor_units
from servicekit.workshop import TooMuchWork, Workshop

TEMPLATE = Path(__file__).with_name("statement.typ")
MOST_ROWS = 2_000
SECONDS = 20

PRINTING_REFUSALS: tuple[type[Refusal], ...] = (StatementIsTooLong, TooMuchWork)
"""What asking for a PDF may be refused with."""


async def pdf_of(table: Table, made_at: datetime) -> bytes:
    """The table as PDF. Raises `StatementIsTooLong`, `TooMuchWork`."""
    if len(table.rows) > MOST_ROWS:
        raise StatementIsTooLong(
            f"It has {len(table.rows)} lines, a PDF at most {MOST_ROWS}.", field="format"
        )
    return await _workshop().do(lambda _: printed(table, made_at), seconds=SECONDS)


def printed(table: Table, made_at: datetime) -> bytes:
    """The PDF (PDF/UA-1, tagged to be read aloud); the same table gives the same bytes."""
    places = minor_units(table.currency)
    said = {
        "title": table.title,
        "company": table.company,
        "currency": table.currency,
        "note": table.note,
        "made": f"{made_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC",
        "heads": list(table.heads),
        "rows": [
            {
                "code": row.code,
                "name": row.name,
                "level": row.level,
                "style": row.style,
                "amounts": [spelled(amount, places) for amount in row.amounts],
            }
            for row in table.rows
        ],
    }
    return typeset(
        TEMPLATE.read_bytes(),
        {"table": json.dumps(said, ensure_ascii=False)},
        made_at=int(made_at.timestamp()),
        standard="ua-1",
    )


def spelled(amount: Decimal, places: int) -> str:
    """An amount for readers: groups of three, a true minus, a dash for nothing."""
    if not amount:
        return "–"
    return f"{amount:,.{places}f}".replace(",", "\u202f").replace("-", "\u2212")


@cache
def _workshop() -> Workshop:
    return Workshop("statements", threads=1, waiting=16)
