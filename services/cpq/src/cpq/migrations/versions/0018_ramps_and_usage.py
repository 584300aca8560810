"""Lines that are segments of ramps, and prices of usage."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("quotes_line", sa.Column("ramp", sa.Text(), nullable=True))
    op.add_column("quotes_line", sa.Column("segment", sa.BigInteger(), nullable=True))
    op.add_column(
        "quotes_line", sa.Column("uplift", sa.Numeric(precision=24, scale=10), nullable=True)
    )
    op.add_column(
        "quotes_line",
        sa.Column("usage", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
    )
