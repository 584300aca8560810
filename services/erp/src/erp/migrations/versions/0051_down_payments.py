"""Down payments: invoices that are owed back until invoices of their order settle them."""

import sqlalchemy as sa
from alembic import op

revision = "0051"
down_revision = "0050"
branch_labels = None
depends_on = None

PROBES_ONLY = "SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off"
# As before; of a down payment counts too what invoices have settled.
HOLD = f"""
    CREATE OR REPLACE FUNCTION receivables_hold_credit() RETURNS trigger
    LANGUAGE plpgsql {PROBES_ONLY} AS $$
    DECLARE
        of_invoice uuid;
    BEGIN
        IF TG_TABLE_NAME = 'receivables_credit_note_tax' THEN
            SELECT n.invoice_id INTO of_invoice FROM receivables_credit_note n
            WHERE n.tenant = NEW.tenant AND n.id = (to_jsonb(NEW) ->> 'credit_note_id')::uuid;
        ELSE
            SELECT a.about_id INTO of_invoice FROM receivables_adjustment a
            WHERE a.tenant = NEW.tenant AND a.id = (to_jsonb(NEW) ->> 'adjustment_id')::uuid
              AND a.kind = 'down-payment-settlement';
        END IF;
        IF of_invoice IS NULL THEN
            RETURN NULL;
        END IF;
        PERFORM FROM receivables_invoice i
        WHERE i.tenant = NEW.tenant AND i.id = of_invoice FOR UPDATE;
        PERFORM FROM receivables_invoice_tax t
        CROSS JOIN LATERAL (
            SELECT sum(x.base) AS base, sum(x.tax) AS tax FROM (
                SELECT c.base, c.tax
                FROM receivables_credit_note n
                JOIN receivables_credit_note_tax c
                  ON c.tenant = n.tenant AND c.credit_note_id = n.id
                WHERE n.tenant = t.tenant AND n.invoice_id = t.invoice_id
                  AND c.category = t.category
                UNION ALL
                SELECT s.base, s.tax
                FROM receivables_adjustment a
                JOIN receivables_adjustment_tax s
                  ON s.tenant = a.tenant AND s.adjustment_id = a.id
                WHERE a.tenant = t.tenant AND a.about_id = t.invoice_id
                  AND a.kind = 'down-payment-settlement' AND s.category = t.category) AS x
            ) AS credited
        WHERE t.tenant = NEW.tenant AND t.invoice_id = of_invoice AND t.category = NEW.category
          AND credited.base <= t.base AND credited.tax <= t.tax;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'more of % is credited than was invoiced', NEW.category
                USING ERRCODE = 'check_violation', CONSTRAINT = 'receivables_credit_is_held';
        END IF;
        RETURN NULL;
    END $$
"""
# A down payment is settled on an invoice of the order that it is for.
OF_ITS_ORDER = f"""
    CREATE FUNCTION receivables_hold_settlement() RETURNS trigger
    LANGUAGE plpgsql {PROBES_ONLY} AS $$
    BEGIN
        PERFORM FROM receivables_invoice d
        JOIN receivables_invoice i ON i.tenant = d.tenant AND i.id = NEW.settles_id
        WHERE d.tenant = NEW.tenant AND d.id = NEW.about_id
          AND d.prepays_order_id = i.order_id AND d.account_id = i.account_id
          AND NEW.account_id = i.account_id AND NEW.side = 'credit';
        IF NOT FOUND THEN
            RAISE EXCEPTION 'a down payment is settled on an invoice of its order'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'settlement_is_of_its_order';
        END IF;
        RETURN NULL;
    END $$
"""
TRIGGERS = (
    (
        "receivables_adjustment_tax",
        "credit_is_held",
        "AFTER INSERT ON receivables_adjustment_tax "
        "FOR EACH ROW EXECUTE FUNCTION receivables_hold_credit()",
    ),
    (
        "receivables_adjustment",
        "settlement_is_held",
        "AFTER INSERT ON receivables_adjustment FOR EACH ROW "
        "WHEN (NEW.kind = 'down-payment-settlement') "
        "EXECUTE FUNCTION receivables_hold_settlement()",
    ),
)


def upgrade() -> None:
    op.add_column(
        "receivables_invoice",
        sa.Column("kind", sa.Text(), server_default="invoice", nullable=False),
    )
    op.add_column("receivables_invoice", sa.Column("prepays_order_id", sa.Uuid(), nullable=True))
    op.execute(
        "ALTER TABLE receivables_invoice ADD CONSTRAINT ck_receivables_invoice_kind CHECK ("
        "kind IN ('invoice', 'down-payment')"
        " AND (kind = 'down-payment') = (prepays_order_id IS NOT NULL)"
        " AND (prepays_order_id IS NULL OR order_id IS NULL)) NOT VALID"
    )
    op.create_index(
        "ix_receivables_invoice_prepays_order_id",
        "receivables_invoice",
        ["tenant", "prepays_order_id"],
        postgresql_where=sa.text("prepays_order_id IS NOT NULL"),
    )
    op.add_column("receivables_adjustment", sa.Column("settles_id", sa.Uuid(), nullable=True))
    op.execute("ALTER TABLE receivables_adjustment DROP CONSTRAINT ck_receivables_adjustment_kind")
    op.execute(
        "ALTER TABLE receivables_adjustment ADD CONSTRAINT ck_receivables_adjustment_kind CHECK ("
        "kind IN ('write-off', 'discount', 'refund', 'dunning-fee', 'interest',"
        " 'down-payment-settlement')"
        " AND (kind = 'down-payment-settlement') = (settles_id IS NOT NULL)) NOT VALID"
    )
    op.create_index(
        "ix_receivables_adjustment_settles_id",
        "receivables_adjustment",
        ["tenant", "settles_id"],
        postgresql_where=sa.text("settles_id IS NOT NULL"),
    )
    op.add_column(
        "sales_orders_order",
        sa.Column("prepaid", sa.Numeric(20, 4), server_default="0", nullable=False),
    )
    op.execute(
        "ALTER TABLE sales_orders_order ADD CONSTRAINT ck_sales_orders_order_prepaid CHECK ("
        "prepaid >= 0 AND prepaid <= gross AND (prepaid = round(prepaid,"
        " currency_minor_units(currency))) IS TRUE) NOT VALID"
    )
    op.execute(HOLD)
    op.execute(OF_ITS_ORDER)
    for table, name, definition in TRIGGERS:
        op.execute(f"CREATE TRIGGER {name} {definition}")
        op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}")
