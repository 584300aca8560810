"""Whatever is owed or credited is an open item, and matchings settle one with another.

Invoices and payments that are there already get theirs, and allocations become matchings under
the id that they had. A matching is taken back by its opposite (`undoes`); nothing is altered.
"""

import sqlalchemy as sa
from alembic import op

from servicekit.migrations import append_only, each_tenant, secure_table

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

PROBES_ONLY = "SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off"
KEPT = "'{open_amount,base_open,overdue_since}'::text[]"

FUNCTIONS = (
    f"""
    CREATE FUNCTION receivables_guard_item() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF (to_jsonb(NEW) - {KEPT}) <> (to_jsonb(OLD) - {KEPT}) THEN
            RAISE EXCEPTION 'open item % is posted: it is not altered', OLD.id
                USING ERRCODE = 'restrict_violation';
        END IF;
        IF pg_trigger_depth() < 2 AND NEW.open_amount <> OLD.open_amount THEN
            RAISE EXCEPTION 'what is open on item % changes only by a matching', OLD.id
                USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN NEW;
    END $$
    """,
    # What documents show of their items follows them.
    f"""
    CREATE FUNCTION receivables_tell_documents(
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
    END $$
    """,
    f"""
    CREATE FUNCTION receivables_match() RETURNS trigger LANGUAGE plpgsql {PROBES_ONLY} AS $$
    DECLARE
        debit receivables_open_item;
        credit receivables_open_item;
        undone receivables_matching;
        sign integer := -1;
    BEGIN
        -- In one order, so that two matchings of the same items do not wait for each other.
        PERFORM FROM receivables_open_item
        WHERE tenant = NEW.tenant AND id IN (NEW.debit_item_id, NEW.credit_item_id)
        ORDER BY id FOR UPDATE;
        SELECT * INTO debit FROM receivables_open_item
        WHERE tenant = NEW.tenant AND id = NEW.debit_item_id;
        SELECT * INTO credit FROM receivables_open_item
        WHERE tenant = NEW.tenant AND id = NEW.credit_item_id;
        IF debit.side IS DISTINCT FROM 'debit' OR credit.side IS DISTINCT FROM 'credit'
           OR (debit.account_id, debit.currency)
              IS DISTINCT FROM (credit.account_id, credit.currency) THEN
            RAISE EXCEPTION 'a matching settles a debit with a credit of its own account'
                USING ERRCODE = 'foreign_key_violation';
        END IF;
        IF NEW.matched_on < greatest(debit.posted_on, credit.posted_on) THEN
            RAISE EXCEPTION 'a matching counts from the day on which both of its items do'
                USING ERRCODE = 'restrict_violation';
        END IF;
        NEW.company_id := debit.company_id;
        NEW.account_id := debit.account_id;
        IF NEW.undoes IS NULL THEN
            -- The last part takes what is left, so that parts sum to the whole.
            NEW.debit_base := CASE WHEN NEW.amount = debit.open_amount THEN debit.base_open
                WHEN debit.open_amount > 0 THEN round(
                    debit.base_open * NEW.amount / debit.open_amount,
                    currency_minor_units(debit.base_currency)) END;
            NEW.credit_base := CASE WHEN NEW.amount = credit.open_amount THEN credit.base_open
                WHEN credit.open_amount > 0 THEN round(
                    credit.base_open * NEW.amount / credit.open_amount,
                    currency_minor_units(credit.base_currency)) END;
        ELSE
            SELECT * INTO undone FROM receivables_matching
            WHERE tenant = NEW.tenant AND id = NEW.undoes;
            IF undone.id IS NULL OR undone.undoes IS NOT NULL
               OR (undone.debit_item_id, undone.credit_item_id, undone.amount)
                  <> (NEW.debit_item_id, NEW.credit_item_id, NEW.amount)
               OR NEW.matched_on < undone.matched_on THEN
                RAISE EXCEPTION 'an undoing takes back the whole of one matching, not before it'
                    USING ERRCODE = 'restrict_violation';
            END IF;
            NEW.debit_base := undone.debit_base;
            NEW.credit_base := undone.credit_base;
            sign := 1;
        END IF;
        UPDATE receivables_open_item
        SET open_amount = open_amount + sign * NEW.amount,
            base_open = base_open + sign * CASE side WHEN 'debit' THEN NEW.debit_base
                                                     ELSE NEW.credit_base END
        WHERE tenant = NEW.tenant AND id IN (NEW.debit_item_id, NEW.credit_item_id);
        PERFORM receivables_tell_documents(
            NEW.tenant, debit.document_id, credit.document_id,
            CASE WHEN NEW.undoes IS NULL THEN NEW.matched_on END);
        RETURN NEW;
    END $$
    """,
    f"""
    CREATE FUNCTION receivables_document_amount(of_tenant text, of_document uuid)
    RETURNS TABLE (account_id uuid, currency text, amount numeric) LANGUAGE plpgsql
    {PROBES_ONLY} AS $$
    BEGIN
        RETURN QUERY
        SELECT i.account_id, i.currency, i.gross FROM receivables_invoice i
        WHERE i.tenant = of_tenant AND i.id = of_document
        UNION ALL
        SELECT p.account_id, p.currency, p.amount FROM receivables_payment p
        WHERE p.tenant = of_tenant AND p.id = of_document;
    END $$
    """,
    # At commit, for documents and for items: neither is there without the other.
    f"""
    CREATE FUNCTION receivables_prove_items() RETURNS trigger LANGUAGE plpgsql
    {PROBES_ONLY} AS $$
    DECLARE
        of_document uuid := CASE WHEN TG_TABLE_NAME = 'receivables_open_item'
            THEN (to_jsonb(NEW) ->> 'document_id')::uuid ELSE NEW.id END;
        offender uuid;
    BEGIN
        SELECT of_document INTO offender
        FROM (SELECT sum(o.amount) AS amount, count(DISTINCT (o.account_id, o.currency)) AS kinds,
                     min(o.account_id::text) AS account_id, min(o.currency) AS currency
              FROM receivables_open_item o
              WHERE o.tenant = NEW.tenant AND o.document_id = of_document) AS item
        LEFT JOIN receivables_document_amount(NEW.tenant, of_document) AS d ON true
        WHERE d.amount IS DISTINCT FROM coalesce(item.amount, 0)
           OR (d.amount > 0 AND (item.kinds <> 1 OR item.account_id <> d.account_id::text
               OR item.currency <> d.currency));
        IF FOUND THEN
            RAISE EXCEPTION 'the open items of document % are not the document', offender
                USING ERRCODE = 'check_violation', CONSTRAINT = 'receivables_items_prove';
        END IF;
        RETURN NULL;
    END $$
    """,
)

BACKFILL = (
    """
    INSERT INTO receivables_open_item (
        tenant, id, company_id, account_id, document_kind, document_id, instalment, side, currency,
        amount, open_amount, due_on, posted_on, base_currency, base_amount, base_open,
        overdue_since, created_at)
    SELECT d.tenant, gen_random_uuid(), d.company_id, d.account_id, d.kind, d.id, 1, d.side,
           d.currency, d.amount, d.open, d.due_on, d.day, c.base_currency,
           CASE WHEN c.base_currency = d.currency THEN d.amount END,
           CASE WHEN c.base_currency = d.currency THEN d.open END, d.overdue_since, d.created_at
    FROM (
        SELECT tenant, id, company_id, account_id, 'invoice' AS kind, 'debit' AS side, currency,
               gross AS amount, open_amount AS open, due_on, issued_on AS day, overdue_since,
               created_at
        FROM receivables_invoice WHERE gross > 0
        UNION ALL
        SELECT tenant, id, company_id, account_id, 'payment', 'credit', currency, amount,
               unallocated, NULL, received_on, NULL, created_at
        FROM receivables_payment
    ) AS d
    JOIN ledger_company c ON c.tenant = d.tenant AND c.id = d.company_id
    """,
    """
    INSERT INTO receivables_matching (
        tenant, id, company_id, account_id, debit_item_id, credit_item_id, amount, debit_base,
        credit_base, matched_on, created_at)
    SELECT a.tenant, a.id, d.company_id, d.account_id, d.id, c.id, a.amount,
           CASE WHEN d.base_currency = d.currency THEN a.amount END,
           CASE WHEN d.base_currency = d.currency THEN a.amount END,
           greatest(a.allocated_on, d.posted_on, c.posted_on), a.created_at
    FROM receivables_allocation a
    JOIN receivables_open_item d ON d.tenant = a.tenant AND d.document_id = a.invoice_id
    JOIN receivables_open_item c ON c.tenant = a.tenant AND c.document_id = a.payment_id
    """,
    # Paid in full is not overdue any more, and says so.
    "UPDATE receivables_open_item SET overdue_since = NULL WHERE open_amount = 0",
)

PROVED = ("receivables_invoice", "receivables_payment", "receivables_open_item")


def upgrade() -> None:
    _create_tables()
    secure_table(op, "receivables_open_item", "receivables_matching")
    for _ in each_tenant(op):
        for statement in BACKFILL:
            op.execute(statement)
    # The check that every item has its day: a constraint may not wait for rows just written.
    op.execute("SET CONSTRAINTS ALL IMMEDIATE")
    for function in FUNCTIONS:
        op.execute(function)
    append_only(op, "receivables_matching")
    for name, definition in (
        (
            "item_is_posted",
            "BEFORE UPDATE ON receivables_open_item FOR EACH ROW "
            "EXECUTE FUNCTION receivables_guard_item()",
        ),
        (
            "never_removed",
            "BEFORE DELETE OR TRUNCATE ON receivables_open_item FOR EACH STATEMENT "
            "EXECUTE FUNCTION platform_refuse_change()",
        ),
    ):
        op.execute(f"CREATE TRIGGER {name} {definition}")
        op.execute(f"ALTER TABLE receivables_open_item ENABLE ALWAYS TRIGGER {name}")
    op.execute("REVOKE DELETE ON receivables_open_item FROM erp_app")
    op.execute(
        "CREATE TRIGGER matching_settles BEFORE INSERT ON receivables_matching FOR EACH ROW "
        "EXECUTE FUNCTION receivables_match()"
    )
    op.execute("ALTER TABLE receivables_matching ENABLE ALWAYS TRIGGER matching_settles")
    for table in PROVED:
        op.execute(
            f"CREATE CONSTRAINT TRIGGER items_are_the_document AFTER INSERT ON {table} "
            "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION receivables_prove_items()"
        )
        op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER items_are_the_document")
    op.drop_table("receivables_allocation")
    op.execute("DROP FUNCTION receivables_settle()")
    for table in ("receivables_invoice", "receivables_payment"):
        op.add_column(table, sa.Column("posted_on", sa.Date(), nullable=True))
    op.drop_index("ix_receivables_invoice_due", "receivables_invoice")
    op.drop_index("ix_receivables_invoice_open", "receivables_invoice")
    op.drop_index("ix_receivables_payment_unallocated", "receivables_payment")


def _create_tables() -> None:
    op.create_table(
        "receivables_open_item",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("document_kind", sa.Text(), nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("instalment", sa.SmallInteger(), nullable=False),
        sa.Column("side", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("amount", sa.Numeric(precision=20, scale=4), nullable=False),
        sa.Column("open_amount", sa.Numeric(precision=20, scale=4), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("posted_on", sa.Date(), nullable=False),
        sa.Column("base_currency", sa.Text(), nullable=False),
        sa.Column("base_amount", sa.Numeric(precision=20, scale=4), nullable=True),
        sa.Column("base_open", sa.Numeric(precision=20, scale=4), nullable=True),
        sa.Column("overdue_since", sa.Date(), nullable=True),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint(
            "side IN ('debit', 'credit')", name=op.f("ck_receivables_open_item_side")
        ),
        sa.CheckConstraint(
            "(due_on IS NOT NULL) = (side = 'debit')", name=op.f("ck_receivables_open_item_due_on")
        ),
        sa.CheckConstraint(
            "amount > 0 AND (amount = round(amount, currency_minor_units(currency))) IS TRUE "
            "AND (open_amount = round(open_amount, currency_minor_units(currency))) IS TRUE",
            name=op.f("ck_receivables_open_item_amount"),
        ),
        sa.CheckConstraint(
            "open_amount >= 0 AND open_amount <= amount",
            name=op.f("ck_receivables_open_item_open_amount"),
        ),
        sa.CheckConstraint(
            "(base_amount IS NULL) = (base_open IS NULL) AND (open_amount > 0 OR "
            "coalesce(base_open, 0) = 0)",
            name=op.f("ck_receivables_open_item_base"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant", "account_id"],
            ["receivables_account.tenant", "receivables_account.id"],
            name=op.f("fk_receivables_open_item_tenant_account_id"),
        ),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_receivables_open_item")),
        sa.UniqueConstraint(
            "tenant",
            "document_id",
            "instalment",
            name=op.f("uq_receivables_open_item_tenant_document_id_instalment"),
        ),
    )
    op.create_index(
        "ix_receivables_open_item_account",
        "receivables_open_item",
        ["tenant", "account_id", "posted_on"],
        unique=False,
    )
    op.create_index(
        "ix_receivables_open_item_open",
        "receivables_open_item",
        ["tenant", "account_id", "due_on", "id"],
        unique=False,
        postgresql_where=sa.text("open_amount > 0"),
    )
    op.create_index(
        "ix_receivables_open_item_company",
        "receivables_open_item",
        ["tenant", "company_id"],
        unique=False,
        postgresql_where=sa.text("open_amount > 0"),
    )
    op.create_index(
        "ix_receivables_open_item_due",
        "receivables_open_item",
        ["tenant", "due_on"],
        unique=False,
        postgresql_where=sa.text("open_amount > 0 AND overdue_since IS NULL AND side = 'debit'"),
    )
    op.create_table(
        "receivables_matching",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("debit_item_id", sa.Uuid(), nullable=False),
        sa.Column("credit_item_id", sa.Uuid(), nullable=False),
        sa.Column("amount", sa.Numeric(precision=20, scale=4), nullable=False),
        sa.Column("debit_base", sa.Numeric(precision=20, scale=4), nullable=True),
        sa.Column("credit_base", sa.Numeric(precision=20, scale=4), nullable=True),
        sa.Column("matched_on", sa.Date(), nullable=False),
        sa.Column("undoes", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_receivables_matching_amount")),
        sa.ForeignKeyConstraint(
            ["tenant", "debit_item_id"],
            ["receivables_open_item.tenant", "receivables_open_item.id"],
            name=op.f("fk_receivables_matching_tenant_debit_item_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant", "credit_item_id"],
            ["receivables_open_item.tenant", "receivables_open_item.id"],
            name=op.f("fk_receivables_matching_tenant_credit_item_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant", "undoes"],
            ["receivables_matching.tenant", "receivables_matching.id"],
            name=op.f("fk_receivables_matching_tenant_undoes"),
        ),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_receivables_matching")),
        sa.UniqueConstraint("tenant", "undoes", name=op.f("uq_receivables_matching_tenant_undoes")),
    )
    for column in ("debit_item_id", "credit_item_id"):
        op.create_index(
            f"ix_receivables_matching_{column}",
            "receivables_matching",
            ["tenant", column],
            unique=False,
        )
    op.create_index(
        "ix_receivables_matching_matched_on",
        "receivables_matching",
        ["tenant", "company_id", "matched_on"],
        unique=False,
    )
