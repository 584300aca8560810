"""Which rates count for a company, and the accounts that differences of exchange go to."""

import sqlalchemy as sa
from alembic import op

from servicekit.migrations import each_tenant, secure_table

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

# A code that is taken keeps its meaning; the role is mapped by whoever keeps the chart.
ACCOUNTS = """
    INSERT INTO ledger_account (tenant, id, company_id, code, name, kind, role, control)
    SELECT c.tenant, gen_random_uuid(), c.id, a.code, a.name, a.kind, a.role, false
    FROM ledger_company c
    CROSS JOIN (VALUES
        ('1900', 'Exchange clearing', 'asset', 'exchange-clearing'),
        ('4800', 'Exchange gains', 'income', 'exchange-gain'),
        ('4810', 'Unrealised exchange gains', 'income', 'unrealised-exchange-gain'),
        ('6800', 'Exchange losses', 'expense', 'exchange-loss'),
        ('6810', 'Unrealised exchange losses', 'expense', 'unrealised-exchange-loss')
    ) AS a (code, name, kind, role)
    WHERE NOT EXISTS (
        SELECT FROM ledger_account t
        WHERE t.tenant = c.tenant AND t.company_id = c.id AND (t.code = a.code OR t.role = a.role))
"""
POLICIES = """
    INSERT INTO exchange_rates_policy (
        tenant, company_id, sources, most_days_old, inverts, version, created_at, updated_at)
    SELECT tenant, id, '{}', 7, true, 1, now(), now() FROM ledger_company
    WHERE tenant = current_setting('app.tenant')
"""


def upgrade() -> None:
    op.create_table(
        "exchange_rates_policy",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("sources", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("most_days_old", sa.SmallInteger(), nullable=False),
        sa.Column("inverts", sa.Boolean(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint(
            "most_days_old BETWEEN 0 AND 31", name=op.f("ck_exchange_rates_policy_most_days_old")
        ),
        sa.CheckConstraint(
            "cardinality(sources) <= 10", name=op.f("ck_exchange_rates_policy_sources")
        ),
        sa.ForeignKeyConstraint(
            ["tenant", "company_id"],
            ["ledger_company.tenant", "ledger_company.id"],
            name=op.f("fk_exchange_rates_policy_tenant_company_id"),
        ),
        sa.PrimaryKeyConstraint("tenant", "company_id", name=op.f("pk_exchange_rates_policy")),
    )
    secure_table(op, "exchange_rates_policy")
    op.execute("CREATE INDEX ix_exchange_rates_rate_day ON exchange_rates_rate (tenant, rate_on)")
    for _ in each_tenant(op):
        op.execute(ACCOUNTS)
        op.execute(POLICIES)
