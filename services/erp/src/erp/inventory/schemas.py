"""What clients send and receive about stock."""

from datetime import date, datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field, model_validator

from erp.inventory.models import Move, Position, Warehouse
from erp.inventory.queries import ItemStock
from erp.inventory.service import MoveKind, MoveReason, NewMove
from servicekit.http.schemas import (
    AmountOut,
    Code,
    DayIn,
    In,
    Name,
    Out,
    QuantityOut,
    Reference,
    SignedQuantityIn,
    UnitCode,
)


class WarehouseIn(In):
    """A warehouse to be opened."""

    company_id: UUID | None = None
    """Left out: the tenant's default company."""
    code: Code
    name: Name
    external_reference: Reference | None = None


class WarehouseOut(Out):
    """A warehouse."""

    id: UUID
    company_id: UUID
    code: str
    name: str
    external_reference: str | None
    version: int
    created_at: datetime

    @classmethod
    def of(cls, warehouse: Warehouse) -> Self:
        """Render a warehouse."""
        return cls.model_validate(warehouse)


class StockMoveIn(In):
    """A receipt, issue, adjustment or transfer.

    The item is named by id or SKU; the warehouse by id, or by code within the company.
    """

    kind: Annotated[
        MoveKind, Field(json_schema_extra={"enum": ["receipt", "issue", "adjustment", "transfer"]})
    ]
    """What happened."""
    reason: MoveReason | None = None
    """Left out: purchase for a receipt, use for an issue, count for an adjustment."""
    item_id: UUID | None = None
    sku: Code | None = None
    quantity: SignedQuantityIn
    """Above zero, except for an adjustment downwards."""
    unit: UnitCode | None = None
    """Left out: the item's unit."""
    effective_on: DayIn | None = None
    """The business day. Left out: today (UTC)."""
    company_id: UUID | None = None
    warehouse_id: UUID | None = None
    warehouse: Code | None = None
    """The warehouse's code. Neither id nor code: the company's default warehouse."""
    to_warehouse_id: UUID | None = None
    to_warehouse: Code | None = None
    note: Annotated[str, Field(max_length=500)] | None = None
    external_reference: Reference | None = None

    @model_validator(mode="after")
    def _one_name_each(self) -> Self:
        if (self.item_id is None) == (self.sku is None):
            raise ValueError("name the item by item_id or by sku, and not by both")
        if self.warehouse_id is not None and self.warehouse is not None:
            raise ValueError("name the warehouse by warehouse_id or by warehouse, not by both")
        if self.kind in (MoveKind.SHIPMENT, MoveKind.REVALUATION):
            raise ValueError("kind is one of receipt, issue, adjustment, transfer")
        return self

    @model_validator(mode="after")
    def _only_a_transfer_has_a_destination(self) -> Self:
        destinations = (self.to_warehouse_id is not None) + (self.to_warehouse is not None)
        if destinations and self.kind != MoveKind.TRANSFER:
            raise ValueError("to_warehouse_id and to_warehouse go with a transfer only")
        if destinations > 1:
            raise ValueError("name the destination by to_warehouse_id or by to_warehouse, not both")
        return self

    def new(self, today: date) -> NewMove:
        """The command."""
        return NewMove(**dict(self) | {"effective_on": self.effective_on or today})


class StockMoveOut(Out):
    """A quantity that came (positive) or went (negative), in the item's unit."""

    id: UUID
    kind: str
    """receipt, issue, adjustment, transfer, shipment or revaluation."""
    reason: str
    """What stands against the stock in the ledger, such as purchase or sale."""
    item_id: UUID
    warehouse_id: UUID
    company_id: UUID
    effective_on: date
    quantity: QuantityOut
    """What came (above zero) or went (below zero), in the item's unit."""
    unit_cost: AmountOut
    value: AmountOut
    """What it added to the value of the stock, at minor units of `currency`."""
    revaluation: AmountOut
    currency: str
    document_id: UUID
    note: str | None
    external_reference: str | None
    recorded_at: datetime
    recorded_by: str

    @classmethod
    def of(cls, move: Move) -> Self:
        """Render a move."""
        return cls.model_validate(move)


class PositionOut(Out):
    """An item in a warehouse."""

    warehouse_id: UUID
    company_id: UUID
    item_id: UUID
    sku: str
    unit: str
    on_hand: QuantityOut
    reserved: QuantityOut
    available: QuantityOut
    unit_cost: AmountOut
    value: AmountOut
    currency: str

    @classmethod
    def of(cls, row: Position, *, sku: str, unit: str) -> Self:
        """Render a position."""
        return cls(
            warehouse_id=row.warehouse_id,
            company_id=row.company_id,
            item_id=row.item_id,
            sku=sku,
            unit=unit,
            on_hand=row.on_hand,
            reserved=row.reserved,
            available=row.on_hand - row.reserved,
            unit_cost=row.unit_cost,
            value=row.value,
            currency=row.currency,
        )


class WarehouseStockOut(Out):
    """An item in one warehouse."""

    warehouse_id: UUID
    code: str
    on_hand: QuantityOut
    reserved: QuantityOut


class DemandOut(Out):
    """What orders still want by a day, and how much of that is reserved."""

    needed_on: date
    wanted: QuantityOut
    reserved: QuantityOut
    """How much of that is set aside."""


class PromiseOut(Out):
    """What is available to promise from a day on."""

    on: date
    available: QuantityOut
    """How much a new order can be promised, in the item's unit."""


class ItemStockOut(Out):
    """An item over all warehouses, and what of it can be promised from each day on."""

    item_id: UUID
    sku: str
    unit: str
    on_hand: QuantityOut
    reserved: QuantityOut
    available: QuantityOut
    as_of: datetime
    warehouses: list[WarehouseStockOut]
    demands: list[DemandOut]
    promises: list[PromiseOut]

    @classmethod
    def of(cls, stock: ItemStock, *, sku: str, unit: str) -> Self:
        """Render an item's stock."""
        return cls(
            item_id=stock.item_id,
            sku=sku,
            unit=unit,
            on_hand=stock.on_hand,
            reserved=stock.reserved,
            available=stock.available,
            as_of=stock.as_of,
            warehouses=[WarehouseStockOut.model_validate(row) for row in stock.warehouses],
            demands=[DemandOut.model_validate(row) for row in stock.demands],
            promises=[PromiseOut.model_validate(row) for row in stock.promises],
        )
