"""Invoices on a schedule."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from servicekit.migrations import append_only, secure_table

revision = "0047"
down_revision = "0046"
branch_labels = None
depends_on = None

GUARD = """
    CREATE FUNCTION invoice_plans_guard_plan() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF (NEW.company_id, NEW.account_id, NEW.name, NEW.currency, NEW.reference, NEW.lines,
            NEW.first_on, NEW.every_months, NEW.ends_on, NEW.milestones, NEW.entered_by)
           IS DISTINCT FROM
           (OLD.company_id, OLD.account_id, OLD.name, OLD.currency, OLD.reference, OLD.lines,
            OLD.first_on, OLD.every_months, OLD.ends_on, OLD.milestones, OLD.entered_by)
           OR NEW.issued < OLD.issued OR NEW.skipped < OLD.skipped OR NEW.next_on < OLD.next_on
        THEN
            RAISE EXCEPTION 'invoice plan % stays what was agreed', OLD.id
                USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN NEW;
    END $$
"""


def upgrade() -> None:
    op.create_table(
        "invoice_plans_plan",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=True),
        sa.Column("lines", JSONB(), nullable=False),
        sa.Column("first_on", sa.Date(), nullable=True),
        sa.Column("every_months", sa.SmallInteger(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("milestones", JSONB(), nullable=True),
        sa.Column("next_on", sa.Date(), nullable=True),
        sa.Column("issued", sa.Integer(), nullable=False),
        sa.Column("skipped", sa.Integer(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("entered_by", sa.Text(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(first_on IS NULL) = (every_months IS NULL)"
            " AND (first_on IS NULL) = (milestones IS NOT NULL)",
            name=op.f("ck_invoice_plans_plan_schedule"),
        ),
        sa.CheckConstraint(
            "every_months BETWEEN 1 AND 120", name=op.f("ck_invoice_plans_plan_every_months")
        ),
        sa.CheckConstraint("ends_on >= first_on", name=op.f("ck_invoice_plans_plan_ends_on")),
        sa.ForeignKeyConstraint(
            ["tenant", "account_id"],
            ["receivables_account.tenant", "receivables_account.id"],
            name=op.f("fk_invoice_plans_plan_tenant_account_id"),
        ),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_invoice_plans_plan")),
        sa.UniqueConstraint(
            "tenant",
            "account_id",
            "name",
            name=op.f("uq_invoice_plans_plan_tenant_account_id_name"),
        ),
    )
    op.create_index(
        "ix_invoice_plans_plan_next_on",
        "invoice_plans_plan",
        ["tenant", "next_on"],
        postgresql_where=sa.text("active"),
    )
    op.create_table(
        "invoice_plans_invoice",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("plan_id", sa.Uuid(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant", "plan_id"],
            ["invoice_plans_plan.tenant", "invoice_plans_plan.id"],
            name=op.f("fk_invoice_plans_invoice_tenant_plan_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant", "invoice_id"],
            ["receivables_invoice.tenant", "receivables_invoice.id"],
            name=op.f("fk_invoice_plans_invoice_tenant_invoice_id"),
        ),
        sa.PrimaryKeyConstraint(
            "tenant", "plan_id", "due_on", name=op.f("pk_invoice_plans_invoice")
        ),
        sa.UniqueConstraint(
            "tenant", "invoice_id", name=op.f("uq_invoice_plans_invoice_tenant_invoice_id")
        ),
    )
    secure_table(op, "invoice_plans_plan", "invoice_plans_invoice")
    append_only(op, "invoice_plans_invoice")
    op.execute(GUARD)
    op.execute(
        "CREATE TRIGGER plan_is_kept BEFORE UPDATE ON invoice_plans_plan "
        "FOR EACH ROW EXECUTE FUNCTION invoice_plans_guard_plan()"
    )
    op.execute(
        "CREATE TRIGGER never_removed BEFORE DELETE OR TRUNCATE ON invoice_plans_plan "
        "FOR EACH STATEMENT EXECUTE FUNCTION platform_refuse_change()"
    )
    for name in ("plan_is_kept", "never_removed"):
        op.execute(f"ALTER TABLE invoice_plans_plan ENABLE ALWAYS TRIGGER {name}")
