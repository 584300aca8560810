"""The constraint of 0028 holds for every row; people can go on meanwhile."""

from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE ledger_company VALIDATE CONSTRAINT ck_ledger_company_approval_from")
