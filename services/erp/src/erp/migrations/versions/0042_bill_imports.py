"""Files that suppliers send, and the drafts that they became."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from servicekit.migrations import append_only, secure_table

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # What is given away stands on bills too, for nothing.
    op.drop_constraint(
        op.f("ck_payables_bill_line_net_amount"), "payables_bill_line", type_="check"
    )
    op.create_table(
        "bill_imports_import",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("supplier_id", sa.Uuid(), nullable=False),
        sa.Column("bill_id", sa.Uuid(), nullable=False),
        sa.Column("matched_by", sa.Text(), nullable=False),
        sa.Column("syntax", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("findings", postgresql.JSONB(), nullable=False),
        sa.Column("warnings", postgresql.JSONB(), nullable=False),
        sa.Column("imported_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("imported_by", sa.Text(), nullable=False),
        sa.CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name=op.f("ck_bill_imports_import_sha256")),
        sa.CheckConstraint(
            "octet_length(content) BETWEEN 1 AND 5000000",
            name=op.f("ck_bill_imports_import_content"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant", "bill_id"],
            ["payables_bill.tenant", "payables_bill.id"],
            name=op.f("fk_bill_imports_import_tenant_bill_id"),
        ),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_bill_imports_import")),
        sa.UniqueConstraint(
            "tenant", "bill_id", name=op.f("uq_bill_imports_import_tenant_bill_id")
        ),
    )
    op.create_index(
        "ix_bill_imports_import_sha256", "bill_imports_import", ["tenant", "company_id", "sha256"]
    )
    op.create_index(
        "ix_bill_imports_import_imported_at",
        "bill_imports_import",
        ["tenant", "imported_at", "id"],
    )
    secure_table(op, "bill_imports_import")
    append_only(op, "bill_imports_import")
