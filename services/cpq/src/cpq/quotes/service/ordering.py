"""What the ERP answered to an acceptance."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert

from cpq.quotes.models import QuoteOrder
from servicekit.uow import UnitOfWork


@dataclass(frozen=True, slots=True)
class OrderNews:
    """One event of an order, and what it changes."""

    quote_id: UUID
    order_id: UUID
    order_number: str
    status: str
    event_id: UUID
    event_type: str
    sequence: int
    as_of: datetime
    changes: dict[str, Any] = field(default_factory=dict)
    """Of `reasons`, `promised_on`, `shipped_on`, `invoice_number`; the absent ones stay."""


async def remember_order(uow: UnitOfWork, news: OrderNews) -> None:
    """Write the news beside the quote, unless something newer is there."""
    always = {
        "order_id": news.order_id,
        "order_number": news.order_number,
        "status": news.status,
        "source_event_id": news.event_id,
        "source_event_type": news.event_type,
        "source_sequence": news.sequence,
        "as_of": news.as_of,
        **news.changes,
    }
    row = {"tenant": uow.tenant, "quote_id": news.quote_id, "reasons": [], **always}
    await uow.session.execute(
        insert(QuoteOrder)
        .values(row)
        .on_conflict_do_update(
            index_elements=["tenant", "quote_id"],
            set_=always,
            where=QuoteOrder.source_sequence < news.sequence,
        )
    )
