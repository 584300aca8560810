"""The ledger remembers when it was closed and opened, so that periods can be shown as reported."""

import sqlalchemy as sa
from alembic import op

from servicekit.migrations import append_only, each_tenant, secure_table

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

# The row is written under the lock that waits for postings: what was recorded before it was known.
RECORD = """
CREATE FUNCTION ledger_record_lock() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    INSERT INTO ledger_lock_change (tenant, id, company_id, scope, locked_until, recorded_at)
    VALUES (
        coalesce(NEW.tenant, OLD.tenant), uuidv7(), coalesce(NEW.company_id, OLD.company_id),
        coalesce(NEW.scope, OLD.scope), NEW.locked_until, clock_timestamp());
    RETURN NULL;
END $$
"""


def upgrade() -> None:
    op.create_table(
        "ledger_lock_change",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("locked_until", sa.Date(), nullable=True),
        sa.Column("recorded_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant", "company_id"],
            ["ledger_company.tenant", "ledger_company.id"],
            name=op.f("fk_ledger_lock_change_tenant_company_id"),
        ),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_ledger_lock_change")),
    )
    op.create_index(
        "ix_ledger_lock_change_company_id",
        "ledger_lock_change",
        ["tenant", "company_id", "recorded_at"],
    )
    secure_table(op, "ledger_lock_change")
    append_only(op, "ledger_lock_change")
    op.execute("REVOKE INSERT ON ledger_lock_change FROM erp_app")
    op.execute(
        "CREATE POLICY ledger_is_proved_whole ON ledger_lock_change TO CURRENT_USER "
        "USING (true) WITH CHECK (true)"
    )
    # When the locks of before were set is not known; that they were is, from now on.
    for _ in each_tenant(op):
        op.execute(
            "INSERT INTO ledger_lock_change "
            "(tenant, id, company_id, scope, locked_until, recorded_at) "
            "SELECT tenant, uuidv7(), company_id, scope, locked_until, clock_timestamp() "
            "FROM ledger_lock WHERE tenant = current_setting('app.tenant')"
        )
    op.execute(RECORD)
    op.execute(
        "CREATE TRIGGER lock_is_recorded AFTER INSERT OR UPDATE OR DELETE ON ledger_lock "
        "FOR EACH ROW EXECUTE FUNCTION ledger_record_lock()"
    )
    op.execute("ALTER TABLE ledger_lock ENABLE ALWAYS TRIGGER lock_is_recorded")
