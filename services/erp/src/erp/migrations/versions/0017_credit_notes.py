"""Credit notes: numbered, booked and settled like invoices, and never more than what was invoiced.

The triggers of 0016 learn of them; a trigger holds them against the invoice, tax category by tax
category.
"""

import sqlalchemy as sa
from alembic import op

from servicekit.migrations import append_only, secure_table

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

PROBES_ONLY = "SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off"

FUNCTIONS = (
    """
    CREATE FUNCTION receivables_guard_credit_note() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF pg_trigger_depth() < 2 OR
           (to_jsonb(NEW) - 'open_amount') <> (to_jsonb(OLD) - 'open_amount') THEN
            RAISE EXCEPTION 'credit note % is posted: only an allocation changes its rest',
                OLD.number USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN NEW;
    END $$
    """,
    # The invoice is locked: two credit notes at once would not see each other.
    f"""
    CREATE FUNCTION receivables_hold_credit() RETURNS trigger LANGUAGE plpgsql {PROBES_ONLY} AS $$
    DECLARE
        of_invoice uuid;
    BEGIN
        SELECT n.invoice_id INTO of_invoice FROM receivables_credit_note n
        WHERE n.tenant = NEW.tenant AND n.id = NEW.credit_note_id;
        IF of_invoice IS NULL THEN
            RETURN NULL;
        END IF;
        PERFORM FROM receivables_invoice i
        WHERE i.tenant = NEW.tenant AND i.id = of_invoice FOR UPDATE;
        PERFORM FROM receivables_invoice_tax t
        CROSS JOIN LATERAL (
            SELECT sum(c.base) AS base, sum(c.tax) AS tax
            FROM receivables_credit_note n
            JOIN receivables_credit_note_tax c ON c.tenant = n.tenant AND c.credit_note_id = n.id
            WHERE n.tenant = t.tenant AND n.invoice_id = t.invoice_id
              AND c.category = t.category) AS credited
        WHERE t.tenant = NEW.tenant AND t.invoice_id = of_invoice AND t.category = NEW.category
          AND credited.base <= t.base AND credited.tax <= t.tax;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'more of % is credited than was invoiced', NEW.category
                USING ERRCODE = 'check_violation', CONSTRAINT = 'receivables_credit_is_held';
        END IF;
        RETURN NULL;
    END $$
    """,
    f"""
    CREATE OR REPLACE FUNCTION receivables_tell_documents(
        of_tenant text, debit_document uuid, credit_document uuid, on_day date)
    RETURNS void LANGUAGE plpgsql {PROBES_ONLY} AS $$
    BEGIN
        UPDATE receivables_invoice AS i
        SET open_amount = o.open, overdue_since = o.overdue_since,
            paid_on = CASE WHEN o.open = 0 THEN greatest(on_day, (
                SELECT max(m.matched_on)
                FROM receivables_open_item d
                JOIN receivables_matching m ON m.tenant = d.tenant AND m.debit_item_id = d.id
                WHERE d.tenant = of_tenant AND d.document_id = debit_document
                  AND m.undoes IS NULL AND NOT EXISTS (
                    SELECT FROM receivables_matching u
                    WHERE u.tenant = m.tenant AND u.undoes = m.id))) END,
            status = CASE WHEN o.open = 0 THEN 'paid'
                          WHEN o.overdue_since IS NOT NULL THEN 'overdue'
                          WHEN o.open < i.gross THEN 'partially-paid' ELSE 'open' END
        FROM (SELECT sum(open_amount) AS open,
                     min(overdue_since) FILTER (WHERE open_amount > 0) AS overdue_since
              FROM receivables_open_item
              WHERE tenant = of_tenant AND document_id = debit_document) AS o
        WHERE i.tenant = of_tenant AND i.id = debit_document;
        UPDATE receivables_payment AS p SET unallocated = o.open
        FROM (SELECT sum(open_amount) AS open FROM receivables_open_item
              WHERE tenant = of_tenant AND document_id = credit_document) AS o
        WHERE p.tenant = of_tenant AND p.id = credit_document;
        UPDATE receivables_credit_note AS n SET open_amount = o.open
        FROM (SELECT sum(open_amount) AS open FROM receivables_open_item
              WHERE tenant = of_tenant AND document_id = credit_document) AS o
        WHERE n.tenant = of_tenant AND n.id = credit_document;
    END $$
    """,
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
        WHERE n.tenant = of_tenant AND n.id = of_document;
    END $$
    """,
)

TRIGGERS = (
    (
        "receivables_credit_note",
        "credit_note_is_numbered",
        "BEFORE INSERT ON receivables_credit_note FOR EACH ROW "
        "EXECUTE FUNCTION receivables_number_document()",
    ),
    (
        "receivables_credit_note",
        "credit_note_is_a_legal_document",
        "BEFORE UPDATE ON receivables_credit_note FOR EACH ROW "
        "EXECUTE FUNCTION receivables_guard_credit_note()",
    ),
    (
        "receivables_credit_note",
        "never_removed",
        "BEFORE DELETE OR TRUNCATE ON receivables_credit_note FOR EACH STATEMENT "
        "EXECUTE FUNCTION platform_refuse_change()",
    ),
)
DEFERRED = (
    ("receivables_credit_note", "items_are_the_document", "receivables_prove_items"),
    ("receivables_credit_note_tax", "credit_is_held", "receivables_hold_credit"),
)


def upgrade() -> None:
    _create_tables()
    secure_table(
        op,
        "receivables_credit_note",
        "receivables_credit_note_line",
        "receivables_credit_note_tax",
    )
    append_only(op, "receivables_credit_note_line", "receivables_credit_note_tax")
    for function in FUNCTIONS:
        op.execute(function)
    for table, name, definition in TRIGGERS:
        op.execute(f"CREATE TRIGGER {name} {definition}")
        op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}")
    for table, name, function in DEFERRED:
        op.execute(
            f"CREATE CONSTRAINT TRIGGER {name} AFTER INSERT ON {table} "
            f"DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION {function}()"
        )
        op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}")
    op.execute("REVOKE DELETE ON receivables_credit_note FROM erp_app")


def _create_tables() -> None:
    op.create_table(
        "receivables_credit_note",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("invoice_id", sa.Uuid(), nullable=True),
        sa.Column("order_id", sa.Uuid(), nullable=True),
        sa.Column("series", sa.Text(), nullable=False),
        sa.Column("serial", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("posted_on", sa.Date(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=True),
        sa.Column("net", sa.Numeric(precision=20, scale=4), nullable=False),
        sa.Column("tax", sa.Numeric(precision=20, scale=4), nullable=False),
        sa.Column("gross", sa.Numeric(precision=20, scale=4), nullable=False),
        sa.Column("open_amount", sa.Numeric(precision=20, scale=4), nullable=False),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint(
            "gross = net + tax AND net >= 0 AND tax >= 0 AND gross > 0",
            name=op.f("ck_receivables_credit_note_totals"),
        ),
        sa.CheckConstraint(
            "open_amount >= 0 AND open_amount <= gross",
            name=op.f("ck_receivables_credit_note_open_amount"),
        ),
        sa.CheckConstraint(
            "(net = round(net, currency_minor_units(currency))) IS TRUE AND (tax = "
            "round(tax, currency_minor_units(currency))) IS TRUE AND (open_amount = "
            "round(open_amount, currency_minor_units(currency))) IS TRUE",
            name=op.f("ck_receivables_credit_note_minor_units"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant", "account_id"],
            ["receivables_account.tenant", "receivables_account.id"],
            name=op.f("fk_receivables_credit_note_tenant_account_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant", "invoice_id"],
            ["receivables_invoice.tenant", "receivables_invoice.id"],
            name=op.f("fk_receivables_credit_note_tenant_invoice_id"),
        ),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_receivables_credit_note")),
        sa.UniqueConstraint(
            "tenant",
            "company_id",
            "series",
            "serial",
            name=op.f("uq_receivables_credit_note_tenant_company_id_series_serial"),
        ),
    )
    op.create_index(
        "ix_receivables_credit_note_account_id",
        "receivables_credit_note",
        ["tenant", "account_id", "issued_on"],
        unique=False,
    )
    op.create_index(
        "ix_receivables_credit_note_invoice_id",
        "receivables_credit_note",
        ["tenant", "invoice_id"],
        unique=False,
    )
    op.create_index(
        "ix_receivables_credit_note_order_id",
        "receivables_credit_note",
        ["tenant", "order_id"],
        unique=False,
    )
    op.create_table(
        "receivables_credit_note_line",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("credit_note_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("invoice_position", sa.SmallInteger(), nullable=True),
        sa.Column("order_line_id", sa.Uuid(), nullable=True),
        sa.Column("item_id", sa.Uuid(), nullable=True),
        sa.Column("sku", sa.Text(), nullable=True),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("quantity", sa.Numeric(precision=24, scale=10), nullable=True),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("quantity_places", sa.SmallInteger(), nullable=False),
        sa.Column("net_unit_price", sa.Numeric(precision=24, scale=10), nullable=True),
        sa.Column("net_amount", sa.Numeric(precision=24, scale=10), nullable=False),
        sa.Column("shown_amount", sa.Numeric(precision=20, scale=4), nullable=False),
        sa.Column("tax_category", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "quantity > 0 AND quantity = round(quantity, quantity_places)",
            name=op.f("ck_receivables_credit_note_line_quantity"),
        ),
        sa.CheckConstraint(
            "(quantity IS NULL) = (net_unit_price IS NULL)",
            name=op.f("ck_receivables_credit_note_line_price"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant", "credit_note_id"],
            ["receivables_credit_note.tenant", "receivables_credit_note.id"],
            name=op.f("fk_receivables_credit_note_line_tenant_credit_note_id"),
        ),
        sa.PrimaryKeyConstraint(
            "tenant",
            "credit_note_id",
            "position",
            name=op.f("pk_receivables_credit_note_line"),
        ),
    )
    op.create_table(
        "receivables_credit_note_tax",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("credit_note_id", sa.Uuid(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("rate", sa.Numeric(precision=9, scale=6), nullable=False),
        sa.Column("base", sa.Numeric(precision=20, scale=4), nullable=False),
        sa.Column("tax", sa.Numeric(precision=20, scale=4), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant", "credit_note_id"],
            ["receivables_credit_note.tenant", "receivables_credit_note.id"],
            name=op.f("fk_receivables_credit_note_tax_tenant_credit_note_id"),
        ),
        sa.PrimaryKeyConstraint(
            "tenant",
            "credit_note_id",
            "category",
            name=op.f("pk_receivables_credit_note_tax"),
        ),
    )
