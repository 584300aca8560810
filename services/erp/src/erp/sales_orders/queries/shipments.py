"""Reading shipments."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from erp.sales_orders.models import Line, Shipment, ShipmentLine
from servicekit.uow import UnitOfWork


@dataclass(frozen=True, slots=True)
class ShippedQuantity:
    """How much of an order line left with a shipment."""

    line_id: UUID
    item_id: UUID
    sku: str
    quantity: Decimal
    unit: str


@dataclass(frozen=True, slots=True)
class ShipmentDetail:
    """A shipment with its lines."""

    id: UUID
    number: str
    order_id: UUID
    shipped_on: date
    recorded_at: datetime
    recorded_by: str
    lines: tuple[ShippedQuantity, ...]


async def shipments(session: AsyncSession, order_id: UUID) -> list[ShipmentDetail]:
    """An order's shipments, oldest first."""
    rows = (
        await session.scalars(
            select(Shipment).where(Shipment.order_id == order_id).order_by(Shipment.id)
        )
    ).all()
    lines = await session.execute(
        select(
            ShipmentLine.shipment_id,
            ShipmentLine.line_id,
            Line.item_id,
            Line.sku,
            ShipmentLine.quantity,
            Line.unit,
        )
        .join(Line, (Line.tenant == ShipmentLine.tenant) & (Line.id == ShipmentLine.line_id))
        .where(ShipmentLine.shipment_id.in_([row.id for row in rows]))
        .order_by(Line.position)
    )
    by_shipment: dict[UUID, list[ShippedQuantity]] = {row.id: [] for row in rows}
    for line in lines:
        by_shipment[line.shipment_id].append(
            ShippedQuantity(line.line_id, line.item_id, line.sku, line.quantity, line.unit)
        )
    return [
        ShipmentDetail(
            row.id,
            row.number,
            row.order_id,
            row.shipped_on,
            row.recorded_at,
            row.recorded_by,
            tuple(by_shipment[row.id]),
        )
        for row in rows
    ]


async def last_shipments(uow: UnitOfWork, order_ids: Collection[UUID]) -> dict[UUID, UUID]:
    """The newest shipment of each order that has one."""
    rows = await uow.connection.fetch(
        "SELECT DISTINCT ON (order_id) order_id, id FROM sales_orders_shipment"
        " WHERE tenant = $1 AND order_id = ANY($2) ORDER BY order_id, id DESC",
        uow.tenant,
        list(order_ids),
    )
    return {row["order_id"]: row["id"] for row in rows}
