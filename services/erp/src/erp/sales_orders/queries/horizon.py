"""Which orders cross the horizon of credit, and which were released too long ago."""

from datetime import date
from uuid import UUID

from servicekit.uow import UnitOfWork

# Two statements in one: each side is found by its own part of the index.
_ACROSS = """
    SELECT o.id, true AS within
    FROM receivables_policy p
    JOIN sales_orders_order o ON o.tenant = p.tenant AND o.company_id = p.company_id
    WHERE NOT o.in_horizon AND o.exposure > 0
      AND (p.horizon_days IS NULL
           OR coalesce(o.requested_on, o.ordered_on) <= $1::date + p.horizon_days)
    UNION ALL
    SELECT o.id, false
    FROM receivables_policy p
    JOIN sales_orders_order o ON o.tenant = p.tenant AND o.company_id = p.company_id
    WHERE o.in_horizon AND o.exposure > 0 AND p.horizon_days IS NOT NULL
      AND coalesce(o.requested_on, o.ordered_on) > $1::date + p.horizon_days
    LIMIT $2
"""
_RELEASED = """
    SELECT id FROM sales_orders_order
    WHERE status = 'confirmed' AND released_until < $1 LIMIT $2
"""


async def across_the_horizon(uow: UnitOfWork, today: date, limit: int) -> dict[UUID, bool]:
    """Orders that count as exposure and should not, or the other way; whether they are within."""
    rows = await uow.connection.fetch(_ACROSS, today, limit)
    return {row["id"]: row["within"] for row in rows}


async def released_too_long(uow: UnitOfWork, today: date, limit: int) -> list[UUID]:
    """Confirmed orders whose release ended before today."""
    return [row["id"] for row in await uow.connection.fetch(_RELEASED, today, limit)]
