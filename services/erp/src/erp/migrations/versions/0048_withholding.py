"""Tax is withheld from suppliers: who, how much of which bill, and the account it is owed on."""

import sqlalchemy as sa
from alembic import op

from servicekit.migrations import each_tenant

revision = "0048"
down_revision = "0047"
branch_labels = None
depends_on = None

PROBES_ONLY = "SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off"
# A code that is taken keeps its meaning; the role is mapped by whoever keeps the chart.
ACCOUNT = """
    INSERT INTO ledger_account (tenant, id, company_id, code, name, kind, role, control)
    SELECT c.tenant, gen_random_uuid(), c.id, '2210', 'Withholding tax payable', 'liability',
           'withholding-tax-payable', false
    FROM ledger_company c
    WHERE NOT EXISTS (
        SELECT FROM ledger_account t
        WHERE t.tenant = c.tenant AND t.company_id = c.id
          AND (t.code = '2210' OR t.role = 'withholding-tax-payable'))
"""
# As before, but the supplier is owed the gross less what is withheld.
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
"""


def upgrade() -> None:
    op.add_column("payables_supplier", sa.Column("withholding_kind", sa.Text(), nullable=True))
    op.add_column("payables_bill", sa.Column("withholding_rate", sa.Numeric(9, 6), nullable=True))
    op.add_column("payables_bill", sa.Column("withheld", sa.Numeric(20, 4), nullable=True))
    op.execute(
        "ALTER TABLE payables_bill ADD CONSTRAINT ck_payables_bill_withheld CHECK ("
        "(withheld IS NULL) = (withholding_rate IS NULL) AND withheld >= 0"
        " AND withheld < gross AND ("
        "withheld IS NULL OR (withheld = round(withheld, currency_minor_units(currency))) IS TRUE"
        ")) NOT VALID"
    )
    for _ in each_tenant(op):
        op.execute(ACCOUNT)
    op.execute(PROVE)
