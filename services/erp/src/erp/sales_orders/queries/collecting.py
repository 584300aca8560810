"""What collective invoices start from: accounts and orders with deliveries not invoiced yet."""

from collections.abc import Sequence
from uuid import UUID

from erp.sales_orders.rules import Delivered
from servicekit.uow import UnitOfWork

_DUE = """
    SELECT o.account_id, o.id
    FROM sales_orders_order o
    WHERE o.tenant = $1 AND o.company_id = $2 AND o.status IN ('shipping', 'shipped')
      AND ($3::uuid IS NULL OR o.account_id = $3)
      AND ($4::uuid IS NULL OR o.account_id > $4)
      AND EXISTS (SELECT FROM sales_orders_line l
                  WHERE l.tenant = o.tenant AND l.order_id = o.id AND l.shipped > l.invoiced)
    ORDER BY o.account_id, o.ordered_on, o.id
    LIMIT $5
"""
_DELIVERED = """
    SELECT p.line_id, s.number, s.shipped_on, p.quantity
    FROM sales_orders_shipment s
    JOIN sales_orders_shipment_line p ON p.tenant = s.tenant AND p.shipment_id = s.id
    WHERE s.tenant = $1 AND s.order_id = ANY($2)
    ORDER BY s.recorded_at, s.id
"""


async def orders_to_collect(
    uow: UnitOfWork,
    company_id: UUID,
    *,
    account_id: UUID | None,
    after: UUID | None,
    limit: int,
) -> list[tuple[UUID, UUID]]:
    """Accounts and orders that have deliveries to be invoiced, by account.

    Those of accounts `after` an id, and of one account alone where it is named. Accounts are not
    torn apart by the limit, except one that has more orders than it.
    """
    rows = await uow.connection.fetch(_DUE, uow.tenant, company_id, account_id, after, limit + 1)
    found = [(row["account_id"], row["id"]) for row in rows]
    if len(found) <= limit:
        return found
    last = found[-1][0]
    whole = [pair for pair in found if pair[0] != last]
    return whole or found[:limit]


async def delivered(uow: UnitOfWork, orders: Sequence[UUID]) -> dict[UUID, list[Delivered]]:
    """What left of the lines of orders, by line, in the order in which it was recorded."""
    found: dict[UUID, list[Delivered]] = {}
    for row in await uow.connection.fetch(_DELIVERED, uow.tenant, list(orders)):
        found.setdefault(row["line_id"], []).append(
            Delivered(row["line_id"], row["number"], row["shipped_on"], row["quantity"])
        )
    return found
