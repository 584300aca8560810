"""Payments to suppliers that come back, and the items that take them back."""

import sqlalchemy as sa
from alembic import op

from servicekit.migrations import append_only, secure_table

revision = "0053"
down_revision = "0052"
branch_labels = None
depends_on = None

PROBES_ONLY = "SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off"
# As before, but a return takes back all of its payment.
PROVE = f"""
    CREATE OR REPLACE FUNCTION payables_prove_document() RETURNS trigger
    LANGUAGE plpgsql {PROBES_ONLY} AS $$
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
            wanted := CASE WHEN bill.status = 'posted'
                           THEN bill.gross - coalesce(bill.withheld, 0) ELSE 0 END;
        ELSE
            SELECT p.amount + p.discount INTO wanted FROM payables_payment p
            WHERE p.tenant = NEW.tenant AND p.id = coalesce((
                SELECT r.payment_id FROM payables_payment_return r
                WHERE r.tenant = NEW.tenant AND r.id = of_document), of_document);
        END IF;
        IF wanted IS DISTINCT FROM (
               SELECT coalesce(sum(amount), 0) FROM payables_open_item
               WHERE tenant = NEW.tenant AND document_id = of_document) THEN
            RAISE EXCEPTION 'the open items of document % are not the document', of_document
                USING ERRCODE = 'check_violation', CONSTRAINT = 'payables_items_prove';
        END IF;
        RETURN NULL;
    END $$
"""
# As before; what takes a payment back takes back each of its items, at what that was carried at.
CHECK_ITEM = f"""
    CREATE OR REPLACE FUNCTION payables_check_item() RETURNS trigger
    LANGUAGE plpgsql {PROBES_ONLY} AS $$
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
                                                      WHEN 'discount' THEN p.discount END
            UNION ALL
            SELECT FROM payables_payment_return r
            JOIN payables_open_item o ON o.tenant = r.tenant AND o.document_id = r.payment_id
            WHERE r.tenant = NEW.tenant AND r.id = NEW.document_id
              AND r.posted_on = NEW.posted_on AND NEW.document_kind = o.document_kind || '-return'
              AND (o.company_id, o.supplier_id, o.currency, o.amount)
                  = (NEW.company_id, NEW.supplier_id, NEW.currency, NEW.amount)
              AND o.base_amount IS NOT DISTINCT FROM NEW.base_amount) THEN
            RAISE EXCEPTION 'open item % is not of its document', NEW.id
                USING ERRCODE = 'check_violation', CONSTRAINT = 'payables_items_prove';
        END IF;
        RETURN NEW;
    END $$
"""


def upgrade() -> None:
    op.create_table(
        "payables_payment_return",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("supplier_id", sa.Uuid(), nullable=False),
        sa.Column("payment_id", sa.Uuid(), nullable=False),
        sa.Column("series", sa.Text(), nullable=False),
        sa.Column("serial", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("returned_on", sa.Date(), nullable=False),
        sa.Column("posted_on", sa.Date(), nullable=False),
        sa.Column("reason_code", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_payables_payment_return")),
        sa.UniqueConstraint(
            "tenant",
            "company_id",
            "series",
            "serial",
            name=op.f("uq_payables_payment_return_tenant_company_id_series_serial"),
        ),
        sa.UniqueConstraint(
            "tenant", "payment_id", name=op.f("uq_payables_payment_return_tenant_payment_id")
        ),
        sa.ForeignKeyConstraint(
            ["tenant", "payment_id"],
            ["payables_payment.tenant", "payables_payment.id"],
            name=op.f("fk_payables_payment_return_tenant_payment_id"),
        ),
        sa.CheckConstraint(
            "reason_code ~ '^[A-Z0-9]{4}$'", name=op.f("ck_payables_payment_return_reason_code")
        ),
    )
    secure_table(op, "payables_payment_return")
    append_only(op, "payables_payment_return")
    op.execute("ALTER TABLE payables_open_item DROP CONSTRAINT ck_payables_open_item_side")
    op.execute(
        "ALTER TABLE payables_open_item ADD CONSTRAINT ck_payables_open_item_side CHECK ("
        "side = 'credit' AND document_kind IN ('bill', 'payment-return', 'discount-return')"
        " OR side = 'debit' AND document_kind IN ('credit-note', 'payment', 'discount')) NOT VALID"
    )
    op.execute("ALTER TABLE receivables_adjustment DROP CONSTRAINT ck_receivables_adjustment_kind")
    op.execute(
        "ALTER TABLE receivables_adjustment ADD CONSTRAINT ck_receivables_adjustment_kind CHECK ("
        "kind IN ('write-off', 'discount', 'refund', 'payment-return', 'dunning-fee',"
        " 'interest', 'down-payment-settlement')"
        " AND (kind = 'down-payment-settlement') = (settles_id IS NOT NULL)) NOT VALID"
    )
    op.create_index(
        "uq_receivables_adjustment_payment_return",
        "receivables_adjustment",
        ["tenant", "about_id"],
        unique=True,
        postgresql_where=sa.text("kind = 'payment-return'"),
    )
    op.execute(PROVE)
    op.execute(CHECK_ITEM)
    op.execute(
        "CREATE TRIGGER return_is_numbered BEFORE INSERT ON payables_payment_return "
        "FOR EACH ROW EXECUTE FUNCTION payables_number_payment()"
    )
    op.execute(
        "CREATE CONSTRAINT TRIGGER document_is_proved AFTER INSERT ON payables_payment_return "
        "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION payables_prove_document()"
    )
    for trigger in ("return_is_numbered", "document_is_proved"):
        op.execute(f"ALTER TABLE payables_payment_return ENABLE ALWAYS TRIGGER {trigger}")
