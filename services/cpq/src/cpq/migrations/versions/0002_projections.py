"""What the CRM and the ERP said."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from servicekit.migrations import secure_table

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "projections_cost",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("item_id", sa.UUID(), nullable=False),
        sa.Column("costs", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("source_event_id", sa.UUID(), nullable=False),
        sa.Column("source_event_type", sa.Text(), nullable=False),
        sa.Column("source_sequence", sa.BigInteger(), nullable=False),
        sa.Column("as_of", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "item_id", name=op.f("pk_projections_cost")),
    )
    op.create_table(
        "projections_credit",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("account_id", sa.UUID(), nullable=False),
        sa.Column("customer_id", sa.UUID(), nullable=False),
        sa.Column("company_id", sa.UUID(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("credit_limit", sa.Numeric(precision=24, scale=10), nullable=True),
        sa.Column("open_items", sa.Numeric(precision=24, scale=10), nullable=False),
        sa.Column("open_orders", sa.Numeric(precision=24, scale=10), nullable=False),
        sa.Column("exposure", sa.Numeric(precision=24, scale=10), nullable=False),
        sa.Column("overdue", sa.Numeric(precision=24, scale=10), nullable=False),
        sa.Column("headroom", sa.Numeric(precision=24, scale=10), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("payment_terms_days", sa.BigInteger(), nullable=False),
        sa.Column("source_event_id", sa.UUID(), nullable=False),
        sa.Column("source_event_type", sa.Text(), nullable=False),
        sa.Column("source_sequence", sa.BigInteger(), nullable=False),
        sa.Column("as_of", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "account_id", name=op.f("pk_projections_credit")),
    )
    op.create_index(
        "ix_projections_credit_customer",
        "projections_credit",
        ["tenant", "customer_id"],
        unique=False,
    )
    op.create_table(
        "projections_customer",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.UUID(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("tier", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=True),
        sa.Column("country", sa.Text(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("external_reference", sa.Text(), nullable=True),
        sa.Column("source_event_id", sa.UUID(), nullable=False),
        sa.Column("source_event_type", sa.Text(), nullable=False),
        sa.Column("source_sequence", sa.BigInteger(), nullable=False),
        sa.Column("as_of", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "customer_id", name=op.f("pk_projections_customer")),
    )
    op.create_index(
        "ix_projections_customer_number", "projections_customer", ["tenant", "number"], unique=False
    )
    op.create_index(
        "ix_projections_customer_reference",
        "projections_customer",
        ["tenant", "external_reference"],
        unique=False,
    )
    op.create_table(
        "projections_item",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("item_id", sa.UUID(), nullable=False),
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=True),
        sa.Column("tax_category", sa.Text(), nullable=False),
        sa.Column("stocked", sa.Boolean(), nullable=False),
        sa.Column("sellable", sa.Boolean(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("external_reference", sa.Text(), nullable=True),
        sa.Column("source_event_id", sa.UUID(), nullable=False),
        sa.Column("source_event_type", sa.Text(), nullable=False),
        sa.Column("source_sequence", sa.BigInteger(), nullable=False),
        sa.Column("as_of", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "item_id", name=op.f("pk_projections_item")),
    )
    op.create_index(
        "ix_projections_item_reference",
        "projections_item",
        ["tenant", "external_reference"],
        unique=False,
    )
    op.create_index("ix_projections_item_sku", "projections_item", ["tenant", "sku"], unique=False)
    op.create_table(
        "projections_price",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("item_id", sa.UUID(), nullable=False),
        sa.Column("prices", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("source_event_id", sa.UUID(), nullable=False),
        sa.Column("source_event_type", sa.Text(), nullable=False),
        sa.Column("source_sequence", sa.BigInteger(), nullable=False),
        sa.Column("as_of", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "item_id", name=op.f("pk_projections_price")),
    )
    op.create_table(
        "projections_stock",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("item_id", sa.UUID(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("on_hand", sa.Numeric(precision=24, scale=10), nullable=False),
        sa.Column("reserved", sa.Numeric(precision=24, scale=10), nullable=False),
        sa.Column("available", sa.Numeric(precision=24, scale=10), nullable=False),
        sa.Column("promises", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("source_event_id", sa.UUID(), nullable=False),
        sa.Column("source_event_type", sa.Text(), nullable=False),
        sa.Column("source_sequence", sa.BigInteger(), nullable=False),
        sa.Column("as_of", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "item_id", name=op.f("pk_projections_stock")),
    )
    secure_table(
        op,
        "projections_cost",
        "projections_credit",
        "projections_customer",
        "projections_item",
        "projections_price",
        "projections_stock",
    )
