"""Topic `erp.stock`: what lies where and what can be promised. Whole state per item."""

from datetime import date
from typing import ClassVar
from uuid import UUID

from pydantic import AwareDatetime, Field

from contracts.base import DecimalString, Event, WireModel


class WarehouseStockV1(WireModel):
    """The item in one warehouse."""

    warehouse_id: UUID
    code: str
    on_hand: DecimalString
    reserved: DecimalString


class StockPromiseV1(WireModel):
    """What is available to promise on a day and from then on."""

    on: date
    available: DecimalString


class StockEvent(Event):
    """What all events of `erp.stock` carry."""

    topic: ClassVar[str] = "erp.stock"
    key_field: ClassVar[str] = "item_id"

    item_id: UUID
    sku: str


class StockPromiseChangedV1(StockEvent):
    """On hand, reserved and available to promise are now these."""

    unit: str
    on_hand: DecimalString
    """Over all warehouses, in the item's unit."""
    reserved: DecimalString
    available: DecimalString
    """On hand less reserved."""
    as_of: AwareDatetime
    warehouses: list[WarehouseStockV1] = Field(default_factory=list)
    promises: list[StockPromiseV1] = Field(default_factory=list)
    """By date, each holding until the next."""
