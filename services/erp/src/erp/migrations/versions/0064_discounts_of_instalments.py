"""Instalments of invoices have discounts of their own."""

import sqlalchemy as sa
from alembic import op

from servicekit.migrations import append_only, secure_table

revision = "0064"
down_revision = "0063"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "receivables_instalment_discount",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        sa.Column("instalment", sa.SmallInteger(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("rate", sa.Numeric(9, 6), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("amount", sa.Numeric(20, 4), nullable=False),
        sa.CheckConstraint(
            "basis IN ('gross', 'net')", name=op.f("ck_receivables_instalment_discount_basis")
        ),
        sa.CheckConstraint(
            "amount > 0 AND rate > 0 AND rate <= 1",
            name=op.f("ck_receivables_instalment_discount_amount"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant", "invoice_id"],
            ["receivables_invoice.tenant", "receivables_invoice.id"],
            name=op.f("fk_receivables_instalment_discount_tenant_invoice_id"),
        ),
        sa.PrimaryKeyConstraint(
            "tenant",
            "invoice_id",
            "instalment",
            "until",
            name=op.f("pk_receivables_instalment_discount"),
        ),
    )
    secure_table(op, "receivables_instalment_discount")
    append_only(op, "receivables_instalment_discount")
