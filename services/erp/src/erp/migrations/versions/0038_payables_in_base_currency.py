"""What suppliers are owed is carried in the company's currency too, as customers' items are.

Items of before are carried at what the control account was booked at. Bills in foreign currencies
that were settled before have their shares, but no difference was booked then: it stays on the
control account, and `payables-in-base-currency-equal-the-control-account` names it.
"""

import sqlalchemy as sa
from alembic import op

from servicekit.migrations import each_tenant

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None

PROBES_ONLY = "SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off"
GUARDS = (
    ("payables_open_item", "item_is_posted"),
    ("payables_matching", "append_only"),
)
FUNCTIONS = (
    """
    CREATE OR REPLACE FUNCTION payables_guard_item() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
        kept CONSTANT text[] := '{open_amount,base_open}';
    BEGIN
        IF (to_jsonb(NEW) - kept) <> (to_jsonb(OLD) - kept)
           OR pg_trigger_depth() < 2 AND NEW.open_amount <> OLD.open_amount THEN
            RAISE EXCEPTION 'what is open on item % changes only by a matching', OLD.id
                USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN NEW;
    END $$
    """,
    f"""
    CREATE OR REPLACE FUNCTION payables_match() RETURNS trigger LANGUAGE plpgsql {PROBES_ONLY} AS $$
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
            SELECT * INTO undone FROM payables_matching
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
        UPDATE payables_open_item
        SET open_amount = open_amount + sign * NEW.amount,
            base_open = base_open + sign * CASE side WHEN 'debit' THEN NEW.debit_base
                                                     ELSE NEW.credit_base END
        WHERE tenant = NEW.tenant AND id IN (NEW.debit_item_id, NEW.credit_item_id);
        RETURN NEW;
    END $$
    """,
)
BACKFILL = (
    """
    UPDATE payables_open_item o SET base_currency = c.base_currency
    FROM ledger_company c WHERE c.tenant = o.tenant AND c.id = o.company_id
    """,
    """
    UPDATE payables_open_item SET base_amount = amount, base_open = amount
    WHERE base_currency = currency
    """,
    # A payment and its discount are one line of the control account: the discount is the rest.
    """
    UPDATE payables_open_item o
    SET base_amount = part.base, base_open = part.base
    FROM (
        SELECT i.tenant, i.id,
               CASE WHEN i.document_kind = 'discount' THEN l.base - round(
                        l.base * (l.amount - i.amount) / l.amount,
                        currency_minor_units(i.base_currency))
                    ELSE round(l.base * i.amount / l.amount,
                               currency_minor_units(i.base_currency)) END AS base
        FROM payables_open_item i
        JOIN (
            SELECT e.tenant, e.source_id, abs(sum(l.debit - l.credit)) AS amount,
                   abs(sum(l.base_debit - l.base_credit)) AS base
            FROM ledger_entry e
            JOIN ledger_line l ON l.tenant = e.tenant AND l.entry_id = e.id
            JOIN ledger_account a ON a.tenant = l.tenant AND a.id = l.account_id
            WHERE a.role = 'payables' AND l.base_debit IS NOT NULL
            GROUP BY e.tenant, e.source_id
        ) AS l ON l.tenant = i.tenant AND l.source_id = i.document_id AND l.amount > 0
        WHERE i.base_currency <> i.currency
    ) AS part
    WHERE part.tenant = o.tenant AND part.id = o.id
    """,
    # Each matching takes its share again, in the order in which they came.
    """
    DO $$
    DECLARE
        m record;
        sign integer;
    BEGIN
        UPDATE payables_open_item SET open_amount = amount WHERE open_amount <> amount;
        FOR m IN SELECT * FROM payables_matching
                 WHERE tenant = nullif(current_setting('app.tenant', true), '')
                 ORDER BY created_at, id
        LOOP
            sign := CASE WHEN m.undoes IS NULL THEN -1 ELSE 1 END;
            UPDATE payables_matching AS n SET
                debit_base = CASE WHEN m.undoes IS NOT NULL THEN
                    (SELECT u.debit_base FROM payables_matching u
                      WHERE u.tenant = n.tenant AND u.id = n.undoes)
                    ELSE (SELECT CASE WHEN i.open_amount = n.amount THEN i.base_open
                        ELSE round(i.base_open * n.amount / i.open_amount,
                                   currency_minor_units(i.base_currency)) END
                      FROM payables_open_item i
                      WHERE i.tenant = n.tenant AND i.id = n.debit_item_id) END,
                credit_base = CASE WHEN m.undoes IS NOT NULL THEN
                    (SELECT u.credit_base FROM payables_matching u
                      WHERE u.tenant = n.tenant AND u.id = n.undoes)
                    ELSE (SELECT CASE WHEN i.open_amount = n.amount THEN i.base_open
                        ELSE round(i.base_open * n.amount / i.open_amount,
                                   currency_minor_units(i.base_currency)) END
                      FROM payables_open_item i
                      WHERE i.tenant = n.tenant AND i.id = n.credit_item_id) END
            WHERE n.tenant = m.tenant AND n.id = m.id;
            UPDATE payables_open_item AS i SET
                open_amount = i.open_amount + sign * n.amount,
                base_open = i.base_open + sign * CASE i.side WHEN 'debit' THEN n.debit_base
                                                             ELSE n.credit_base END
            FROM payables_matching n
            WHERE n.tenant = m.tenant AND n.id = m.id AND i.tenant = n.tenant
              AND i.id IN (n.debit_item_id, n.credit_item_id);
        END LOOP;
    END $$
    """,
)


def upgrade() -> None:
    for name, kind in (
        ("base_currency", sa.Text()),
        ("base_amount", sa.Numeric(20, 4)),
        ("base_open", sa.Numeric(20, 4)),
    ):
        op.add_column("payables_open_item", sa.Column(name, kind, nullable=True))
    for name in ("debit_base", "credit_base"):
        op.add_column("payables_matching", sa.Column(name, sa.Numeric(20, 4), nullable=True))
    op.add_column("payables_payment", sa.Column("paid_amount", sa.Numeric(20, 4), nullable=True))
    op.add_column("payables_payment", sa.Column("paid_currency", sa.Text(), nullable=True))
    for table, trigger in GUARDS:
        op.execute(f"ALTER TABLE {table} DISABLE TRIGGER {trigger}")
    for _ in each_tenant(op):
        for statement in BACKFILL:
            op.execute(statement)
    for table, trigger in GUARDS:
        op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {trigger}")
    for function in FUNCTIONS:
        op.execute(function)
    for table, name, rule in (
        (
            "payables_open_item",
            "base",
            "(base_amount IS NULL) = (base_open IS NULL)"
            " AND (open_amount > 0 OR coalesce(base_open, 0) = 0)",
        ),
        ("payables_open_item", "base_currency", "base_currency IS NOT NULL"),
        (
            "payables_payment",
            "paid",
            "(paid_amount IS NULL) = (paid_currency IS NULL)"
            " AND (paid_amount IS NULL OR paid_amount > 0 AND paid_currency <> currency"
            " AND (paid_amount = round(paid_amount, currency_minor_units(paid_currency))) IS TRUE)",
        ),
    ):
        op.execute(f"ALTER TABLE {table} ADD CONSTRAINT ck_{table}_{name} CHECK ({rule}) NOT VALID")
