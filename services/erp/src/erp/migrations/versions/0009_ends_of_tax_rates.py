"""Tax rates end on a day, and no day has two of a category.

What ended so far without a word, because the next one began, ends with one now.
"""

import sqlalchemy as sa
from alembic import op

from servicekit.migrations import each_tenant

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

# A tenant has some dozens of rates: the table is small, and read by nobody for longer than a
# moment, so its constraints are put on at once.
ENDS = """
    UPDATE receivables_tax_rate AS r SET valid_to = n.valid_to
    FROM (SELECT id, lead(valid_from) OVER (
              PARTITION BY country, category ORDER BY valid_from) AS valid_to
          FROM receivables_tax_rate) AS n
    WHERE n.id = r.id AND n.valid_to IS NOT NULL
"""
NO_DAY_TWICE = """
    ALTER TABLE receivables_tax_rate
    ADD CONSTRAINT ex_receivables_tax_rate_period EXCLUDE USING gist (
        tenant WITH =, country WITH =, category WITH =, daterange(valid_from, valid_to) WITH &&)
"""


def upgrade() -> None:
    # Equality of texts in a GiST index. A trusted extension: the database's owner may create it.
    op.execute("CREATE EXTENSION IF NOT EXISTS btree_gist")
    op.add_column("receivables_tax_rate", sa.Column("valid_to", sa.Date(), nullable=True))
    for _ in each_tenant(op):
        op.execute(ENDS)
    op.create_check_constraint(
        op.f("ck_receivables_tax_rate_period"), "receivables_tax_rate", "valid_to > valid_from"
    )
    op.execute(NO_DAY_TWICE)
