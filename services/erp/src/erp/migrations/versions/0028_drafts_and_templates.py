"""Entries that two people stand behind, and entries that recur."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from servicekit.migrations import append_only, secure_table

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

FUNCTIONS = (
    """
    CREATE FUNCTION ledger_guard_draft() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF OLD.status <> 'pending' THEN
            RAISE EXCEPTION 'draft % is decided: it is not altered', OLD.id
                USING ERRCODE = 'restrict_violation';
        END IF;
        IF (NEW.company_id, NEW.effective_on, NEW.reference, NEW.lines, NEW.entered_by)
           IS DISTINCT FROM
           (OLD.company_id, OLD.effective_on, OLD.reference, OLD.lines, OLD.entered_by) THEN
            RAISE EXCEPTION 'draft % is decided as it was entered', OLD.id
                USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN NEW;
    END $$
    """,
    """
    CREATE FUNCTION ledger_guard_template() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF (NEW.company_id, NEW.lines, NEW.first_on, NEW.every_months, NEW.ends_on, NEW.entered_by)
           IS DISTINCT FROM
           (OLD.company_id, OLD.lines, OLD.first_on, OLD.every_months, OLD.ends_on, OLD.entered_by)
           OR OLD.approved_by IS NOT NULL AND NEW.approved_by IS DISTINCT FROM OLD.approved_by
        THEN
            RAISE EXCEPTION 'template % stays what was approved', OLD.id
                USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN NEW;
    END $$
    """,
)


def upgrade() -> None:
    op.add_column("ledger_company", sa.Column("approval_from", sa.Numeric(20, 4), nullable=True))
    op.execute(
        "ALTER TABLE ledger_company ADD CONSTRAINT ck_ledger_company_approval_from "
        "CHECK (approval_from >= 0) NOT VALID"
    )
    _create_tables()
    secure_table(op, "ledger_draft", "ledger_template", "ledger_occurrence")
    append_only(op, "ledger_occurrence")
    for function in FUNCTIONS:
        op.execute(function)
    for table, guard in (("ledger_draft", "draft"), ("ledger_template", "template")):
        op.execute(
            f"CREATE TRIGGER {guard}_is_kept BEFORE UPDATE ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION ledger_guard_{guard}()"
        )
        op.execute(
            f"CREATE TRIGGER never_removed BEFORE DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION platform_refuse_change()"
        )
        for name in (f"{guard}_is_kept", "never_removed"):
            op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}")


def _create_tables() -> None:
    def company(table: str) -> sa.ForeignKeyConstraint:
        return sa.ForeignKeyConstraint(
            ["tenant", "company_id"],
            ["ledger_company.tenant", "ledger_company.id"],
            name=op.f(f"fk_{table}_tenant_company_id"),
        )

    op.create_table(
        "ledger_draft",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=True),
        sa.Column("lines", JSONB(), nullable=False),
        sa.Column("entered_by", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("decided_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("entry_id", sa.Uuid(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint(
            "status IN ('pending', 'approved', 'rejected', 'withdrawn')",
            name=op.f("ck_ledger_draft_status"),
        ),
        sa.CheckConstraint(
            "(status = 'pending') = (decided_by IS NULL)", name=op.f("ck_ledger_draft_decided")
        ),
        sa.CheckConstraint(
            "(status = 'approved') = (entry_id IS NOT NULL)", name=op.f("ck_ledger_draft_entry")
        ),
        sa.CheckConstraint(
            "status <> 'approved' OR decided_by <> entered_by",
            name=op.f("ck_ledger_draft_two_people"),
        ),
        company("ledger_draft"),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_ledger_draft")),
    )
    op.create_index(
        "ix_ledger_draft_company_id", "ledger_draft", ["tenant", "company_id", "created_at"]
    )
    op.create_table(
        "ledger_template",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=True),
        sa.Column("lines", JSONB(), nullable=False),
        sa.Column("first_on", sa.Date(), nullable=True),
        sa.Column("every_months", sa.SmallInteger(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("next_on", sa.Date(), nullable=True),
        sa.Column("posted", sa.Integer(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("entered_by", sa.Text(), nullable=False),
        sa.Column("approved_by", sa.Text(), nullable=True),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(first_on IS NULL) = (every_months IS NULL)",
            name=op.f("ck_ledger_template_recurrence"),
        ),
        sa.CheckConstraint(
            "every_months BETWEEN 1 AND 120", name=op.f("ck_ledger_template_every_months")
        ),
        sa.CheckConstraint("ends_on >= first_on", name=op.f("ck_ledger_template_ends_on")),
        sa.CheckConstraint("approved_by <> entered_by", name=op.f("ck_ledger_template_two_people")),
        company("ledger_template"),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_ledger_template")),
        sa.UniqueConstraint(
            "tenant", "company_id", "name", name=op.f("uq_ledger_template_tenant_company_id_name")
        ),
    )
    op.create_index(
        "ix_ledger_template_next_on",
        "ledger_template",
        ["tenant", "next_on"],
        postgresql_where=sa.text("active AND approved_by IS NOT NULL"),
    )
    op.create_table(
        "ledger_occurrence",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("template_id", sa.Uuid(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant", "template_id"],
            ["ledger_template.tenant", "ledger_template.id"],
            name=op.f("fk_ledger_occurrence_tenant_template_id"),
        ),
        sa.PrimaryKeyConstraint(
            "tenant", "template_id", "due_on", name=op.f("pk_ledger_occurrence")
        ),
    )
