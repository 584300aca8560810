"""The constraints of 0023 hold for every row; people can go on posting meanwhile."""

from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in (
        "ck_ledger_account_section",
        "ck_ledger_account_heading",
        "ck_ledger_account_active",
        "fk_ledger_account_tenant_company_id_parent_id",
    ):
        op.execute(f"ALTER TABLE ledger_account VALIDATE CONSTRAINT {name}")
    # Proved by the constraint on sections, so no row is read for it.
    op.alter_column("ledger_account", "section", nullable=False)
