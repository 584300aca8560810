"""Writing what has become of orders."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

import orjson

from erp.receivables.service import OrdersMoved
from erp.sales_orders.queries import OrderDetail
from erp.sales_orders.rules import delivered_part
from servicekit.uow import UnitOfWork
from servicekit.values.money import minor_units

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
            delivered = n.delivered, in_horizon = n.in_horizon,
            released_by = n.released_by, released_at = n.released_at,
            released_amount = n.released_amount, released_until = n.released_until,
            release_reason = n.release_reason, cancel_reason = n.cancel_reason,
            version = n.version, updated_at = $2
        FROM unnest($8::uuid[], $9::text[], $10::numeric[], $11::text[], $12::date[], $13::text[],
                    $14::timestamptz[], $15::text[], $16::text[], $17::bigint[], $18::numeric[],
                    $19::numeric[], $20::numeric[], $21::bool[], $22::numeric[], $23::date[])
             AS n(id, status, exposure, holds, promised_on, released_by, released_at,
                  release_reason, cancel_reason, version, invoiced_net, prepaid,
                  delivered, in_horizon, released_amount, released_until)
        WHERE o.tenant = $1 AND o.id = n.id
    )
"""
"""The first part of a statement that writes orders; $1 to $23 are `saving`."""
_SAVE = f"WITH {SAVING} SELECT 1"


def delivered_of(order: OrderDetail) -> Decimal:
    """What of an order's exposure has left, as its lines and its exposure are now."""
    return delivered_part(order.exposure, order.progress, minor_units=minor_units(order.currency))


def with_delivered(order: OrderDetail) -> OrderDetail:
    """The order with what has left of it, as its lines and its exposure are now."""
    return replace(order, delivered=delivered_of(order))


def moved(before: OrderDetail, after: OrderDetail) -> OrdersMoved:
    """By how much an order counts more, or less, as open order of its account."""
    return counting(after, delivered_of(after)) + -counting(before, before.delivered)


def counting(order: OrderDetail, delivered: Decimal) -> OrdersMoved:
    """What an order counts: all of it within the horizon, beyond it what has left."""
    return OrdersMoved(order.exposure if order.in_horizon else delivered, delivered)


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
        [delivered_of(order) for order in orders],
        [order.in_horizon for order in orders],
        [order.released_amount for order in orders],
        [order.released_until for order in orders],
    ]


async def save_orders(uow: UnitOfWork, orders: Sequence[OrderDetail]) -> None:
    """Write locked orders and their lines as they are now; one statement."""
    if orders:
        await uow.connection.execute(_SAVE, *saving(uow, orders))
