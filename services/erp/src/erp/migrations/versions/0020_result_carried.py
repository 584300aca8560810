"""Companies that exist have an account from which results are carried forward."""

from alembic import op

from servicekit.migrations import each_tenant

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for _ in each_tenant(op):
        op.execute(
            """
            INSERT INTO ledger_account (tenant, id, company_id, code, name, kind, role, control)
            SELECT c.tenant, gen_random_uuid(), c.id, '3800', 'Result carried forward', 'equity',
                   'result-carried', false
            FROM ledger_company c
            ON CONFLICT DO NOTHING
            """
        )
