"""Quantity breaks, tier discounts and tax rates for estimates."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from servicekit.migrations import secure_table

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "pricing_quantity_break",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("item_id", sa.UUID(), nullable=True),
        sa.Column("category", sa.Text(), nullable=True),
        sa.Column("minimum_quantity", sa.Numeric(precision=24, scale=10), nullable=False),
        sa.Column("discount", sa.Numeric(precision=11, scale=10), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint(
            "discount BETWEEN 0 AND 1",
            name=op.f("ck_pricing_quantity_break_discount_is_a_fraction"),
        ),
        sa.CheckConstraint(
            "item_id IS NULL OR category IS NULL", name=op.f("ck_pricing_quantity_break_one_scope")
        ),
        sa.CheckConstraint(
            "minimum_quantity > 0", name=op.f("ck_pricing_quantity_break_minimum_is_positive")
        ),
        sa.CheckConstraint(
            "valid_to > valid_from", name=op.f("ck_pricing_quantity_break_ends_after_it_begins")
        ),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_pricing_quantity_break")),
    )
    op.create_index(
        "ix_pricing_quantity_break_item",
        "pricing_quantity_break",
        ["tenant", "item_id"],
        unique=False,
    )
    op.create_table(
        "pricing_tax_rate",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("country", sa.Text(), nullable=False),
        sa.Column("tax_category", sa.Text(), nullable=False),
        sa.Column("rate", sa.Numeric(precision=11, scale=10), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint(
            "rate BETWEEN 0 AND 1", name=op.f("ck_pricing_tax_rate_rate_is_a_fraction")
        ),
        sa.CheckConstraint(
            "valid_to > valid_from", name=op.f("ck_pricing_tax_rate_ends_after_it_begins")
        ),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_pricing_tax_rate")),
    )
    op.create_index(
        "ix_pricing_tax_rate_country",
        "pricing_tax_rate",
        ["tenant", "country", "tax_category"],
        unique=False,
    )
    op.create_table(
        "pricing_tier_discount",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("tier", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=True),
        sa.Column("discount", sa.Numeric(precision=11, scale=10), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint(
            "discount BETWEEN 0 AND 1", name=op.f("ck_pricing_tier_discount_discount_is_a_fraction")
        ),
        sa.CheckConstraint(
            "valid_to > valid_from", name=op.f("ck_pricing_tier_discount_ends_after_it_begins")
        ),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_pricing_tier_discount")),
    )
    op.create_index(
        "ix_pricing_tier_discount_tier", "pricing_tier_discount", ["tenant", "tier"], unique=False
    )
    secure_table(
        op,
        "pricing_quantity_break",
        "pricing_tax_rate",
        "pricing_tier_discount",
    )
