"""What banks say of payment runs."""

import sqlalchemy as sa
from alembic import op

from servicekit.migrations import append_only, secure_table

revision = "0055"
down_revision = "0054"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "payment_runs_status_report",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("said_on", sa.Date(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("received_by", sa.Text(), nullable=False),
        sa.Column("received_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_payment_runs_status_report")),
        sa.UniqueConstraint(
            "tenant",
            "run_id",
            "number",
            name=op.f("uq_payment_runs_status_report_tenant_run_id_number"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant", "run_id"],
            ["payment_runs_run.tenant", "payment_runs_run.id"],
            name=op.f("fk_payment_runs_status_report_tenant_run_id"),
        ),
        sa.CheckConstraint(
            "sha256 ~ '^[0-9a-f]{64}$'", name=op.f("ck_payment_runs_status_report_sha256")
        ),
    )
    op.create_table(
        "payment_runs_outcome",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("payment_id", sa.Uuid(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("reason_code", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("told_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint(
            "tenant", "report_id", "payment_id", name=op.f("pk_payment_runs_outcome")
        ),
        sa.ForeignKeyConstraint(
            ["tenant", "report_id"],
            ["payment_runs_status_report.tenant", "payment_runs_status_report.id"],
            name=op.f("fk_payment_runs_outcome_tenant_report_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant", "payment_id"],
            ["payment_runs_payment.tenant", "payment_runs_payment.id"],
            name=op.f("fk_payment_runs_outcome_tenant_payment_id"),
        ),
        sa.CheckConstraint(
            "outcome IN ('pending', 'settled', 'rejected')",
            name=op.f("ck_payment_runs_outcome_outcome"),
        ),
    )
    op.create_index(
        "ix_payment_runs_outcome_payment_id", "payment_runs_outcome", ["tenant", "payment_id"]
    )
    op.create_index(
        "uq_payment_runs_outcome_final",
        "payment_runs_outcome",
        ["tenant", "payment_id"],
        unique=True,
        postgresql_where=sa.text("outcome <> 'pending'"),
    )
    secure_table(op, "payment_runs_status_report", "payment_runs_outcome")
    append_only(op, "payment_runs_status_report", "payment_runs_outcome")
