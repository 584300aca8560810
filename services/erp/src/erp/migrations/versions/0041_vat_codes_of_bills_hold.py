"""The constraints of the migration before hold for every row."""

from alembic import op

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table, name in (
        ("payables_bill", "tax_country"),
        ("payables_bill_line", "vat_code"),
        ("payables_bill_tax", "vat_code"),
        ("payables_bill_tax", "due"),
    ):
        op.execute(f"ALTER TABLE {table} VALIDATE CONSTRAINT ck_{table}_{name}")
    # Known to hold, so nothing is read again.
    op.execute("ALTER TABLE payables_bill ALTER COLUMN tax_country SET NOT NULL")
    op.execute("ALTER TABLE payables_bill DROP CONSTRAINT ck_payables_bill_tax_country")
    op.execute("ALTER TABLE payables_bill_line ALTER COLUMN vat_code SET NOT NULL")
