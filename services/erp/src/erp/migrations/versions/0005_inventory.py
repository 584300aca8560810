"""Inventory: warehouses, positions, moves and reservations.

Moves are history and never change; positions and reservations are kept beside them.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from servicekit.migrations import append_only, secure_table

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "inventory_reservation",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("line_id", sa.UUID(), nullable=False),
        sa.Column("warehouse_id", sa.UUID(), nullable=False),
        sa.Column("item_id", sa.UUID(), nullable=False),
        sa.Column("wanted", sa.Numeric(precision=24, scale=10), nullable=False),
        sa.Column("reserved", sa.Numeric(precision=24, scale=10), nullable=False),
        sa.Column("needed_on", sa.Date(), nullable=False),
        sa.CheckConstraint(
            "reserved >= 0 AND reserved <= wanted",
            name=op.f("ck_inventory_reservation_reserved_is_wanted"),
        ),
        sa.PrimaryKeyConstraint("tenant", "line_id", name=op.f("pk_inventory_reservation")),
        postgresql_with={"fillfactor": "70"},
    )
    op.create_index(
        "ix_inventory_reservation_backorder",
        "inventory_reservation",
        ["tenant", "item_id", "line_id"],
        unique=False,
        postgresql_where=sa.text("reserved < wanted"),
    )
    op.create_index(
        "ix_inventory_reservation_open",
        "inventory_reservation",
        ["tenant", "item_id", "warehouse_id", "line_id"],
        unique=False,
        postgresql_where=sa.text("wanted > 0"),
    )
    op.create_table(
        "inventory_warehouse",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("company_id", sa.UUID(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("external_reference", sa.Text(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant", "company_id"],
            ["ledger_company.tenant", "ledger_company.id"],
            name=op.f("fk_inventory_warehouse_tenant_company_id"),
        ),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_inventory_warehouse")),
        sa.UniqueConstraint(
            "tenant",
            "company_id",
            "code",
            name=op.f("uq_inventory_warehouse_tenant_company_id_code"),
        ),
        sa.UniqueConstraint(
            "tenant",
            "external_reference",
            name=op.f("uq_inventory_warehouse_tenant_external_reference"),
        ),
        sa.UniqueConstraint(
            "tenant", "id", "company_id", name=op.f("uq_inventory_warehouse_tenant_id_company_id")
        ),
    )
    op.create_table(
        "inventory_position",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("warehouse_id", sa.UUID(), nullable=False),
        sa.Column("item_id", sa.UUID(), nullable=False),
        sa.Column("company_id", sa.UUID(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("on_hand", sa.Numeric(precision=24, scale=10), nullable=False),
        sa.Column("reserved", sa.Numeric(precision=24, scale=10), nullable=False),
        sa.Column("unit_cost", sa.Numeric(precision=24, scale=10), nullable=False),
        sa.Column("value", sa.Numeric(precision=20, scale=4), nullable=False),
        sa.Column("stale", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "(value = round(value, currency_minor_units(currency))) IS TRUE",
            name=op.f("ck_inventory_position_value_minor_units"),
        ),
        sa.CheckConstraint(
            "on_hand <> 0 OR value = 0", name=op.f("ck_inventory_position_nothing_is_worth_nothing")
        ),
        sa.CheckConstraint(
            "reserved >= 0 AND reserved <= on_hand",
            name=op.f("ck_inventory_position_reserved_is_on_hand"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant", "item_id"],
            ["items_item.tenant", "items_item.id"],
            name=op.f("fk_inventory_position_tenant_item_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant", "warehouse_id", "company_id"],
            [
                "inventory_warehouse.tenant",
                "inventory_warehouse.id",
                "inventory_warehouse.company_id",
            ],
            name=op.f("fk_inventory_position_tenant_warehouse_id_company_id"),
        ),
        sa.PrimaryKeyConstraint(
            "tenant", "warehouse_id", "item_id", name=op.f("pk_inventory_position")
        ),
        postgresql_with={"fillfactor": "50"},
    )
    op.create_index(
        "ix_inventory_position_item",
        "inventory_position",
        ["tenant", "item_id", "warehouse_id"],
        unique=False,
    )
    op.create_index(
        "ix_inventory_position_stale",
        "inventory_position",
        ["tenant", "item_id"],
        unique=False,
        postgresql_where=sa.text("stale"),
    )
    op.create_table(
        "inventory_move",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("warehouse_id", sa.UUID(), nullable=False),
        sa.Column("item_id", sa.UUID(), nullable=False),
        sa.Column("company_id", sa.UUID(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("quantity", sa.Numeric(precision=24, scale=10), nullable=False),
        sa.Column("unit_cost", sa.Numeric(precision=24, scale=10), nullable=False),
        sa.Column("value", sa.Numeric(precision=20, scale=4), nullable=False),
        sa.Column("revaluation", sa.Numeric(precision=20, scale=4), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("document_id", sa.UUID(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("external_reference", sa.Text(), nullable=True),
        sa.Column("recorded_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "(value = round(value, currency_minor_units(currency))) IS TRUE AND (revaluation = "
            "round(revaluation, currency_minor_units(currency))) IS TRUE",
            name=op.f("ck_inventory_move_value_minor_units"),
        ),
        sa.CheckConstraint(
            "quantity <> 0 OR revaluation <> 0", name=op.f("ck_inventory_move_moves_something")
        ),
        sa.ForeignKeyConstraint(
            ["tenant", "warehouse_id", "item_id"],
            [
                "inventory_position.tenant",
                "inventory_position.warehouse_id",
                "inventory_position.item_id",
            ],
            name=op.f("fk_inventory_move_tenant_warehouse_id_item_id"),
        ),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_inventory_move")),
        sa.UniqueConstraint(
            "tenant", "external_reference", name=op.f("uq_inventory_move_tenant_external_reference")
        ),
    )
    op.create_index(
        "ix_inventory_move_document", "inventory_move", ["tenant", "document_id"], unique=False
    )
    op.create_index(
        "ix_inventory_move_item", "inventory_move", ["tenant", "item_id", "id"], unique=False
    )
    secure_table(
        op, "inventory_reservation", "inventory_warehouse", "inventory_position", "inventory_move"
    )
    append_only(op, "inventory_move")
