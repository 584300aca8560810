"""What of a quote fits into one message, without writing the message."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts import LONGEST_EVENT_BYTES
from cpq.quotes import events
from cpq.quotes.models import LineRow, QuoteLine
from cpq.quotes.rules import OfferedLine, canonical
from cpq.quotes.rules.offer import _line as offered_line

DIGITS = st.decimals(Decimal("0.0000000001"), Decimal("99999999999999.9999999999"), places=10)


def line(**changes: Any) -> QuoteLine:
    said: dict[str, Any] = {
        "id": uuid4(),
        "key": "1",
        "position": 1,
        "item_id": UUID(int=7),
        "sku": "BK-1",
        "name": "Bicycle",
        "unit": "pcs",
        "quantity": Decimal(1),
        "list_unit_price": None,
        "net_unit_price": Decimal(9),
        "discount_fraction": Decimal(0),
        "net_amount": Decimal(9),
        "tax_category": "standard",
        "tax_rate": Decimal("0.19"),
        "term_multiplier": Decimal(1),
        "optional": False,
        "selected": True,
        "counts": True,
    }
    return LineRow(**(said | changes))


def sizes(one: QuoteLine) -> tuple[int, int]:
    """Bytes of the line in an acceptance, and in the offer."""
    offered = OfferedLine(
        key=one.key,
        position=one.position,
        item_id=one.item_id,
        sku=one.sku,
        name=one.name,
        quantity=one.quantity,
        unit=one.unit,
        net_unit_price=one.net_unit_price,
        discount_fraction=one.discount_fraction,
        net_amount=one.net_amount,
        tax_category=one.tax_category,
        tax_rate=one.tax_rate,
        parent=one.parent,
        selling_model=one.selling_model,
        start_on=one.start_on,
        end_on=one.end_on,
    )
    accepted = events._line(one).model_dump_json()
    return len(accepted.encode()), len(canonical(offered_line(offered)))


@given(
    st.text(max_size=40),
    st.text(min_size=1, max_size=40),
    DIGITS,
    DIGITS,
    st.none() | st.text(min_size=1, max_size=80),
    st.booleans(),
)
def test_a_line_is_little_longer_in_an_acceptance_than_in_the_offer(
    name: str, key: str, price: Decimal, listed: Decimal, model: str | None, termed: bool
) -> None:
    days = {"start_on": date(2026, 1, 1), "end_on": date(2026, 12, 31)} if termed else {}
    one = line(
        name=name,
        key=key,
        parent=key,
        net_unit_price=price,
        list_unit_price=listed,
        selling_model=model,
        **days,
    )
    accepted, offered = sizes(one)
    assert accepted <= offered + events._MORE_THAN_OFFERED


def test_what_is_surely_short_is_not_written_and_what_may_be_long_is_measured(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lines = [line()] * 5_000
    written = []
    monkeypatch.setattr(events, "_line", lambda one: written.append(one))
    assert events.fits(lines, 1_650_000)
    assert written == []
    monkeypatch.undo()
    long = [line(name="x" * 1_000)] * 5_000
    assert not events.fits(long, 5_000 * 1_300)
    assert events.fits(lines, LONGEST_EVENT_BYTES), "measured, it is shorter"
