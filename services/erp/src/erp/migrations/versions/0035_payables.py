"""Payables: suppliers, bills, payments, open items and what settles them.

As with receivables: bills are numbered by a trigger when they are posted and stay as they are,
the open items of a document are the document, and what is open moves only by a matching. Companies
that exist get the accounts; where theirs of the code 2000 was booked to by hand, another one.
"""

import sqlalchemy as sa
from alembic import op

from servicekit.migrations import append_only, each_tenant, secure_table

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

PROBES_ONLY = "SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off"
AS_OWNER = "SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp"
MOVES = (
    "'{status,approved_by,approved_at,series,serial,number,posted_on,disputed,version,updated_at}'"
    "::text[]"
)

FUNCTIONS = (
    f"""
    CREATE FUNCTION payables_number_payment() RETURNS trigger LANGUAGE plpgsql {AS_OWNER} AS $$
    BEGIN
        NEW.serial := ledger_take_number(NEW.tenant, NEW.company_id, NEW.series);
        NEW.number := NEW.series || '-'
            || lpad(NEW.serial::text, greatest(6, length(NEW.serial::text)), '0');
        RETURN NEW;
    END $$
    """,
    # A draft has no number; posting gives the next one of the series, and nothing follows.
    f"""
    CREATE FUNCTION payables_guard_bill() RETURNS trigger LANGUAGE plpgsql {AS_OWNER} AS $$
    BEGIN
        IF TG_OP = 'INSERT' THEN
            IF NEW.status <> 'draft' OR NEW.approved_by IS NOT NULL THEN
                RAISE EXCEPTION 'a bill begins as a draft' USING ERRCODE = 'restrict_violation';
            END IF;
            RETURN NEW;
        END IF;
        IF (to_jsonb(NEW) - {MOVES}) <> (to_jsonb(OLD) - {MOVES})
           OR OLD.status IN ('posted', 'rejected')
              AND (to_jsonb(NEW) - '{{disputed,version,updated_at}}'::text[])
                  <> (to_jsonb(OLD) - '{{disputed,version,updated_at}}'::text[]) THEN
            RAISE EXCEPTION 'bill % is not altered', coalesce(OLD.number, OLD.id::text)
                USING ERRCODE = 'restrict_violation';
        END IF;
        IF NEW.status <> OLD.status AND (OLD.status, NEW.status) NOT IN (
               ('draft', 'approved'), ('draft', 'rejected'),
               ('approved', 'rejected'), ('approved', 'posted'))
           OR (NEW.approved_by, NEW.approved_at) IS DISTINCT FROM (OLD.approved_by, OLD.approved_at)
              AND (OLD.status, NEW.status) <> ('draft', 'approved') THEN
            RAISE EXCEPTION 'a bill is approved from a draft, and posted when it is approved'
                USING ERRCODE = 'restrict_violation';
        END IF;
        IF NEW.status = 'posted' AND OLD.status = 'approved' THEN
            NEW.serial := ledger_take_number(NEW.tenant, NEW.company_id, NEW.series);
            NEW.number := NEW.series || '-'
                || lpad(NEW.serial::text, greatest(6, length(NEW.serial::text)), '0');
        END IF;
        RETURN NEW;
    END $$
    """,
    """
    CREATE FUNCTION payables_guard_bank_details() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
        kept CONSTANT text[] := '{status,decided_by,decided_at}';
    BEGIN
        IF TG_OP = 'INSERT' AND NEW.status <> 'waiting' OR TG_OP = 'UPDATE' AND (
               OLD.status <> 'waiting' OR (to_jsonb(NEW) - kept) <> (to_jsonb(OLD) - kept)) THEN
            RAISE EXCEPTION 'bank details are entered anew, and decided on once'
                USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN NEW;
    END $$
    """,
    """
    CREATE FUNCTION payables_guard_item() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF pg_trigger_depth() < 2
           OR (to_jsonb(NEW) - 'open_amount') <> (to_jsonb(OLD) - 'open_amount') THEN
            RAISE EXCEPTION 'what is open on item % changes only by a matching', OLD.id
                USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN NEW;
    END $$
    """,
    f"""
    CREATE FUNCTION payables_match() RETURNS trigger LANGUAGE plpgsql {PROBES_ONLY} AS $$
    DECLARE
        debit payables_open_item;
        credit payables_open_item;
        undone payables_matching;
        sign integer := -1;
    BEGIN
        -- In one order, so that two matchings of the same items do not wait for each other.
        PERFORM FROM payables_open_item
        WHERE tenant = NEW.tenant AND id IN (NEW.debit_item_id, NEW.credit_item_id)
        ORDER BY id FOR UPDATE;
        SELECT * INTO debit FROM payables_open_item
        WHERE tenant = NEW.tenant AND id = NEW.debit_item_id;
        SELECT * INTO credit FROM payables_open_item
        WHERE tenant = NEW.tenant AND id = NEW.credit_item_id;
        IF debit.side IS DISTINCT FROM 'debit' OR credit.side IS DISTINCT FROM 'credit'
           OR (debit.supplier_id, debit.currency)
              IS DISTINCT FROM (credit.supplier_id, credit.currency) THEN
            RAISE EXCEPTION 'a matching settles a bill of the same supplier and currency'
                USING ERRCODE = 'foreign_key_violation';
        END IF;
        IF NEW.matched_on < greatest(debit.posted_on, credit.posted_on) THEN
            RAISE EXCEPTION 'a matching counts from the day on which both of its items do'
                USING ERRCODE = 'restrict_violation';
        END IF;
        NEW.company_id := debit.company_id;
        NEW.supplier_id := debit.supplier_id;
        IF NEW.undoes IS NOT NULL THEN
            SELECT * INTO undone FROM payables_matching
            WHERE tenant = NEW.tenant AND id = NEW.undoes;
            IF undone.id IS NULL OR undone.undoes IS NOT NULL
               OR (undone.debit_item_id, undone.credit_item_id, undone.amount)
                  <> (NEW.debit_item_id, NEW.credit_item_id, NEW.amount)
               OR NEW.matched_on < undone.matched_on THEN
                RAISE EXCEPTION 'an undoing takes back the whole of one matching, not before it'
                    USING ERRCODE = 'restrict_violation';
            END IF;
            sign := 1;
        END IF;
        UPDATE payables_open_item SET open_amount = open_amount + sign * NEW.amount
        WHERE tenant = NEW.tenant AND id IN (NEW.debit_item_id, NEW.credit_item_id);
        RETURN NEW;
    END $$
    """,
    # At commit: lines and taxes of a bill sum to it, and so do the items of what is posted.
    f"""
    CREATE FUNCTION payables_prove_document() RETURNS trigger LANGUAGE plpgsql {PROBES_ONLY} AS $$
    DECLARE
        of_document uuid := CASE TG_TABLE_NAME
            WHEN 'payables_open_item' THEN (to_jsonb(NEW) ->> 'document_id')::uuid
            WHEN 'payables_bill_line' THEN (to_jsonb(NEW) ->> 'bill_id')::uuid
            WHEN 'payables_bill_tax' THEN (to_jsonb(NEW) ->> 'bill_id')::uuid
            ELSE (to_jsonb(NEW) ->> 'id')::uuid END;
        bill payables_bill;
        wanted numeric;
    BEGIN
        SELECT * INTO bill FROM payables_bill WHERE tenant = NEW.tenant AND id = of_document;
        IF FOUND THEN
            IF bill.net IS DISTINCT FROM (
                   SELECT sum(net_amount) FROM payables_bill_line
                   WHERE tenant = NEW.tenant AND bill_id = of_document)
               OR (bill.net, bill.tax) IS DISTINCT FROM (
                   SELECT (sum(base), sum(tax)) FROM payables_bill_tax
                   WHERE tenant = NEW.tenant AND bill_id = of_document) THEN
                RAISE EXCEPTION 'lines and taxes of bill % do not sum to it', of_document
                    USING ERRCODE = 'check_violation', CONSTRAINT = 'payables_bill_ties';
            END IF;
            wanted := CASE WHEN bill.status = 'posted' THEN bill.gross ELSE 0 END;
        ELSE
            SELECT amount + discount INTO wanted FROM payables_payment
            WHERE tenant = NEW.tenant AND id = of_document;
        END IF;
        IF wanted IS DISTINCT FROM (
               SELECT coalesce(sum(amount), 0) FROM payables_open_item
               WHERE tenant = NEW.tenant AND document_id = of_document) THEN
            RAISE EXCEPTION 'the open items of document % are not the document', of_document
                USING ERRCODE = 'check_violation', CONSTRAINT = 'payables_items_prove';
        END IF;
        RETURN NULL;
    END $$
    """,
    # Another supplier's, another currency's or another kind's item would sum all the same.
    f"""
    CREATE FUNCTION payables_check_item() RETURNS trigger LANGUAGE plpgsql {PROBES_ONLY} AS $$
    BEGIN
        IF NEW.open_amount <> NEW.amount OR NOT EXISTS (
            SELECT FROM payables_bill b
            WHERE b.tenant = NEW.tenant AND b.id = NEW.document_id AND b.kind = NEW.document_kind
              AND b.status = 'posted' AND b.posted_on = NEW.posted_on
              AND (b.company_id, b.supplier_id, b.currency)
                  = (NEW.company_id, NEW.supplier_id, NEW.currency)
            UNION ALL
            SELECT FROM payables_payment p
            WHERE p.tenant = NEW.tenant AND p.id = NEW.document_id AND p.posted_on = NEW.posted_on
              AND (p.company_id, p.supplier_id, p.currency)
                  = (NEW.company_id, NEW.supplier_id, NEW.currency)
              AND NEW.amount = CASE NEW.document_kind WHEN 'payment' THEN p.amount
                                                      WHEN 'discount' THEN p.discount END) THEN
            RAISE EXCEPTION 'open item % is not of its document', NEW.id
                USING ERRCODE = 'check_violation', CONSTRAINT = 'payables_items_prove';
        END IF;
        RETURN NEW;
    END $$
    """,
)

TRIGGERS = (
    ("payables_payment", "payment_is_numbered", "BEFORE INSERT", "payables_number_payment"),
    ("payables_bill", "bill_is_guarded", "BEFORE INSERT OR UPDATE", "payables_guard_bill"),
    (
        "payables_bank_details",
        "decided_once",
        "BEFORE INSERT OR UPDATE",
        "payables_guard_bank_details",
    ),
    ("payables_open_item", "item_is_posted", "BEFORE UPDATE", "payables_guard_item"),
    ("payables_open_item", "item_is_its_documents", "BEFORE INSERT", "payables_check_item"),
    ("payables_matching", "matching_settles", "BEFORE INSERT", "payables_match"),
)
PROVED = (
    ("payables_bill", "INSERT OR UPDATE"),
    ("payables_bill_line", "INSERT"),
    ("payables_bill_tax", "INSERT"),
    ("payables_payment", "INSERT"),
    ("payables_open_item", "INSERT"),
)
NEVER_REMOVED = ("payables_bill", "payables_bank_details", "payables_open_item")
APPEND_ONLY = ("payables_bill_line", "payables_bill_tax", "payables_payment", "payables_matching")
ACCOUNTS = (
    """
    UPDATE ledger_account a SET role = 'payables', control = true
    WHERE a.code = '2000' AND a.kind = 'liability' AND a.role IS NULL AND NOT EXISTS (
        SELECT FROM ledger_line l WHERE l.tenant = a.tenant AND l.account_id = a.id)
    """,
    """
    INSERT INTO ledger_account (tenant, id, company_id, code, name, kind, role, control)
    SELECT c.tenant, gen_random_uuid(), c.id, a.code, a.name, a.kind, a.role, a.role = 'payables'
    FROM ledger_company c
    CROSS JOIN (VALUES
        ('2010', 'Suppliers', 'liability', 'payables'),
        ('1400', 'Input tax', 'asset', 'input-tax'),
        ('5200', 'Discounts received', 'income', 'discount-received')) AS a (code, name, kind, role)
    WHERE NOT EXISTS (
        SELECT FROM ledger_account k WHERE k.tenant = c.tenant AND k.company_id = c.id
          AND (k.code = a.code OR k.role = a.role))
    """,
)


def upgrade() -> None:
    _create_tables()
    secure_table(
        op,
        "payables_supplier",
        "payables_approval_limit",
        *NEVER_REMOVED,
        *APPEND_ONLY,
    )
    append_only(op, *APPEND_ONLY)
    for _ in each_tenant(op):
        for statement in ACCOUNTS:
            op.execute(statement)
    for function in FUNCTIONS:
        op.execute(function)
    for table, name, event, function in TRIGGERS:
        op.execute(
            f"CREATE TRIGGER {name} {event} ON {table} FOR EACH ROW EXECUTE FUNCTION {function}()"
        )
        op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}")
    for table, event in PROVED:
        op.execute(
            f"CREATE CONSTRAINT TRIGGER document_is_proved AFTER {event} ON {table} "
            "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION payables_prove_document()"
        )
        op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER document_is_proved")
    for table in NEVER_REMOVED:
        op.execute(
            f"CREATE TRIGGER never_removed BEFORE DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION platform_refuse_change()"
        )
        op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER never_removed")
        op.execute(f"REVOKE DELETE ON {table} FROM erp_app")


def _create_tables() -> None:
    op.create_table(
        "payables_supplier",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("country", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("vat_number", sa.Text(), nullable=True),
        sa.Column("payment_terms_days", sa.SmallInteger(), nullable=False),
        sa.Column("discount_days", sa.SmallInteger(), nullable=True),
        sa.Column("discount_rate", sa.Numeric(precision=9, scale=6), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint(
            (
                "(discount_days IS NULL) = (discount_rate IS NULL) AND "
                "discount_days BETWEEN 0 AND payment_terms_days AND discount_rate > "
                "0 AND discount_rate < 1"
            ),
            name=op.f("ck_payables_supplier_discount"),
        ),
        sa.CheckConstraint(
            "payment_terms_days BETWEEN 0 AND 365",
            name=op.f("ck_payables_supplier_payment_terms_days"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant", "company_id"],
            ["ledger_company.tenant", "ledger_company.id"],
            name=op.f("fk_payables_supplier_tenant_company_id"),
        ),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_payables_supplier")),
        sa.UniqueConstraint(
            "tenant",
            "company_id",
            "number",
            name=op.f("uq_payables_supplier_tenant_company_id_number"),
        ),
    )
    op.create_table(
        "payables_bank_details",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("supplier_id", sa.Uuid(), nullable=False),
        sa.Column("iban", sa.Text(), nullable=False),
        sa.Column("bic", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("entered_by", sa.Text(), nullable=False),
        sa.Column("entered_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("decided_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.CheckConstraint(
            (
                "(status = 'waiting') = (decided_by IS NULL) AND (decided_by IS "
                "NULL) = (decided_at IS NULL)"
            ),
            name=op.f("ck_payables_bank_details_decided"),
        ),
        sa.CheckConstraint(
            "status <> 'approved' OR decided_by <> entered_by",
            name=op.f("ck_payables_bank_details_four_eyes"),
        ),
        sa.CheckConstraint(
            "status IN ('waiting', 'approved', 'rejected')",
            name=op.f("ck_payables_bank_details_status"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant", "supplier_id"],
            ["payables_supplier.tenant", "payables_supplier.id"],
            name=op.f("fk_payables_bank_details_tenant_supplier_id"),
        ),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_payables_bank_details")),
    )
    op.create_index(
        "ix_payables_bank_details_supplier_id",
        "payables_bank_details",
        ["tenant", "supplier_id", "id"],
        unique=False,
    )
    op.create_index(
        "uq_payables_bank_details_waiting",
        "payables_bank_details",
        ["tenant", "supplier_id"],
        unique=True,
        postgresql_where=sa.text("status = 'waiting'"),
    )
    op.create_table(
        "payables_approval_limit",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("amount", sa.Numeric(precision=20, scale=4), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint(
            (
                "amount >= 0 AND (amount IS NULL OR (amount = round(amount, "
                "currency_minor_units(currency))) IS TRUE)"
            ),
            name=op.f("ck_payables_approval_limit_amount"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant", "company_id"],
            ["ledger_company.tenant", "ledger_company.id"],
            name=op.f("fk_payables_approval_limit_tenant_company_id"),
        ),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_payables_approval_limit")),
        sa.UniqueConstraint(
            "tenant",
            "company_id",
            "role",
            "currency",
            name=op.f("uq_payables_approval_limit_tenant_company_id_role_currency"),
        ),
    )
    op.create_table(
        "payables_bill",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("supplier_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("supplier_reference", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("series", sa.Text(), nullable=True),
        sa.Column("serial", sa.BigInteger(), nullable=True),
        sa.Column("number", sa.Text(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("posted_on", sa.Date(), nullable=True),
        sa.Column("discount_on", sa.Date(), nullable=True),
        sa.Column("discount_rate", sa.Numeric(precision=9, scale=6), nullable=True),
        sa.Column("payment_reference", sa.Text(), nullable=True),
        sa.Column("disputed", sa.Boolean(), nullable=False),
        sa.Column("net", sa.Numeric(precision=20, scale=4), nullable=False),
        sa.Column("tax", sa.Numeric(precision=20, scale=4), nullable=False),
        sa.Column("gross", sa.Numeric(precision=20, scale=4), nullable=False),
        sa.Column("entered_by", sa.Text(), nullable=False),
        sa.Column("approved_by", sa.Text(), nullable=True),
        sa.Column("approved_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("source_sha256", sa.Text(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint(
            (
                "(approved_by IS NULL) = (approved_at IS NULL) AND (status NOT IN "
                "('approved', 'posted') OR approved_by IS NOT NULL)"
            ),
            name=op.f("ck_payables_bill_approved"),
        ),
        sa.CheckConstraint(
            (
                "(status = 'posted') = (serial IS NOT NULL) AND (serial IS NULL) = "
                "(number IS NULL) AND (serial IS NULL) = (series IS NULL) AND "
                "(serial IS NULL) = (posted_on IS NULL)"
            ),
            name=op.f("ck_payables_bill_posted"),
        ),
        sa.CheckConstraint("kind IN ('bill', 'credit-note')", name=op.f("ck_payables_bill_kind")),
        sa.CheckConstraint(
            "status IN ('draft', 'approved', 'posted', 'rejected')",
            name=op.f("ck_payables_bill_status"),
        ),
        sa.CheckConstraint(
            (
                "(discount_on IS NULL) = (discount_rate IS NULL) AND discount_rate "
                "> 0 AND discount_rate < 1"
            ),
            name=op.f("ck_payables_bill_discount"),
        ),
        sa.CheckConstraint(
            (
                "(net = round(net, currency_minor_units(currency))) IS TRUE AND "
                "(tax = round(tax, currency_minor_units(currency))) IS TRUE"
            ),
            name=op.f("ck_payables_bill_minor_units"),
        ),
        sa.CheckConstraint("approved_by <> entered_by", name=op.f("ck_payables_bill_four_eyes")),
        sa.CheckConstraint("gross = net + tax AND gross > 0", name=op.f("ck_payables_bill_totals")),
        sa.ForeignKeyConstraint(
            ["tenant", "supplier_id"],
            ["payables_supplier.tenant", "payables_supplier.id"],
            name=op.f("fk_payables_bill_tenant_supplier_id"),
        ),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_payables_bill")),
        sa.UniqueConstraint(
            "tenant",
            "company_id",
            "series",
            "serial",
            name=op.f("uq_payables_bill_tenant_company_id_series_serial"),
        ),
    )
    op.create_index(
        "ix_payables_bill_company_id",
        "payables_bill",
        ["tenant", "company_id", "issued_on"],
        unique=False,
    )
    op.create_index(
        "ix_payables_bill_supplier_id",
        "payables_bill",
        ["tenant", "supplier_id", "issued_on"],
        unique=False,
    )
    op.create_index(
        "uq_payables_bill_supplier_reference",
        "payables_bill",
        ["tenant", "supplier_id", "kind", "supplier_reference"],
        unique=True,
        postgresql_where=sa.text("status <> 'rejected'"),
    )
    op.create_table(
        "payables_bill_line",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("bill_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("net_amount", sa.Numeric(precision=20, scale=4), nullable=False),
        sa.Column("tax_category", sa.Text(), nullable=False),
        sa.Column("tax_rate", sa.Numeric(precision=9, scale=6), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("item_id", sa.Uuid(), nullable=True),
        sa.Column("quantity", sa.Numeric(precision=24, scale=10), nullable=True),
        sa.Column("cost_center", sa.Text(), nullable=True),
        sa.Column("project", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(account_id IS NULL) <> (item_id IS NULL)", name=op.f("ck_payables_bill_line_booked")
        ),
        sa.CheckConstraint("net_amount <> 0", name=op.f("ck_payables_bill_line_net_amount")),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_payables_bill_line_quantity")),
        sa.ForeignKeyConstraint(
            ["tenant", "bill_id"],
            ["payables_bill.tenant", "payables_bill.id"],
            name=op.f("fk_payables_bill_line_tenant_bill_id"),
        ),
        sa.PrimaryKeyConstraint(
            "tenant", "bill_id", "position", name=op.f("pk_payables_bill_line")
        ),
    )
    op.create_table(
        "payables_bill_tax",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("bill_id", sa.Uuid(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("rate", sa.Numeric(precision=9, scale=6), nullable=False),
        sa.Column("base", sa.Numeric(precision=20, scale=4), nullable=False),
        sa.Column("tax", sa.Numeric(precision=20, scale=4), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant", "bill_id"],
            ["payables_bill.tenant", "payables_bill.id"],
            name=op.f("fk_payables_bill_tax_tenant_bill_id"),
        ),
        sa.PrimaryKeyConstraint(
            "tenant", "bill_id", "category", "rate", name=op.f("pk_payables_bill_tax")
        ),
    )
    op.create_table(
        "payables_payment",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("supplier_id", sa.Uuid(), nullable=False),
        sa.Column("proposal_id", sa.Uuid(), nullable=True),
        sa.Column("series", sa.Text(), nullable=False),
        sa.Column("serial", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("amount", sa.Numeric(precision=20, scale=4), nullable=False),
        sa.Column("discount", sa.Numeric(precision=20, scale=4), nullable=False),
        sa.Column("discount_tax", sa.Numeric(precision=20, scale=4), nullable=False),
        sa.Column("paid_on", sa.Date(), nullable=False),
        sa.Column("posted_on", sa.Date(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=True),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint(
            (
                "(amount = round(amount, currency_minor_units(currency))) IS TRUE "
                "AND (discount = round(discount, currency_minor_units(currency))) "
                "IS TRUE AND (discount_tax = round(discount_tax, "
                "currency_minor_units(currency))) IS TRUE"
            ),
            name=op.f("ck_payables_payment_minor_units"),
        ),
        sa.CheckConstraint(
            ("amount > 0 AND discount >= 0 AND discount_tax >= 0 AND discount_tax <= discount"),
            name=op.f("ck_payables_payment_amount"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant", "supplier_id"],
            ["payables_supplier.tenant", "payables_supplier.id"],
            name=op.f("fk_payables_payment_tenant_supplier_id"),
        ),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_payables_payment")),
        sa.UniqueConstraint(
            "tenant",
            "company_id",
            "series",
            "serial",
            name=op.f("uq_payables_payment_tenant_company_id_series_serial"),
        ),
    )
    op.create_index(
        "ix_payables_payment_proposal_id",
        "payables_payment",
        ["tenant", "proposal_id"],
        unique=False,
    )
    op.create_index(
        "ix_payables_payment_supplier_id",
        "payables_payment",
        ["tenant", "supplier_id", "paid_on"],
        unique=False,
    )
    op.create_table(
        "payables_open_item",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("supplier_id", sa.Uuid(), nullable=False),
        sa.Column("document_kind", sa.Text(), nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("side", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("amount", sa.Numeric(precision=20, scale=4), nullable=False),
        sa.Column("open_amount", sa.Numeric(precision=20, scale=4), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("posted_on", sa.Date(), nullable=False),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(due_on IS NOT NULL) = (side = 'credit')", name=op.f("ck_payables_open_item_due_on")
        ),
        sa.CheckConstraint(
            (
                "side = 'credit' AND document_kind = 'bill' OR side = 'debit' AND "
                "document_kind IN ('credit-note', 'payment', 'discount')"
            ),
            name=op.f("ck_payables_open_item_side"),
        ),
        sa.CheckConstraint(
            (
                "amount > 0 AND (amount = round(amount, "
                "currency_minor_units(currency))) IS TRUE AND (open_amount = "
                "round(open_amount, currency_minor_units(currency))) IS TRUE"
            ),
            name=op.f("ck_payables_open_item_amount"),
        ),
        sa.CheckConstraint(
            "open_amount >= 0 AND open_amount <= amount",
            name=op.f("ck_payables_open_item_open_amount"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant", "supplier_id"],
            ["payables_supplier.tenant", "payables_supplier.id"],
            name=op.f("fk_payables_open_item_tenant_supplier_id"),
        ),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_payables_open_item")),
        sa.UniqueConstraint(
            "tenant",
            "document_id",
            "document_kind",
            name=op.f("uq_payables_open_item_tenant_document_id_document_kind"),
        ),
    )
    op.create_index(
        "ix_payables_open_item_open",
        "payables_open_item",
        ["tenant", "company_id", "due_on"],
        unique=False,
        postgresql_where=sa.text("open_amount > 0"),
    )
    op.create_index(
        "ix_payables_open_item_supplier_id",
        "payables_open_item",
        ["tenant", "supplier_id", "posted_on"],
        unique=False,
    )
    op.create_table(
        "payables_matching",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("supplier_id", sa.Uuid(), nullable=False),
        sa.Column("credit_item_id", sa.Uuid(), nullable=False),
        sa.Column("debit_item_id", sa.Uuid(), nullable=False),
        sa.Column("amount", sa.Numeric(precision=20, scale=4), nullable=False),
        sa.Column("matched_on", sa.Date(), nullable=False),
        sa.Column("undoes", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_payables_matching_amount")),
        sa.ForeignKeyConstraint(
            ["tenant", "credit_item_id"],
            ["payables_open_item.tenant", "payables_open_item.id"],
            name=op.f("fk_payables_matching_tenant_credit_item_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant", "debit_item_id"],
            ["payables_open_item.tenant", "payables_open_item.id"],
            name=op.f("fk_payables_matching_tenant_debit_item_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant", "undoes"],
            ["payables_matching.tenant", "payables_matching.id"],
            name=op.f("fk_payables_matching_tenant_undoes"),
        ),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_payables_matching")),
        sa.UniqueConstraint("tenant", "undoes", name=op.f("uq_payables_matching_tenant_undoes")),
    )
    op.create_index(
        "ix_payables_matching_credit_item_id",
        "payables_matching",
        ["tenant", "credit_item_id"],
        unique=False,
    )
    op.create_index(
        "ix_payables_matching_debit_item_id",
        "payables_matching",
        ["tenant", "debit_item_id"],
        unique=False,
    )
    op.create_index(
        "ix_payables_matching_matched_on",
        "payables_matching",
        ["tenant", "company_id", "matched_on"],
        unique=False,
    )
