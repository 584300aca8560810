"""Writing what has become of orders."""

from collections.abc import Sequence
from typing import Any

import orjson

from erp.sales_orders.queries import OrderDetail
from servicekit.uow import UnitOfWork

# Absolute values: the orders are locked, so what was loaded is still what is there.
SAVING = """
    saved_lines AS (
        UPDATE sales_orders_line l
        SET shipped = n.shipped, invoiced = n.invoiced, cancelled = n.cancelled,
            invoiced_amount = n.invoiced_amount
        FROM unnest($3::uuid[], $4::numeric[], $5::numeric[], $6::numeric[], $7::numeric[])
             AS n(id, shipped, invoiced, cancelled, invoiced_amount)
        WHERE l.tenant = $1 AND l.id = n.id
    ), saved_orders AS (
        UPDATE sales_orders_order o
        SET status = n.status, exposure = n.exposure, holds = n.holds::jsonb,
            invoiced_net = n.invoiced_net, prepaid = n.prepaid, promised_on = n.promised_on,
            released_by = n.released_by, released_at = n.released_at,
            release_reason = n.release_reason, cancel_reason = n.cancel_reason,
            version = n.version, updated_at = $2
        FROM unnest($8::uuid[], $9::text[], $10::numeric[], $11::text[], $12::date[], $13::text[],
                    $14::timestamptz[], $15::text[], $16::text[], $17::bigint[], $18::numeric[],
                    $19::numeric[])
             AS n(id, status, exposure, holds, promised_on, released_by, released_at,
                  release_reason, cancel_reason, version, invoiced_net, prepaid)
        WHERE o.tenant = $1 AND o.id = n.id
    )
"""
"""The first part of a statement that writes orders; $1 to $19 are `saving`."""
_SAVE = f"WITH {SAVING} SELECT 1"


def saving(uow: UnitOfWork, orders: Sequence[OrderDetail]) -> list[Any]:
    """The arguments of `SAVING`: locked orders and their lines as they are now."""
    lines = [line for order in orders for line in order.lines]
    return [
        uow.tenant,
        uow.now,
        [line.id for line in lines],
        [line.shipped for line in lines],
        [line.invoiced for line in lines],
        [line.cancelled for line in lines],
        [line.invoiced_amount for line in lines],
        [order.id for order in orders],
        [order.status.value for order in orders],
        [order.exposure for order in orders],
        [
            orjson.dumps([{"code": r.code, "message": r.message} for r in order.holds]).decode()
            for order in orders
        ],
        [order.promised_on for order in orders],
        [order.released_by for order in orders],
        [order.released_at for order in orders],
        [order.release_reason for order in orders],
        [order.cancel_reason for order in orders],
        [order.version for order in orders],
        [order.invoiced_net for order in orders],
        [order.prepaid for order in orders],
    ]


async def save_orders(uow: UnitOfWork, orders: Sequence[OrderDetail]) -> None:
    """Write locked orders and their lines as they are now; one statement."""
    if orders:
        await uow.connection.execute(_SAVE, *saving(uow, orders))
