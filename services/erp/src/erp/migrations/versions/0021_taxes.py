"""Tax rates get a slice of their own, and territories with rates of their own.

The table is renamed with its rows; what reads and writes it comes with the same release.
"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

RENAMED = (
    ("pk_receivables_tax_rate", "pk_taxes_rate"),
    ("ck_receivables_tax_rate_rate", "ck_taxes_rate_rate"),
    ("ck_receivables_tax_rate_period", "ck_taxes_rate_period"),
)
# A tenant has some hundreds of rates: its constraints are put on at once.
NO_DAY_TWICE = """
    ALTER TABLE taxes_rate
    ADD CONSTRAINT ex_taxes_rate_period EXCLUDE USING gist (
        tenant WITH =, country WITH =, region WITH =, category WITH =,
        daterange(valid_from, valid_to) WITH &&)
"""


def upgrade() -> None:
    op.rename_table("receivables_tax_rate", "taxes_rate")
    for before, after in RENAMED:
        op.execute(f"ALTER TABLE taxes_rate RENAME CONSTRAINT {before} TO {after}")
    op.add_column("taxes_rate", sa.Column("region", sa.Text(), server_default="", nullable=False))
    op.execute(
        "ALTER TABLE taxes_rate"
        " DROP CONSTRAINT uq_receivables_tax_rate_tenant_country_category_valid_from,"
        " DROP CONSTRAINT ex_receivables_tax_rate_period"
    )
    op.create_unique_constraint(
        op.f("uq_taxes_rate_tenant_country_region_category_valid_from"),
        "taxes_rate",
        ["tenant", "country", "region", "category", "valid_from"],
    )
    op.execute(NO_DAY_TWICE)
