"""The constraint of the migration before holds for every row."""

from alembic import op

revision = "0049"
down_revision = "0048"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE payables_bill VALIDATE CONSTRAINT ck_payables_bill_withheld")
