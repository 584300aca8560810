"""Receivables, and the customers that CRM told of.

Numbers of invoices and payments are given by a trigger, so that none can be left out; an
allocation lowers what is open by a trigger, so that the three cannot disagree; a posted document
changes in nothing else.
"""

import sqlalchemy as sa
from alembic import op

from servicekit.migrations import append_only, secure_table

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# Joins are probes into indexes, also while statistics lag behind (0002).
PROBES_ONLY = "SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off"
AS_OWNER = "SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp"

FUNCTIONS = (
    f"""
    CREATE FUNCTION receivables_number_document() RETURNS trigger LANGUAGE plpgsql
    {AS_OWNER} AS $$
    BEGIN
        NEW.serial := ledger_take_number(NEW.tenant, NEW.company_id, NEW.series);
        NEW.number := NEW.series || '-'
            || lpad(NEW.serial::text, greatest(6, length(NEW.serial::text)), '0');
        RETURN NEW;
    END $$
    """,
    """
    CREATE FUNCTION receivables_guard_invoice() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF (to_jsonb(NEW) - '{open_amount,status,paid_on,overdue_since}'::text[])
           <> (to_jsonb(OLD) - '{open_amount,status,paid_on,overdue_since}'::text[]) THEN
            RAISE EXCEPTION 'invoice % is posted: it is not altered', OLD.number
                USING ERRCODE = 'restrict_violation';
        END IF;
        -- Depth 2: the statement came from the trigger on allocations.
        IF pg_trigger_depth() < 2 AND (NEW.open_amount, NEW.paid_on)
           IS DISTINCT FROM (OLD.open_amount, OLD.paid_on) THEN
            RAISE EXCEPTION 'what is open on invoice % changes only by an allocation', OLD.number
                USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN NEW;
    END $$
    """,
    """
    CREATE FUNCTION receivables_guard_payment() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF pg_trigger_depth() < 2 OR
           (to_jsonb(NEW) - 'unallocated') <> (to_jsonb(OLD) - 'unallocated') THEN
            RAISE EXCEPTION 'payment % is posted: only an allocation changes its rest', OLD.number
                USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN NEW;
    END $$
    """,
    f"""
    CREATE FUNCTION receivables_settle() RETURNS trigger LANGUAGE plpgsql
    {PROBES_ONLY} AS $$
    DECLARE
        settled bigint;
        meant bigint;
    BEGIN
        SELECT count(*) INTO meant FROM (SELECT DISTINCT tenant, invoice_id FROM added) AS d;
        UPDATE receivables_invoice AS i
        SET open_amount = i.open_amount - a.amount,
            paid_on = CASE WHEN i.open_amount = a.amount THEN a.allocated_on END,
            status = CASE WHEN i.open_amount = a.amount THEN 'paid'
                          WHEN i.overdue_since IS NOT NULL THEN 'overdue'
                          ELSE 'partially-paid' END
        FROM (SELECT tenant, invoice_id, sum(amount) AS amount, max(allocated_on) AS allocated_on
              FROM added GROUP BY tenant, invoice_id) AS a
        WHERE i.tenant = a.tenant AND i.id = a.invoice_id AND NOT EXISTS (
            SELECT FROM added d
            JOIN receivables_payment p ON p.tenant = d.tenant AND p.id = d.payment_id
            WHERE d.tenant = i.tenant AND d.invoice_id = i.id AND p.account_id <> i.account_id);
        GET DIAGNOSTICS settled = ROW_COUNT;
        IF settled <> meant THEN
            RAISE EXCEPTION 'an allocation settles an invoice of the payment''s own account'
                USING ERRCODE = 'foreign_key_violation';
        END IF;
        UPDATE receivables_payment AS p SET unallocated = p.unallocated - a.amount
        FROM (SELECT tenant, payment_id, sum(amount) AS amount
              FROM added GROUP BY tenant, payment_id) AS a
        WHERE p.tenant = a.tenant AND p.id = a.payment_id;
        RETURN NULL;
    END $$
    """,
)

TRIGGERS = (
    (
        "receivables_invoice",
        "invoice_is_numbered",
        "BEFORE INSERT ON receivables_invoice FOR EACH ROW "
        "EXECUTE FUNCTION receivables_number_document()",
    ),
    (
        "receivables_payment",
        "payment_is_numbered",
        "BEFORE INSERT ON receivables_payment FOR EACH ROW "
        "EXECUTE FUNCTION receivables_number_document()",
    ),
    (
        "receivables_invoice",
        "invoice_is_a_legal_document",
        "BEFORE UPDATE ON receivables_invoice FOR EACH ROW "
        "EXECUTE FUNCTION receivables_guard_invoice()",
    ),
    (
        "receivables_payment",
        "payment_is_a_legal_document",
        "BEFORE UPDATE ON receivables_payment FOR EACH ROW "
        "EXECUTE FUNCTION receivables_guard_payment()",
    ),
    (
        "receivables_invoice",
        "never_removed",
        "BEFORE DELETE OR TRUNCATE ON receivables_invoice FOR EACH STATEMENT "
        "EXECUTE FUNCTION platform_refuse_change()",
    ),
    (
        "receivables_payment",
        "never_removed",
        "BEFORE DELETE OR TRUNCATE ON receivables_payment FOR EACH STATEMENT "
        "EXECUTE FUNCTION platform_refuse_change()",
    ),
    (
        "receivables_allocation",
        "allocation_settles",
        "AFTER INSERT ON receivables_allocation REFERENCING NEW TABLE AS added "
        "FOR EACH STATEMENT EXECUTE FUNCTION receivables_settle()",
    ),
)


def upgrade() -> None:
    _create_tables()
    secure_table(
        op,
        "projections_customer",
        "receivables_tax_rate",
        "receivables_account",
        "receivables_exposure",
        "receivables_invoice",
        "receivables_invoice_line",
        "receivables_invoice_tax",
        "receivables_payment",
        "receivables_allocation",
    )
    append_only(op, "receivables_invoice_line", "receivables_invoice_tax", "receivables_allocation")
    for function in FUNCTIONS:
        op.execute(function)
    for table, name, definition in TRIGGERS:
        op.execute(f"CREATE TRIGGER {name} {definition}")
        op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}")
    for table in ("receivables_invoice", "receivables_payment"):
        op.execute(f"REVOKE DELETE ON {table} FROM erp_app")


def _create_tables() -> None:
    op.create_table(
        "projections_customer",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("tier", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=True),
        sa.Column("country", sa.Text(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("occurred_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "customer_id", name=op.f("pk_projections_customer")),
    )
    op.create_table(
        "receivables_tax_rate",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("country", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("rate", sa.Numeric(precision=9, scale=6), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.CheckConstraint("rate >= 0 AND rate <= 1", name=op.f("ck_receivables_tax_rate_rate")),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_receivables_tax_rate")),
        sa.UniqueConstraint(
            "tenant",
            "country",
            "category",
            "valid_from",
            name=op.f("uq_receivables_tax_rate_tenant_country_category_valid_from"),
        ),
    )
    op.create_table(
        "receivables_account",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("payment_terms_days", sa.SmallInteger(), nullable=False),
        sa.Column("credit_limit", sa.Numeric(precision=20, scale=4), nullable=True),
        sa.Column("credit_stop", sa.Boolean(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint(
            "credit_limit IS NULL OR credit_limit >= 0 AND (credit_limit = "
            "round(credit_limit, currency_minor_units(currency))) IS TRUE",
            name=op.f("ck_receivables_account_credit_limit"),
        ),
        sa.CheckConstraint(
            "payment_terms_days BETWEEN 0 AND 365",
            name=op.f("ck_receivables_account_payment_terms_days"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant", "company_id"],
            ["ledger_company.tenant", "ledger_company.id"],
            name=op.f("fk_receivables_account_tenant_company_id"),
        ),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_receivables_account")),
        sa.UniqueConstraint(
            "tenant",
            "company_id",
            "customer_id",
            name=op.f("uq_receivables_account_tenant_company_id_customer_id"),
        ),
    )
    op.create_index(
        "ix_receivables_account_customer_id",
        "receivables_account",
        ["tenant", "customer_id"],
        unique=False,
    )
    op.create_table(
        "receivables_exposure",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("open_items", sa.Numeric(precision=20, scale=4), nullable=False),
        sa.Column("open_orders", sa.Numeric(precision=20, scale=4), nullable=False),
        sa.Column("overdue", sa.Numeric(precision=20, scale=4), nullable=False),
        sa.CheckConstraint(
            "(open_items = round(open_items, currency_minor_units(currency))) IS TRUE "
            "AND (open_orders = round(open_orders, currency_minor_units(currency))) IS "
            "TRUE AND (overdue = round(overdue, currency_minor_units(currency))) IS TRUE",
            name=op.f("ck_receivables_exposure_minor_units"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant", "account_id"],
            ["receivables_account.tenant", "receivables_account.id"],
            name=op.f("fk_receivables_exposure_tenant_account_id"),
        ),
        sa.PrimaryKeyConstraint("tenant", "account_id", name=op.f("pk_receivables_exposure")),
        postgresql_with={"fillfactor": "50"},
    )
    op.create_table(
        "receivables_invoice",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=True),
        sa.Column("series", sa.Text(), nullable=False),
        sa.Column("serial", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=True),
        sa.Column("net", sa.Numeric(precision=20, scale=4), nullable=False),
        sa.Column("tax", sa.Numeric(precision=20, scale=4), nullable=False),
        sa.Column("gross", sa.Numeric(precision=20, scale=4), nullable=False),
        sa.Column("open_amount", sa.Numeric(precision=20, scale=4), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("paid_on", sa.Date(), nullable=True),
        sa.Column("overdue_since", sa.Date(), nullable=True),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint(
            "status = CASE WHEN open_amount = 0 THEN 'paid' WHEN overdue_since IS NOT "
            "NULL THEN 'overdue' WHEN open_amount < gross THEN 'partially-paid' ELSE "
            "'open' END",
            name=op.f("ck_receivables_invoice_status"),
        ),
        sa.CheckConstraint(
            "(net = round(net, currency_minor_units(currency))) IS TRUE AND (tax = "
            "round(tax, currency_minor_units(currency))) IS TRUE AND (gross = "
            "round(gross, currency_minor_units(currency))) IS TRUE AND (open_amount = "
            "round(open_amount, currency_minor_units(currency))) IS TRUE",
            name=op.f("ck_receivables_invoice_minor_units"),
        ),
        sa.CheckConstraint(
            "gross = net + tax AND net >= 0 AND tax >= 0",
            name=op.f("ck_receivables_invoice_totals"),
        ),
        sa.CheckConstraint(
            "open_amount >= 0 AND open_amount <= gross",
            name=op.f("ck_receivables_invoice_open_amount"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant", "account_id"],
            ["receivables_account.tenant", "receivables_account.id"],
            name=op.f("fk_receivables_invoice_tenant_account_id"),
        ),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_receivables_invoice")),
        sa.UniqueConstraint(
            "tenant",
            "company_id",
            "series",
            "serial",
            name=op.f("uq_receivables_invoice_tenant_company_id_series_serial"),
        ),
    )
    op.create_index(
        "ix_receivables_invoice_account_id",
        "receivables_invoice",
        ["tenant", "account_id", "issued_on"],
        unique=False,
    )
    op.create_index(
        "ix_receivables_invoice_due",
        "receivables_invoice",
        ["tenant", "due_on"],
        unique=False,
        postgresql_where=sa.text("open_amount > 0 AND overdue_since IS NULL"),
    )
    op.create_index(
        "ix_receivables_invoice_open",
        "receivables_invoice",
        ["tenant", "account_id", "due_on", "id"],
        unique=False,
        postgresql_where=sa.text("open_amount > 0"),
    )
    op.create_index(
        "ix_receivables_invoice_order_id",
        "receivables_invoice",
        ["tenant", "order_id"],
        unique=False,
    )
    op.create_table(
        "receivables_payment",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("series", sa.Text(), nullable=False),
        sa.Column("serial", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("amount", sa.Numeric(precision=20, scale=4), nullable=False),
        sa.Column("unallocated", sa.Numeric(precision=20, scale=4), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=True),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint(
            "amount > 0 AND (amount = round(amount, currency_minor_units(currency))) IS "
            "TRUE AND (unallocated = round(unallocated, currency_minor_units(currency))) "
            "IS TRUE",
            name=op.f("ck_receivables_payment_amount"),
        ),
        sa.CheckConstraint(
            "unallocated >= 0 AND unallocated <= amount",
            name=op.f("ck_receivables_payment_unallocated"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant", "account_id"],
            ["receivables_account.tenant", "receivables_account.id"],
            name=op.f("fk_receivables_payment_tenant_account_id"),
        ),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_receivables_payment")),
        sa.UniqueConstraint(
            "tenant",
            "company_id",
            "series",
            "serial",
            name=op.f("uq_receivables_payment_tenant_company_id_series_serial"),
        ),
    )
    op.create_index(
        "ix_receivables_payment_account_id",
        "receivables_payment",
        ["tenant", "account_id", "received_on"],
        unique=False,
    )
    op.create_index(
        "ix_receivables_payment_unallocated",
        "receivables_payment",
        ["tenant", "company_id"],
        unique=False,
        postgresql_where=sa.text("unallocated > 0"),
    )
    op.create_table(
        "receivables_allocation",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("payment_id", sa.Uuid(), nullable=False),
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        sa.Column("amount", sa.Numeric(precision=20, scale=4), nullable=False),
        sa.Column("allocated_on", sa.Date(), nullable=False),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_receivables_allocation_amount")),
        sa.ForeignKeyConstraint(
            ["tenant", "invoice_id"],
            ["receivables_invoice.tenant", "receivables_invoice.id"],
            name=op.f("fk_receivables_allocation_tenant_invoice_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant", "payment_id"],
            ["receivables_payment.tenant", "receivables_payment.id"],
            name=op.f("fk_receivables_allocation_tenant_payment_id"),
        ),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_receivables_allocation")),
    )
    op.create_index(
        "ix_receivables_allocation_invoice_id",
        "receivables_allocation",
        ["tenant", "invoice_id"],
        unique=False,
    )
    op.create_index(
        "ix_receivables_allocation_payment_id",
        "receivables_allocation",
        ["tenant", "payment_id"],
        unique=False,
    )
    op.create_table(
        "receivables_invoice_line",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("order_line_id", sa.Uuid(), nullable=True),
        sa.Column("item_id", sa.Uuid(), nullable=True),
        sa.Column("sku", sa.Text(), nullable=True),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("quantity", sa.Numeric(precision=24, scale=10), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("net_unit_price", sa.Numeric(precision=24, scale=10), nullable=False),
        sa.Column("net_amount", sa.Numeric(precision=24, scale=10), nullable=False),
        sa.Column("shown_amount", sa.Numeric(precision=20, scale=4), nullable=False),
        sa.Column("tax_category", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant", "invoice_id"],
            ["receivables_invoice.tenant", "receivables_invoice.id"],
            name=op.f("fk_receivables_invoice_line_tenant_invoice_id"),
        ),
        sa.PrimaryKeyConstraint(
            "tenant", "invoice_id", "position", name=op.f("pk_receivables_invoice_line")
        ),
    )
    op.create_table(
        "receivables_invoice_tax",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("rate", sa.Numeric(precision=9, scale=6), nullable=False),
        sa.Column("base", sa.Numeric(precision=20, scale=4), nullable=False),
        sa.Column("tax", sa.Numeric(precision=20, scale=4), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant", "invoice_id"],
            ["receivables_invoice.tenant", "receivables_invoice.id"],
            name=op.f("fk_receivables_invoice_tax_tenant_invoice_id"),
        ),
        sa.PrimaryKeyConstraint(
            "tenant", "invoice_id", "category", name=op.f("pk_receivables_invoice_tax")
        ),
    )
