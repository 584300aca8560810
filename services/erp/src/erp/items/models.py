"""Tables of items: the master, units, list prices and standard costs."""

from collections.abc import Callable
from datetime import date
from typing import ClassVar
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKeyConstraint,
    Index,
    SmallInteger,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from erp.items.rules import ItemNotFound, ItemReferenceIsTaken, SkuIsTaken
from erp.tables import Base
from servicekit.errors import Refusal
from servicekit.tables import Amount, Identified, TenantRow, Versioned


class UnitRow(Base, TenantRow):
    """A tenant's own unit of measure, beside the standard ones."""

    __tablename__ = "items_unit"
    __table_args__ = (
        CheckConstraint("numerator > 0 AND denominator > 0", name="factor_is_positive"),
        CheckConstraint("places BETWEEN 0 AND 10", name="places"),
    )

    code: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    dimension: Mapped[str]
    # One of this unit is numerator / denominator base units of the dimension, exactly.
    numerator: Mapped[int]
    denominator: Mapped[int]
    # Decimal places that a quantity counted in it may have.
    places: Mapped[int] = mapped_column(SmallInteger)


class Item(Base, Identified, Versioned):
    """What can be bought, stocked and sold.

    `quantity_places` are the decimal places of its unit when it was released, and never change
    either: whatever is counted of it has no more.
    """

    __tablename__ = "items_item"
    __table_args__ = (
        UniqueConstraint("tenant", "sku"),
        UniqueConstraint("tenant", "external_reference"),
        Index("ix_items_item_created_at", "tenant", "created_at", "id"),
        CheckConstraint("status IN ('released', 'discontinued')", name="status"),
        CheckConstraint("quantity_places BETWEEN 0 AND 10", name="quantity_places"),
    )
    __missing__ = ItemNotFound
    __refusals__: ClassVar[dict[str, Callable[[], Refusal]]] = {
        "uq_items_item_tenant_sku": lambda: SkuIsTaken("Another item has it.", field="sku"),
        "uq_items_item_tenant_external_reference": lambda: ItemReferenceIsTaken(
            "Another item has it.", field="external_reference"
        ),
    }

    sku: Mapped[str]
    name: Mapped[str]
    unit: Mapped[str]
    quantity_places: Mapped[int] = mapped_column(SmallInteger)
    category: Mapped[str | None]
    tax_category: Mapped[str]
    stocked: Mapped[bool]
    sellable: Mapped[bool]
    status: Mapped[str]
    external_reference: Mapped[str | None]


class ListPrice(Base, Identified):
    """The list price of one unit from a day on, without tax, unrounded."""

    __tablename__ = "items_list_price"
    __table_args__ = (
        UniqueConstraint("tenant", "item_id", "currency", "valid_from"),
        ForeignKeyConstraint(["tenant", "item_id"], ["items_item.tenant", "items_item.id"]),
        CheckConstraint("unit_price >= 0", name="is_not_negative"),
        CheckConstraint("valid_to > valid_from", name="period"),
    )

    item_id: Mapped[UUID]
    currency: Mapped[str]
    unit_price: Mapped[Amount]
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]


class StandardCost(Base, Identified):
    """What one unit costs a company from a day on, in its base currency, unrounded."""

    __tablename__ = "items_standard_cost"
    __table_args__ = (
        UniqueConstraint("tenant", "item_id", "company_id", "valid_from"),
        ForeignKeyConstraint(["tenant", "item_id"], ["items_item.tenant", "items_item.id"]),
        ForeignKeyConstraint(
            ["tenant", "company_id"], ["ledger_company.tenant", "ledger_company.id"]
        ),
        CheckConstraint("unit_cost >= 0", name="is_not_negative"),
        CheckConstraint("valid_to > valid_from", name="period"),
    )

    item_id: Mapped[UUID]
    company_id: Mapped[UUID]
    currency: Mapped[str]
    unit_cost: Mapped[Amount]
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
