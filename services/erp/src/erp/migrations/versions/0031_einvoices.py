"""Who seller and buyer are on documents."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from servicekit.migrations import secure_table

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table, key, target in (
        ("einvoices_legal_details", "company_id", "ledger_company"),
        ("einvoices_billing_details", "account_id", "receivables_account"),
    ):
        op.create_table(
            table,
            sa.Column("tenant", sa.Text(), nullable=False),
            sa.Column(key, sa.Uuid(), nullable=False),
            sa.Column("content", postgresql.JSONB(), nullable=False),
            sa.Column("version", sa.BigInteger(), nullable=False),
            sa.Column("created_at", sa.TIMESTAMP(timezone=True), nullable=False),
            sa.Column("updated_at", sa.TIMESTAMP(timezone=True), nullable=False),
            sa.PrimaryKeyConstraint("tenant", key, name=op.f(f"pk_{table}")),
            sa.ForeignKeyConstraint(
                ["tenant", key],
                [f"{target}.tenant", f"{target}.id"],
                name=op.f(f"fk_{table}_tenant_{key}"),
            ),
            sa.CheckConstraint(
                "jsonb_typeof(content) = 'object'", name=op.f(f"ck_{table}_content")
            ),
        )
    secure_table(op, "einvoices_legal_details", "einvoices_billing_details")
