"""What other services tell: quotes, orders, invoices, payments, credit."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from servicekit.migrations import secure_table

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "credit_status",
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
        sa.PrimaryKeyConstraint("tenant", "account_id", name=op.f("pk_credit_status")),
    )
    op.create_index(
        "ix_credit_status_customer",
        "credit_status",
        ["tenant", "customer_id", "account_id"],
        unique=False,
    )
    op.create_table(
        "invoice_invoice",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("invoice_id", sa.UUID(), nullable=False),
        sa.Column("customer_id", sa.UUID(), nullable=False),
        sa.Column("company_id", sa.UUID(), nullable=False),
        sa.Column("account_id", sa.UUID(), nullable=False),
        sa.Column("order_id", sa.UUID(), nullable=True),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("net", sa.Numeric(precision=24, scale=10), nullable=True),
        sa.Column("gross", sa.Numeric(precision=24, scale=10), nullable=True),
        sa.Column("paid", sa.Numeric(precision=24, scale=10), nullable=True),
        sa.Column("open", sa.Numeric(precision=24, scale=10), nullable=True),
        sa.Column("issued_on", sa.Date(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("paid_on", sa.Date(), nullable=True),
        sa.Column("overdue_since", sa.Date(), nullable=True),
        sa.Column("source_event_id", sa.UUID(), nullable=False),
        sa.Column("source_event_type", sa.Text(), nullable=False),
        sa.Column("source_sequence", sa.BigInteger(), nullable=False),
        sa.Column("as_of", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "invoice_id", name=op.f("pk_invoice_invoice")),
    )
    op.create_index(
        "ix_invoice_invoice_customer",
        "invoice_invoice",
        ["tenant", "customer_id", "as_of", "invoice_id"],
        unique=False,
    )
    op.create_index(
        "ix_invoice_invoice_open",
        "invoice_invoice",
        ["tenant", "customer_id", "due_on"],
        unique=False,
        postgresql_where=sa.text("status <> 'paid'"),
    )
    op.create_table(
        "order_order",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("order_id", sa.UUID(), nullable=False),
        sa.Column("customer_id", sa.UUID(), nullable=False),
        sa.Column("company_id", sa.UUID(), nullable=False),
        sa.Column("quote_id", sa.UUID(), nullable=True),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=True),
        sa.Column("net", sa.Numeric(precision=24, scale=10), nullable=True),
        sa.Column("gross", sa.Numeric(precision=24, scale=10), nullable=True),
        sa.Column("ordered_on", sa.Date(), nullable=True),
        sa.Column("requested_on", sa.Date(), nullable=True),
        sa.Column("promised_on", sa.Date(), nullable=True),
        sa.Column("shipped_on", sa.Date(), nullable=True),
        sa.Column("reasons", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("source_event_id", sa.UUID(), nullable=False),
        sa.Column("source_event_type", sa.Text(), nullable=False),
        sa.Column("source_sequence", sa.BigInteger(), nullable=False),
        sa.Column("as_of", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "order_id", name=op.f("pk_order_order")),
    )
    op.create_index(
        "ix_order_order_customer",
        "order_order",
        ["tenant", "customer_id", "as_of", "order_id"],
        unique=False,
    )
    op.create_table(
        "payment_payment",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("payment_id", sa.UUID(), nullable=False),
        sa.Column("customer_id", sa.UUID(), nullable=False),
        sa.Column("company_id", sa.UUID(), nullable=False),
        sa.Column("account_id", sa.UUID(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("amount", sa.Numeric(precision=24, scale=10), nullable=False),
        sa.Column("unallocated", sa.Numeric(precision=24, scale=10), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=True),
        sa.Column("source_event_id", sa.UUID(), nullable=False),
        sa.Column("source_event_type", sa.Text(), nullable=False),
        sa.Column("source_sequence", sa.BigInteger(), nullable=False),
        sa.Column("as_of", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "payment_id", name=op.f("pk_payment_payment")),
    )
    op.create_index(
        "ix_payment_payment_customer",
        "payment_payment",
        ["tenant", "customer_id", "received_on", "payment_id"],
        unique=False,
    )
    op.create_table(
        "quote_quote",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("quote_id", sa.UUID(), nullable=False),
        sa.Column("customer_id", sa.UUID(), nullable=False),
        sa.Column("opportunity_id", sa.UUID(), nullable=True),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("net", sa.Numeric(precision=24, scale=10), nullable=True),
        sa.Column("gross_estimate", sa.Numeric(precision=24, scale=10), nullable=True),
        sa.Column("line_count", sa.BigInteger(), nullable=True),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("accepted_on", sa.Date(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("source_event_id", sa.UUID(), nullable=False),
        sa.Column("source_event_type", sa.Text(), nullable=False),
        sa.Column("source_sequence", sa.BigInteger(), nullable=False),
        sa.Column("as_of", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "quote_id", name=op.f("pk_quote_quote")),
    )
    op.create_index(
        "ix_quote_quote_customer",
        "quote_quote",
        ["tenant", "customer_id", "as_of", "quote_id"],
        unique=False,
    )
    op.create_index(
        "ix_quote_quote_opportunity", "quote_quote", ["tenant", "opportunity_id"], unique=False
    )
    secure_table(
        op, "credit_status", "invoice_invoice", "order_order", "payment_payment", "quote_quote"
    )
