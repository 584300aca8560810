"""What other slices and the doors may ask of inventory."""

from erp.inventory.rules import MoveKind, MoveReason, Want
from erp.inventory.service.claims import claim, claim_backorders, release
from erp.inventory.service.moves import NewMove, RowResult, record_move, record_moves
from erp.inventory.service.promises import announce_promises
from erp.inventory.service.shipping import Outgoing, Pick, ship
from erp.inventory.service.valuation import revalue_stock
from erp.inventory.service.warehouses import (
    create_warehouse,
    ensure_warehouse,
    open_default_warehouse,
)

__all__ = [
    "MoveKind",
    "MoveReason",
    "NewMove",
    "Outgoing",
    "Pick",
    "RowResult",
    "Want",
    "announce_promises",
    "claim",
    "claim_backorders",
    "create_warehouse",
    "ensure_warehouse",
    "open_default_warehouse",
    "record_move",
    "record_moves",
    "release",
    "revalue_stock",
    "ship",
]
