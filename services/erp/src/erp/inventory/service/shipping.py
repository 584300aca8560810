"""Goods that leave for orders: taken from what is reserved, and booked at standard cost."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from erp.inventory.rules import MoveKind, MoveReason
from erp.inventory.service.valuation import apply_move, book_moves, lock_positions, write_moves
from servicekit.uow import UnitOfWork


@dataclass(frozen=True, slots=True)
class Pick:
    """A quantity, in the item's unit, that leaves for an order line which has it reserved."""

    line_id: UUID
    item_id: UUID
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A shipment of goods from one warehouse on one day."""

    shipment_id: UUID
    number: str
    warehouse_id: UUID
    shipped_on: date
    picks: Sequence[Pick]


async def ship(uow: UnitOfWork, shipments: Sequence[Outgoing]) -> None:
    """Take the goods out and post their cost: Dr cost of goods sold, Cr inventory.

    Three statements for any number of shipments, the last of them the ledger's. Raises
    `StockIsNotThere` if a line has less reserved than it ships.
    """
    wanted = [
        (shipment.warehouse_id, pick.item_id, shipment.shipped_on)
        for shipment in shipments
        for pick in shipment.picks
    ]
    if not wanted:
        return
    locked = await lock_positions(uow, wanted)
    moves = [
        apply_move(
            uow,
            locked[shipment.warehouse_id, pick.item_id],
            (shipment.warehouse_id, pick.item_id),
            kind=MoveKind.SHIPMENT,
            reason=MoveReason.SALE,
            effective_on=shipment.shipped_on,
            quantity=-pick.quantity,
            document_id=shipment.shipment_id,
            line_id=pick.line_id,
        )
        for shipment in shipments
        for pick in shipment.picks
    ]
    await write_moves(uow, locked, moves)
    await book_moves(
        uow,
        moves,
        source_type="shipment",
        references={shipment.shipment_id: shipment.number for shipment in shipments},
    )
