"""What open items and money in foreign currencies are worth at the end of a period."""

import sqlalchemy as sa
from alembic import op

from servicekit.migrations import append_only, each_tenant, secure_table

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

GUARD = """
    CREATE FUNCTION revaluations_guard() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF OLD.undone_at IS NOT NULL
           OR (to_jsonb(NEW) - '{undone_at,undone_by}'::text[])
              <> (to_jsonb(OLD) - '{undone_at,undone_by}'::text[]) THEN
            RAISE EXCEPTION 'a revaluation is undone once and changes in nothing else'
                USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN NEW;
    END $$
"""
AMOUNT = sa.Numeric(precision=20, scale=4)


def upgrade() -> None:
    op.create_table(
        "revaluations_revaluation",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("valued_on", sa.Date(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("base_currency", sa.Text(), nullable=False),
        sa.Column("gain", AMOUNT, nullable=False),
        sa.Column("loss", AMOUNT, nullable=False),
        sa.Column("reversed_on", sa.Date(), nullable=True),
        sa.Column("recorded_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.Column("undone_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("undone_by", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "method IN ('with-reversal', 'without-reversal')",
            name=op.f("ck_revaluations_revaluation_method"),
        ),
        sa.CheckConstraint(
            "gain >= 0 AND loss >= 0", name=op.f("ck_revaluations_revaluation_gain")
        ),
        sa.CheckConstraint(
            "reversed_on > valued_on", name=op.f("ck_revaluations_revaluation_reversed_on")
        ),
        sa.CheckConstraint(
            "(undone_at IS NULL) = (undone_by IS NULL)",
            name=op.f("ck_revaluations_revaluation_undone_at"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant", "company_id"],
            ["ledger_company.tenant", "ledger_company.id"],
            name=op.f("fk_revaluations_revaluation_tenant_company_id"),
        ),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_revaluations_revaluation")),
    )
    op.create_index(
        "ix_revaluations_revaluation_standing",
        "revaluations_revaluation",
        ["tenant", "company_id", "valued_on"],
        unique=True,
        postgresql_where=sa.text("undone_at IS NULL"),
    )
    op.create_table(
        "revaluations_item",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("revaluation_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("rate", sa.Numeric(precision=36, scale=18), nullable=False),
        sa.Column("open", AMOUNT, nullable=False),
        sa.Column("carrying", AMOUNT, nullable=False),
        sa.Column("value", AMOUNT, nullable=False),
        sa.Column("delta", AMOUNT, nullable=False),
        sa.Column("kept", AMOUNT, nullable=False),
        sa.Column("kept_open", AMOUNT, nullable=False),
        sa.CheckConstraint(
            "kind IN ('receivable', 'payable', 'money')", name=op.f("ck_revaluations_item_kind")
        ),
        sa.CheckConstraint("delta = value - carrying", name=op.f("ck_revaluations_item_delta")),
        sa.CheckConstraint(
            "kept * delta >= 0 AND abs(kept) <= abs(delta)",
            name=op.f("ck_revaluations_item_kept"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant", "revaluation_id"],
            ["revaluations_revaluation.tenant", "revaluations_revaluation.id"],
            name=op.f("fk_revaluations_item_tenant_revaluation_id"),
        ),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_revaluations_item")),
    )
    op.create_index(
        "ix_revaluations_item_revaluation",
        "revaluations_item",
        ["tenant", "revaluation_id", "kind", "id"],
    )
    secure_table(op, "revaluations_revaluation", "revaluations_item")
    append_only(op, "revaluations_item")
    op.execute(GUARD)
    for name, definition in (
        (
            "revaluation_is_kept",
            "BEFORE UPDATE ON revaluations_revaluation FOR EACH ROW "
            "EXECUTE FUNCTION revaluations_guard()",
        ),
        (
            "never_removed",
            "BEFORE DELETE OR TRUNCATE ON revaluations_revaluation FOR EACH STATEMENT "
            "EXECUTE FUNCTION platform_refuse_change()",
        ),
    ):
        op.execute(f"CREATE TRIGGER {name} {definition}")
        op.execute(f"ALTER TABLE revaluations_revaluation ENABLE ALWAYS TRIGGER {name}")
    # The books carry what was booked before there were rates at nothing, and so do its items.
    op.execute("ALTER TABLE receivables_open_item DISABLE TRIGGER item_is_posted")
    for _ in each_tenant(op):
        op.execute(
            "UPDATE receivables_open_item SET base_amount = 0, base_open = 0 "
            "WHERE base_amount IS NULL"
        )
    op.execute("ALTER TABLE receivables_open_item ENABLE ALWAYS TRIGGER item_is_posted")
