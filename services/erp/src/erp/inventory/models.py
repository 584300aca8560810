"""Tables of stock: warehouses, positions, moves, reservations."""

from collections.abc import Callable
from datetime import date, datetime
from typing import ClassVar
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKeyConstraint,
    Index,
    SmallInteger,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from erp.inventory.rules import (
    WarehouseCodeIsTaken,
    WarehouseNotFound,
    WarehouseReferenceIsTaken,
)
from erp.tables import Base
from servicekit.errors import Refusal
from servicekit.tables import (
    Amount,
    Identified,
    PostedAmount,
    TenantRow,
    Versioned,
    minor_units_check,
)


class Warehouse(Base, Identified, Versioned):
    """A place where a company's own stock lies."""

    __tablename__ = "inventory_warehouse"
    __table_args__ = (
        UniqueConstraint("tenant", "company_id", "code"),
        UniqueConstraint("tenant", "external_reference"),
        # Positions and moves point here with the company, so neither can disagree with it.
        UniqueConstraint("tenant", "id", "company_id"),
        ForeignKeyConstraint(
            ["tenant", "company_id"], ["ledger_company.tenant", "ledger_company.id"]
        ),
    )
    __missing__ = WarehouseNotFound
    __refusals__: ClassVar[dict[str, Callable[[], Refusal]]] = {
        "uq_inventory_warehouse_tenant_company_id_code": lambda: WarehouseCodeIsTaken(
            "Another warehouse of the company has it.", field="code"
        ),
        "uq_inventory_warehouse_tenant_external_reference": lambda: WarehouseReferenceIsTaken(
            "Another warehouse has it.", field="external_reference"
        ),
    }

    company_id: Mapped[UUID]
    code: Mapped[str]
    name: Mapped[str]
    external_reference: Mapped[str | None]


class Position(Base, TenantRow):
    """What of an item lies in a warehouse, in the item's unit, and what it is worth.

    `value` is in the company's base currency at minor units, `unit_cost` the standard cost it is
    carried at. Nothing finer than `quantity_places`, the item's, comes or goes. `stale` says that
    the world has not been told yet (StockPromiseChanged).
    """

    __tablename__ = "inventory_position"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant", "warehouse_id", "company_id"],
            [
                "inventory_warehouse.tenant",
                "inventory_warehouse.id",
                "inventory_warehouse.company_id",
            ],
        ),
        ForeignKeyConstraint(["tenant", "item_id"], ["items_item.tenant", "items_item.id"]),
        CheckConstraint("reserved >= 0 AND reserved <= on_hand", name="reserved_is_on_hand"),
        CheckConstraint(minor_units_check("value", "currency"), name="value_minor_units"),
        CheckConstraint("on_hand <> 0 OR value = 0", name="nothing_is_worth_nothing"),
        CheckConstraint(
            "on_hand = round(on_hand, quantity_places)"
            " AND reserved = round(reserved, quantity_places)",
            name="quantity_places",
        ),
        Index("ix_inventory_position_item", "tenant", "item_id", "warehouse_id"),
        Index("ix_inventory_position_stale", "tenant", "item_id", postgresql_where=text("stale")),
        # Popular items are updated all the time; room on the page keeps those updates local.
        {"postgresql_with": {"fillfactor": "50"}},
    )

    warehouse_id: Mapped[UUID] = mapped_column(primary_key=True)
    item_id: Mapped[UUID] = mapped_column(primary_key=True)
    company_id: Mapped[UUID]
    currency: Mapped[str]
    quantity_places: Mapped[int] = mapped_column(SmallInteger)
    on_hand: Mapped[Amount]
    reserved: Mapped[Amount]
    unit_cost: Mapped[Amount]
    value: Mapped[PostedAmount]
    stale: Mapped[bool]


class Move(Base, Identified):
    """A quantity that came (positive) or went (negative); append-only.

    A revaluation is a move of value only. `value` and `revaluation` are what the move did to the
    books, at minor units. `document_id`
    is the shipment, or the batch of moves that were recorded and posted together.
    """

    __tablename__ = "inventory_move"
    __table_args__ = (
        UniqueConstraint("tenant", "external_reference"),
        # The position knows warehouse, company and item; and whoever writes a move has it locked.
        ForeignKeyConstraint(
            ["tenant", "warehouse_id", "item_id"],
            [
                "inventory_position.tenant",
                "inventory_position.warehouse_id",
                "inventory_position.item_id",
            ],
        ),
        CheckConstraint("quantity <> 0 OR revaluation <> 0", name="moves_something"),
        CheckConstraint(
            f"{minor_units_check('value', 'currency')}"
            f" AND {minor_units_check('revaluation', 'currency')}",
            name="value_minor_units",
        ),
        Index("ix_inventory_move_item", "tenant", "item_id", "id"),
        Index("ix_inventory_move_document", "tenant", "document_id"),
    )

    warehouse_id: Mapped[UUID]
    item_id: Mapped[UUID]
    company_id: Mapped[UUID]
    kind: Mapped[str]
    reason: Mapped[str]
    effective_on: Mapped[date]
    quantity: Mapped[Amount]
    unit_cost: Mapped[Amount]
    value: Mapped[PostedAmount]
    revaluation: Mapped[PostedAmount]
    currency: Mapped[str]
    document_id: Mapped[UUID]
    note: Mapped[str | None]
    external_reference: Mapped[str | None]
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str]


class Reservation(Base, TenantRow):
    """What an order line wants of a position, and how much of that is reserved for it.

    `wanted` is what is still to be shipped; `wanted - reserved` is backorder. No foreign keys:
    rows are written by the claim alone, while popular positions are locked, and a foreign key
    would have every order of the company lock the same warehouse row besides.
    """

    __tablename__ = "inventory_reservation"
    __table_args__ = (
        CheckConstraint("reserved >= 0 AND reserved <= wanted", name="reserved_is_wanted"),
        Index(
            "ix_inventory_reservation_open",
            "tenant",
            "item_id",
            "warehouse_id",
            "line_id",
            postgresql_where=text("wanted > 0"),
        ),
        Index(
            "ix_inventory_reservation_backorder",
            "tenant",
            "item_id",
            "line_id",
            postgresql_where=text("reserved < wanted"),
        ),
        {"postgresql_with": {"fillfactor": "70"}},
    )

    line_id: Mapped[UUID] = mapped_column(primary_key=True)
    warehouse_id: Mapped[UUID]
    item_id: Mapped[UUID]
    wanted: Mapped[Amount]
    reserved: Mapped[Amount]
    needed_on: Mapped[date]
