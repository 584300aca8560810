"""Payments that came back are remembered as such."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("payment_payment", sa.Column("returned_on", sa.Date(), nullable=True))
