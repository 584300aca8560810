"""The constraints of the migration before hold for every row."""

from alembic import op

revision = "0054"
down_revision = "0053"
branch_labels = None
depends_on = None

CONSTRAINTS = (("payables_open_item", "side"), ("receivables_adjustment", "kind"))


def upgrade() -> None:
    for table, name in CONSTRAINTS:
        op.execute(f"ALTER TABLE {table} VALIDATE CONSTRAINT ck_{table}_{name}")
