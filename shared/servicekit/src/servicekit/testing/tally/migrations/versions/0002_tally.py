"""Steps, totals and customers."""

import sqlalchemy as sa
from alembic import op

from servicekit.migrations import secure_table

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "tally_step",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("aggregate_id", sa.Text(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "id", name="pk_tally_step"),
    )
    op.create_table(
        "tally_total",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("aggregate_id", sa.Text(), nullable=False),
        sa.Column("steps", sa.BigInteger(), nullable=False),
        sa.Column("sum", sa.BigInteger(), nullable=False),
        sa.Column("last_sequence", sa.BigInteger(), nullable=False),
        sa.Column("out_of_order", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "aggregate_id", name="pk_tally_total"),
    )
    op.create_table(
        "tally_customer",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "customer_id", name="pk_tally_customer"),
    )
    secure_table(op, "tally_step", "tally_total", "tally_customer")
