"""Write-offs, refunds, discounts and charges; payment terms; a company's policy.

Companies that exist get the accounts that these book to, unless their chart has taken the code,
and a policy that limits nothing.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from servicekit.migrations import append_only, each_tenant, secure_table

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

PROBES_ONLY = "SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off"

FUNCTIONS = (
    f"""
    CREATE OR REPLACE FUNCTION receivables_document_amount(of_tenant text, of_document uuid)
    RETURNS TABLE (account_id uuid, currency text, amount numeric) LANGUAGE plpgsql
    {PROBES_ONLY} AS $$
    BEGIN
        RETURN QUERY
        SELECT i.account_id, i.currency, i.gross FROM receivables_invoice i
        WHERE i.tenant = of_tenant AND i.id = of_document
        UNION ALL
        SELECT p.account_id, p.currency, p.amount FROM receivables_payment p
        WHERE p.tenant = of_tenant AND p.id = of_document
        UNION ALL
        SELECT n.account_id, n.currency, n.gross FROM receivables_credit_note n
        WHERE n.tenant = of_tenant AND n.id = of_document
        UNION ALL
        SELECT a.account_id, a.currency, a.amount FROM receivables_adjustment a
        WHERE a.tenant = of_tenant AND a.id = of_document;
    END $$
    """,
)
ACCOUNTS = """
    INSERT INTO ledger_account (tenant, id, company_id, code, name, kind, role, control)
    SELECT c.tenant, gen_random_uuid(), c.id, a.code, a.name, a.kind, a.role, false
    FROM ledger_company c
    CROSS JOIN (VALUES
        ('2300', 'Down payments received', 'liability', 'down-payments-received'),
        ('4100', 'Discounts given', 'income', 'discount-given'),
        ('4700', 'Interest income', 'income', 'interest-income'),
        ('4710', 'Dunning fees', 'income', 'dunning-fees'),
        ('6850', 'Bad debts', 'expense', 'bad-debt')) AS a (code, name, kind, role)
    WHERE NOT EXISTS (
        SELECT FROM ledger_account k WHERE k.tenant = c.tenant AND k.company_id = c.id
          AND (k.code = a.code OR k.role = a.role))
"""
POLICIES = """
    INSERT INTO receivables_policy (
        tenant, company_id, interest_basis, version, created_at, updated_at)
    SELECT tenant, id, 365, 1, now(), now() FROM ledger_company
    WHERE tenant = current_setting('app.tenant')
"""


def upgrade() -> None:
    _create_tables()
    secure_table(
        op,
        "receivables_adjustment",
        "receivables_adjustment_tax",
        "receivables_payment_terms",
        "receivables_invoice_discount",
        "receivables_policy",
    )
    append_only(
        op,
        "receivables_adjustment",
        "receivables_adjustment_tax",
        "receivables_invoice_discount",
    )
    for function in FUNCTIONS:
        op.execute(function)
    op.execute(
        "CREATE TRIGGER adjustment_is_numbered BEFORE INSERT ON receivables_adjustment "
        "FOR EACH ROW EXECUTE FUNCTION receivables_number_document()"
    )
    op.execute("ALTER TABLE receivables_adjustment ENABLE ALWAYS TRIGGER adjustment_is_numbered")
    op.execute(
        "CREATE CONSTRAINT TRIGGER items_are_the_document AFTER INSERT ON receivables_adjustment "
        "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION receivables_prove_items()"
    )
    op.execute("ALTER TABLE receivables_adjustment ENABLE ALWAYS TRIGGER items_are_the_document")
    for _ in each_tenant(op):
        op.execute(ACCOUNTS)
        op.execute(POLICIES)
    for table in ("receivables_account", "receivables_invoice"):
        op.add_column(table, sa.Column("payment_terms_id", sa.Uuid(), nullable=True))


def _create_tables() -> None:
    op.create_table(
        "receivables_adjustment",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("side", sa.Text(), nullable=False),
        sa.Column("series", sa.Text(), nullable=False),
        sa.Column("serial", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("posted_on", sa.Date(), nullable=True),
        sa.Column("amount", sa.Numeric(precision=20, scale=4), nullable=False),
        sa.Column("tax", sa.Numeric(precision=20, scale=4), nullable=False),
        sa.Column("about_id", sa.Uuid(), nullable=True),
        sa.Column("reverses", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=True),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind IN ('write-off', 'discount', 'refund', 'dunning-fee', 'interest', "
            "'down-payment', 'down-payment-settlement')",
            name=op.f("ck_receivables_adjustment_kind"),
        ),
        sa.CheckConstraint(
            "side IN ('debit', 'credit')", name=op.f("ck_receivables_adjustment_side")
        ),
        sa.CheckConstraint(
            "amount > 0 AND tax >= 0 AND tax <= amount AND (amount = round(amount, "
            "currency_minor_units(currency))) IS TRUE AND (tax = round(tax, "
            "currency_minor_units(currency))) IS TRUE",
            name=op.f("ck_receivables_adjustment_amount"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant", "account_id"],
            ["receivables_account.tenant", "receivables_account.id"],
            name=op.f("fk_receivables_adjustment_tenant_account_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant", "reverses"],
            ["receivables_adjustment.tenant", "receivables_adjustment.id"],
            name=op.f("fk_receivables_adjustment_tenant_reverses"),
        ),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_receivables_adjustment")),
        sa.UniqueConstraint(
            "tenant",
            "company_id",
            "series",
            "serial",
            name=op.f("uq_receivables_adjustment_tenant_company_id_series_serial"),
        ),
        sa.UniqueConstraint(
            "tenant", "reverses", name=op.f("uq_receivables_adjustment_tenant_reverses")
        ),
    )
    op.create_index(
        "ix_receivables_adjustment_account_id",
        "receivables_adjustment",
        ["tenant", "account_id", "issued_on"],
        unique=False,
    )
    op.create_index(
        "ix_receivables_adjustment_about_id",
        "receivables_adjustment",
        ["tenant", "about_id"],
        unique=False,
    )
    op.create_table(
        "receivables_adjustment_tax",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("adjustment_id", sa.Uuid(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("rate", sa.Numeric(precision=9, scale=6), nullable=False),
        sa.Column("base", sa.Numeric(precision=20, scale=4), nullable=False),
        sa.Column("tax", sa.Numeric(precision=20, scale=4), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant", "adjustment_id"],
            ["receivables_adjustment.tenant", "receivables_adjustment.id"],
            name=op.f("fk_receivables_adjustment_tax_tenant_adjustment_id"),
        ),
        sa.PrimaryKeyConstraint(
            "tenant", "adjustment_id", "category", name=op.f("pk_receivables_adjustment_tax")
        ),
    )
    op.create_table(
        "receivables_payment_terms",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("instalments", postgresql.JSONB(), nullable=False),
        sa.Column("discounts", postgresql.JSONB(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_receivables_payment_terms")),
        sa.UniqueConstraint(
            "tenant", "code", name=op.f("uq_receivables_payment_terms_tenant_code")
        ),
    )
    op.create_table(
        "receivables_invoice_discount",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("rate", sa.Numeric(precision=9, scale=6), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("amount", sa.Numeric(precision=20, scale=4), nullable=False),
        sa.CheckConstraint(
            "basis IN ('gross', 'net')", name=op.f("ck_receivables_invoice_discount_basis")
        ),
        sa.ForeignKeyConstraint(
            ["tenant", "invoice_id"],
            ["receivables_invoice.tenant", "receivables_invoice.id"],
            name=op.f("fk_receivables_invoice_discount_tenant_invoice_id"),
        ),
        sa.PrimaryKeyConstraint(
            "tenant", "invoice_id", "until", name=op.f("pk_receivables_invoice_discount")
        ),
    )
    op.create_table(
        "receivables_policy",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("write_off_limit", sa.Numeric(precision=20, scale=4), nullable=True),
        sa.Column("interest_rate", sa.Numeric(precision=9, scale=6), nullable=True),
        sa.Column("interest_cap", sa.Numeric(precision=9, scale=6), nullable=True),
        sa.Column("interest_basis", sa.SmallInteger(), nullable=False),
        sa.Column("horizon_days", sa.SmallInteger(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint(
            "interest_basis IN (360, 365)", name=op.f("ck_receivables_policy_interest_basis")
        ),
        sa.CheckConstraint(
            "interest_rate BETWEEN 0 AND 1 AND interest_cap BETWEEN 0 AND 1 AND "
            "write_off_limit >= 0 AND horizon_days BETWEEN 0 AND 3650",
            name=op.f("ck_receivables_policy_limits"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant", "company_id"],
            ["ledger_company.tenant", "ledger_company.id"],
            name=op.f("fk_receivables_policy_tenant_company_id"),
        ),
        sa.PrimaryKeyConstraint("tenant", "company_id", name=op.f("pk_receivables_policy")),
    )
