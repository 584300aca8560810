"""One invoice for many orders: what it takes of each, and where its lines come from."""

import sqlalchemy as sa
from alembic import op

from servicekit.migrations import append_only, secure_table

revision = "0056"
down_revision = "0055"
branch_labels = None
depends_on = None

PROBES_ONLY = "SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off"
PROVE = f"""
    CREATE FUNCTION receivables_prove_collection() RETURNS trigger LANGUAGE plpgsql
    {PROBES_ONLY} AS $$
    BEGIN
        PERFORM FROM (
            SELECT p.category, p.rate, sum(p.base) AS base, sum(p.tax) AS tax
            FROM receivables_invoice_order p
            WHERE p.tenant = NEW.tenant AND p.invoice_id = NEW.invoice_id
            GROUP BY p.category, p.rate) AS taken
        FULL JOIN (
            SELECT t.category, t.rate, t.base, t.tax FROM receivables_invoice_tax t
            WHERE t.tenant = NEW.tenant AND t.invoice_id = NEW.invoice_id) AS shown
          ON shown.category = taken.category AND shown.rate = taken.rate
        WHERE (taken.base, taken.tax) IS DISTINCT FROM (shown.base, shown.tax);
        IF FOUND THEN
            RAISE EXCEPTION 'the orders of invoice % do not sum to it', NEW.invoice_id
                USING ERRCODE = 'check_violation', CONSTRAINT = 'receivables_collection_ties';
        END IF;
        RETURN NULL;
    END $$
"""


def upgrade() -> None:
    for name, kind in (
        ("order_number", sa.Text()),
        ("delivery_number", sa.Text()),
        ("delivered_on", sa.Date()),
    ):
        op.add_column("receivables_invoice_line", sa.Column(name, kind, nullable=True))
    op.create_table(
        "receivables_invoice_order",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("rate", sa.Numeric(9, 6), nullable=False),
        sa.Column("net", sa.Numeric(24, 10), nullable=False),
        sa.Column("base", sa.Numeric(20, 4), nullable=False),
        sa.Column("tax", sa.Numeric(20, 4), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant", "invoice_id"],
            ["receivables_invoice.tenant", "receivables_invoice.id"],
            name=op.f("fk_receivables_invoice_order_tenant_invoice_id"),
        ),
        sa.PrimaryKeyConstraint(
            "tenant",
            "invoice_id",
            "order_id",
            "category",
            name=op.f("pk_receivables_invoice_order"),
        ),
    )
    op.create_index(
        "ix_receivables_invoice_order_order_id", "receivables_invoice_order", ["tenant", "order_id"]
    )
    secure_table(op, "receivables_invoice_order")
    append_only(op, "receivables_invoice_order")
    op.execute(PROVE)
    op.execute(
        "CREATE CONSTRAINT TRIGGER orders_are_the_invoice AFTER INSERT ON receivables_invoice_order"
        " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW"
        " EXECUTE FUNCTION receivables_prove_collection()"
    )
    op.execute("ALTER TABLE receivables_invoice_order ENABLE ALWAYS TRIGGER orders_are_the_invoice")
