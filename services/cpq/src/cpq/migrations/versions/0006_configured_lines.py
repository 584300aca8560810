"""A quote's line may remember how it was configured."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "quotes_line",
        sa.Column("configuration", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
    )
