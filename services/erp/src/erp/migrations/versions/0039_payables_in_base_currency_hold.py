"""The constraints of the migration before hold for every row."""

from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table, name in (
        ("payables_open_item", "base"),
        ("payables_open_item", "base_currency"),
        ("payables_payment", "paid"),
    ):
        op.execute(f"ALTER TABLE {table} VALIDATE CONSTRAINT ck_{table}_{name}")
    # Known to hold, so nothing is read again.
    op.execute("ALTER TABLE payables_open_item ALTER COLUMN base_currency SET NOT NULL")
    op.execute("ALTER TABLE payables_open_item DROP CONSTRAINT ck_payables_open_item_base_currency")
