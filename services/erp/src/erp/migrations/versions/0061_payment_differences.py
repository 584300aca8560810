"""Small differences at payments are given up within a limit, on an account of their own."""

import sqlalchemy as sa
from alembic import op

from servicekit.migrations import each_tenant

revision = "0061"
down_revision = "0060"
branch_labels = None
depends_on = None

# A code that is taken keeps its meaning; the role is mapped by whoever keeps the chart.
ACCOUNT = """
    INSERT INTO ledger_account (tenant, id, company_id, code, name, kind, role, control)
    SELECT c.tenant, gen_random_uuid(), c.id, '6860', 'Payment differences', 'expense',
           'payment-differences', false
    FROM ledger_company c
    WHERE NOT EXISTS (
        SELECT FROM ledger_account t
        WHERE t.tenant = c.tenant AND t.company_id = c.id
          AND (t.code = '6860' OR t.role = 'payment-differences'))
"""


def upgrade() -> None:
    op.add_column(
        "receivables_policy", sa.Column("tolerance_amount", sa.Numeric(20, 4), nullable=True)
    )
    op.add_column(
        "receivables_policy", sa.Column("tolerance_share", sa.Numeric(9, 6), nullable=True)
    )
    op.execute(
        "ALTER TABLE receivables_policy ADD CONSTRAINT ck_receivables_policy_tolerance CHECK ("
        "tolerance_amount > 0 AND tolerance_share BETWEEN 0 AND 1) NOT VALID"
    )
    op.execute("ALTER TABLE receivables_adjustment DROP CONSTRAINT ck_receivables_adjustment_kind")
    op.execute(
        "ALTER TABLE receivables_adjustment ADD CONSTRAINT ck_receivables_adjustment_kind CHECK ("
        "kind IN ('write-off', 'discount', 'payment-difference', 'refund', 'payment-return',"
        " 'dunning-fee', 'interest', 'down-payment-settlement')"
        " AND (kind = 'down-payment-settlement') = (settles_id IS NOT NULL)) NOT VALID"
    )
    for _ in each_tenant(op):
        op.execute(ACCOUNT)
