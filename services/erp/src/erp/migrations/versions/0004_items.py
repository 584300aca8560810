"""Items: the master, units of measure, list prices and standard costs."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from servicekit.migrations import secure_table

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "items_item",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=True),
        sa.Column("tax_category", sa.Text(), nullable=False),
        sa.Column("stocked", sa.Boolean(), nullable=False),
        sa.Column("sellable", sa.Boolean(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("external_reference", sa.Text(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint(
            "status IN ('released', 'discontinued')", name=op.f("ck_items_item_status")
        ),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_items_item")),
        sa.UniqueConstraint(
            "tenant", "external_reference", name=op.f("uq_items_item_tenant_external_reference")
        ),
        sa.UniqueConstraint("tenant", "sku", name=op.f("uq_items_item_tenant_sku")),
    )
    op.create_index(
        "ix_items_item_created_at", "items_item", ["tenant", "created_at", "id"], unique=False
    )
    op.create_table(
        "items_unit",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("dimension", sa.Text(), nullable=False),
        sa.Column("numerator", sa.BigInteger(), nullable=False),
        sa.Column("denominator", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "numerator > 0 AND denominator > 0", name=op.f("ck_items_unit_factor_is_positive")
        ),
        sa.PrimaryKeyConstraint("tenant", "code", name=op.f("pk_items_unit")),
    )
    op.create_table(
        "items_list_price",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("item_id", sa.UUID(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("unit_price", sa.Numeric(precision=24, scale=10), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.CheckConstraint("unit_price >= 0", name=op.f("ck_items_list_price_is_not_negative")),
        sa.CheckConstraint("valid_to > valid_from", name=op.f("ck_items_list_price_period")),
        sa.ForeignKeyConstraint(
            ["tenant", "item_id"],
            ["items_item.tenant", "items_item.id"],
            name=op.f("fk_items_list_price_tenant_item_id"),
        ),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_items_list_price")),
        sa.UniqueConstraint(
            "tenant",
            "item_id",
            "currency",
            "valid_from",
            name=op.f("uq_items_list_price_tenant_item_id_currency_valid_from"),
        ),
    )
    op.create_table(
        "items_standard_cost",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("item_id", sa.UUID(), nullable=False),
        sa.Column("company_id", sa.UUID(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("unit_cost", sa.Numeric(precision=24, scale=10), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.CheckConstraint("unit_cost >= 0", name=op.f("ck_items_standard_cost_is_not_negative")),
        sa.CheckConstraint("valid_to > valid_from", name=op.f("ck_items_standard_cost_period")),
        sa.ForeignKeyConstraint(
            ["tenant", "company_id"],
            ["ledger_company.tenant", "ledger_company.id"],
            name=op.f("fk_items_standard_cost_tenant_company_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant", "item_id"],
            ["items_item.tenant", "items_item.id"],
            name=op.f("fk_items_standard_cost_tenant_item_id"),
        ),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_items_standard_cost")),
        sa.UniqueConstraint(
            "tenant",
            "item_id",
            "company_id",
            "valid_from",
            name=op.f("uq_items_standard_cost_tenant_item_id_company_id_valid_from"),
        ),
    )
    secure_table(op, "items_item", "items_unit", "items_list_price", "items_standard_cost")
