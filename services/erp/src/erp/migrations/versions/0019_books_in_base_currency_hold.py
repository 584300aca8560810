"""The constraints of 0018 hold for every row; people can go on posting meanwhile."""

from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table, name in (
        ("ledger_company", "ck_ledger_company_fiscal_year_starts_in"),
        ("ledger_entry", "ck_ledger_entry_origin_on"),
        ("ledger_entry", "ck_ledger_entry_journal"),
        ("ledger_line", "ck_ledger_line_one_side"),
    ):
        op.execute(f"ALTER TABLE {table} VALIDATE CONSTRAINT {name}")
