"""The constraints of the migration before hold for every row."""

from alembic import op

revision = "0052"
down_revision = "0051"
branch_labels = None
depends_on = None

CONSTRAINTS = (
    ("receivables_invoice", "kind"),
    ("receivables_adjustment", "kind"),
    ("sales_orders_order", "prepaid"),
)


def upgrade() -> None:
    for table, name in CONSTRAINTS:
        op.execute(f"ALTER TABLE {table} VALIDATE CONSTRAINT ck_{table}_{name}")
