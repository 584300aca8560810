"""Quotes, their lines, the offers that were sent, and what the ERP answered."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from servicekit.migrations import append_only, secure_table

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "quotes_number",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("year", sa.BigInteger(), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "year", name=op.f("pk_quotes_number")),
    )
    op.create_table(
        "quotes_order",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("quote_id", sa.UUID(), nullable=False),
        sa.Column("order_id", sa.UUID(), nullable=False),
        sa.Column("order_number", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("reasons", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("promised_on", sa.Date(), nullable=True),
        sa.Column("shipped_on", sa.Date(), nullable=True),
        sa.Column("invoice_number", sa.Text(), nullable=True),
        sa.Column("source_event_id", sa.UUID(), nullable=False),
        sa.Column("source_event_type", sa.Text(), nullable=False),
        sa.Column("source_sequence", sa.BigInteger(), nullable=False),
        sa.Column("as_of", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "quote_id", name=op.f("pk_quotes_order")),
    )
    op.create_table(
        "quotes_quote",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.UUID(), nullable=False),
        sa.Column("customer_number", sa.Text(), nullable=False),
        sa.Column("customer_name", sa.Text(), nullable=False),
        sa.Column("tier", sa.Text(), nullable=False),
        sa.Column("country", sa.Text(), nullable=True),
        sa.Column("opportunity_id", sa.UUID(), nullable=True),
        sa.Column("selling_company_id", sa.UUID(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("priced_on", sa.Date(), nullable=False),
        sa.Column("requested_on", sa.Date(), nullable=True),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("customer_reference", sa.Text(), nullable=True),
        sa.Column("external_reference", sa.Text(), nullable=True),
        sa.Column("line_count", sa.BigInteger(), nullable=False),
        sa.Column("net", sa.Numeric(precision=20, scale=4), nullable=False),
        sa.Column("tax_estimate", sa.Numeric(precision=20, scale=4), nullable=False),
        sa.Column("gross_estimate", sa.Numeric(precision=20, scale=4), nullable=False),
        sa.Column("content_hash", sa.Text(), nullable=True),
        sa.Column("sent_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("accepted_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("accepted_on", sa.Date(), nullable=True),
        sa.Column("accepted_by", sa.Text(), nullable=True),
        sa.Column("declined_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("decline_reason", sa.Text(), nullable=True),
        sa.Column("expired_on", sa.Date(), nullable=True),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(status = 'accepted') = (accepted_on IS NOT NULL)",
            name=op.f("ck_quotes_quote_accepted_has_day"),
        ),
        sa.CheckConstraint(
            "status = 'draft' OR (content_hash IS NOT NULL AND valid_until IS NOT NULL)",
            name=op.f("ck_quotes_quote_sent_has_hash"),
        ),
        sa.CheckConstraint(
            "status IN ('draft', 'sent', 'accepted', 'declined', 'expired')",
            name=op.f("ck_quotes_quote_status_is_known"),
        ),
        sa.CheckConstraint(
            "(net = round(net, currency_minor_units(currency))) IS TRUE",
            name=op.f("ck_quotes_quote_net_in_minor_units"),
        ),
        sa.CheckConstraint(
            "(tax_estimate = round(tax_estimate, currency_minor_units(currency))) IS TRUE",
            name=op.f("ck_quotes_quote_tax_in_minor_units"),
        ),
        sa.CheckConstraint(
            "gross_estimate = net + tax_estimate",
            name=op.f("ck_quotes_quote_gross_is_net_plus_tax"),
        ),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_quotes_quote")),
        sa.UniqueConstraint("tenant", "number", name="uq_quotes_quote_number"),
    )
    op.create_index(
        "ix_quotes_quote_created", "quotes_quote", ["tenant", "created_at", "id"], unique=False
    )
    op.create_index(
        "ix_quotes_quote_customer", "quotes_quote", ["tenant", "customer_id"], unique=False
    )
    op.create_index(
        "ix_quotes_quote_open",
        "quotes_quote",
        ["tenant", "valid_until"],
        unique=False,
        postgresql_where=sa.text("status = 'sent'"),
    )
    op.create_index(
        "uq_quotes_quote_reference",
        "quotes_quote",
        ["tenant", "external_reference"],
        unique=True,
        postgresql_where=sa.text("external_reference IS NOT NULL"),
    )
    op.create_table(
        "quotes_line",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("quote_id", sa.UUID(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("item_id", sa.UUID(), nullable=False),
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=True),
        sa.Column("stocked", sa.Boolean(), nullable=False),
        sa.Column("tax_category", sa.Text(), nullable=False),
        sa.Column("tax_rate", sa.Numeric(precision=11, scale=10), nullable=False),
        sa.Column("tax_reason", sa.Text(), nullable=False),
        sa.Column("quantity", sa.Numeric(precision=24, scale=10), nullable=False),
        sa.Column("agreed_unit_price", sa.Numeric(precision=24, scale=10), nullable=True),
        sa.Column("agreed_reason", sa.Text(), nullable=True),
        sa.Column("discount", sa.Numeric(precision=11, scale=10), nullable=False),
        sa.Column("discount_reason", sa.Text(), nullable=True),
        sa.Column("list_unit_price", sa.Numeric(precision=24, scale=10), nullable=True),
        sa.Column("net_unit_price", sa.Numeric(precision=24, scale=10), nullable=False),
        sa.Column("discount_fraction", sa.Numeric(precision=11, scale=10), nullable=False),
        sa.Column("net_amount", sa.Numeric(precision=24, scale=10), nullable=False),
        sa.Column("steps", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("price_source", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.CheckConstraint(
            "discount BETWEEN 0 AND 1", name=op.f("ck_quotes_line_discount_is_a_fraction")
        ),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_quotes_line_quantity_is_positive")),
        sa.ForeignKeyConstraint(
            ["tenant", "quote_id"],
            ["quotes_quote.tenant", "quotes_quote.id"],
            name=op.f("fk_quotes_line_tenant_quote_id"),
        ),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_quotes_line")),
        sa.UniqueConstraint("tenant", "quote_id", "position", name="uq_quotes_line_position"),
    )
    op.create_table(
        "quotes_offer",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("quote_id", sa.UUID(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant", "quote_id"],
            ["quotes_quote.tenant", "quotes_quote.id"],
            name=op.f("fk_quotes_offer_tenant_quote_id"),
        ),
        sa.PrimaryKeyConstraint("tenant", "quote_id", "revision", name=op.f("pk_quotes_offer")),
    )
    secure_table(
        op,
        "quotes_number",
        "quotes_order",
        "quotes_quote",
        "quotes_line",
        "quotes_offer",
    )
    append_only(op, "quotes_offer")
