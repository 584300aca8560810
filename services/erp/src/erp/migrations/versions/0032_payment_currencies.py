"""Payments that came in another currency than the account's say what came."""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "receivables_payment",
        sa.Column("paid_amount", sa.Numeric(precision=20, scale=4), nullable=True),
    )
    op.add_column("receivables_payment", sa.Column("paid_currency", sa.Text(), nullable=True))
    op.execute(
        """
        ALTER TABLE receivables_payment ADD CONSTRAINT ck_receivables_payment_paid CHECK (
            (paid_amount IS NULL) = (paid_currency IS NULL) AND (paid_amount IS NULL OR
            (paid_amount > 0 AND paid_currency <> currency
             AND (paid_amount = round(paid_amount, currency_minor_units(paid_currency)))
             IS TRUE))) NOT VALID
        """
    )
