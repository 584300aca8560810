"""The constraint of the migration before holds for every payment; people go on receiving them."""

from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE receivables_payment VALIDATE CONSTRAINT ck_receivables_payment_paid")
