"""The constraints of the migration before hold, and credits of order lines are found."""

import sqlalchemy as sa
from alembic import op

revision = "0062"
down_revision = "0061"
branch_labels = None
depends_on = None

CONSTRAINTS = (("receivables_policy", "tolerance"), ("receivables_adjustment", "kind"))


def upgrade() -> None:
    for table, name in CONSTRAINTS:
        op.execute(f"ALTER TABLE {table} VALIDATE CONSTRAINT ck_{table}_{name}")
    with op.get_context().autocommit_block():
        op.create_index(
            "ix_receivables_credit_note_line_order_line_id",
            "receivables_credit_note_line",
            ["tenant", "order_line_id"],
            postgresql_where=sa.text("order_line_id IS NOT NULL"),
            postgresql_concurrently=True,
            if_not_exists=True,
        )
