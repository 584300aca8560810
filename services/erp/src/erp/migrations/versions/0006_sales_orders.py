"""Sales orders, their shipments and the numbers of both.

Order and shipment numbers may have gaps, so they come from sequences, which nobody waits for: one
per tenant and series, made when the first number is asked for.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from servicekit.migrations import secure_table

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


# The owner makes the sequence, because the application may not create anything. Its name is a
# digest, so that no tenant's name can become SQL.
NEXT_NUMBERS = """
    CREATE FUNCTION sales_orders_next_numbers(series text, count integer)
    RETURNS SETOF text LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    DECLARE
        sequence text;
    BEGIN
        IF nullif(current_setting('app.tenant', true), '') IS NULL
           OR series !~ '^[A-Z]{1,4}$' OR count NOT BETWEEN 0 AND 10000 THEN
            RAISE EXCEPTION 'no numbers without a tenant, a series and a sensible count';
        END IF;
        sequence := 'public.sales_orders_number_'
            || md5(current_setting('app.tenant') || ':' || series);
        IF to_regclass(sequence) IS NULL THEN
            PERFORM pg_advisory_xact_lock(hashtextextended(sequence, 0));
            EXECUTE format('CREATE SEQUENCE IF NOT EXISTS %s', sequence);
        END IF;
        RETURN QUERY
            SELECT series || '-' || lpad(n::text, greatest(6, length(n::text)), '0')
            FROM (SELECT nextval(sequence::regclass) AS n FROM generate_series(1, count)) drawn
            ORDER BY n;
    END $$
"""


def upgrade() -> None:
    op.create_table(
        "sales_orders_order",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("company_id", sa.UUID(), nullable=False),
        sa.Column("warehouse_id", sa.UUID(), nullable=True),
        sa.Column("customer_id", sa.UUID(), nullable=False),
        sa.Column("account_id", sa.UUID(), nullable=False),
        sa.Column("quote_id", sa.UUID(), nullable=True),
        sa.Column("quote_number", sa.Text(), nullable=True),
        sa.Column("opportunity_id", sa.UUID(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("ordered_on", sa.Date(), nullable=False),
        sa.Column("requested_on", sa.Date(), nullable=True),
        sa.Column("promised_on", sa.Date(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("holds", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("net", sa.Numeric(precision=20, scale=4), nullable=False),
        sa.Column("tax", sa.Numeric(precision=20, scale=4), nullable=False),
        sa.Column("gross", sa.Numeric(precision=20, scale=4), nullable=False),
        sa.Column("exposure", sa.Numeric(precision=20, scale=4), nullable=False),
        sa.Column("customer_reference", sa.Text(), nullable=True),
        sa.Column("external_reference", sa.Text(), nullable=True),
        sa.Column("placed_by", sa.Text(), nullable=False),
        sa.Column("released_by", sa.Text(), nullable=True),
        sa.Column("released_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("release_reason", sa.Text(), nullable=True),
        sa.Column("cancel_reason", sa.Text(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint(
            "status IN ('placed', 'held', 'confirmed', 'rejected', 'shipping', 'shipped', "
            "'invoiced', 'cancelled')",
            name=op.f("ck_sales_orders_order_status"),
        ),
        sa.CheckConstraint(
            "(net = round(net, currency_minor_units(currency))) IS TRUE AND (tax = round(tax, "
            "currency_minor_units(currency))) IS TRUE AND (exposure = round(exposure, "
            "currency_minor_units(currency))) IS TRUE",
            name=op.f("ck_sales_orders_order_minor_units"),
        ),
        sa.CheckConstraint(
            "exposure >= 0 AND exposure <= gross", name=op.f("ck_sales_orders_order_exposure")
        ),
        sa.CheckConstraint("net + tax = gross", name=op.f("ck_sales_orders_order_gross")),
        sa.ForeignKeyConstraint(
            ["tenant", "company_id"],
            ["ledger_company.tenant", "ledger_company.id"],
            name=op.f("fk_sales_orders_order_tenant_company_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant", "warehouse_id"],
            ["inventory_warehouse.tenant", "inventory_warehouse.id"],
            name=op.f("fk_sales_orders_order_tenant_warehouse_id"),
        ),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_sales_orders_order")),
        sa.UniqueConstraint(
            "tenant",
            "external_reference",
            name=op.f("uq_sales_orders_order_tenant_external_reference"),
        ),
        sa.UniqueConstraint("tenant", "number", name=op.f("uq_sales_orders_order_tenant_number")),
        sa.UniqueConstraint(
            "tenant", "quote_id", name=op.f("uq_sales_orders_order_tenant_quote_id")
        ),
        postgresql_with={"fillfactor": "70"},
    )
    op.create_index(
        "ix_sales_orders_order_created_at",
        "sales_orders_order",
        ["tenant", "created_at", "id"],
        unique=False,
    )
    op.create_index(
        "ix_sales_orders_order_customer",
        "sales_orders_order",
        ["tenant", "customer_id", "created_at", "id"],
        unique=False,
    )
    op.create_index(
        "ix_sales_orders_order_status",
        "sales_orders_order",
        ["tenant", "status", "created_at", "id"],
        unique=False,
    )
    op.create_table(
        "sales_orders_line",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("order_id", sa.UUID(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("item_id", sa.UUID(), nullable=False),
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("stocked", sa.Boolean(), nullable=False),
        sa.Column("quantity", sa.Numeric(precision=24, scale=10), nullable=False),
        sa.Column("net_unit_price", sa.Numeric(precision=24, scale=10), nullable=False),
        sa.Column("net_amount", sa.Numeric(precision=24, scale=10), nullable=False),
        sa.Column("tax_category", sa.Text(), nullable=False),
        sa.Column("shipped", sa.Numeric(precision=24, scale=10), nullable=False),
        sa.Column("invoiced", sa.Numeric(precision=24, scale=10), nullable=False),
        sa.Column("cancelled", sa.Numeric(precision=24, scale=10), nullable=False),
        sa.Column("invoiced_amount", sa.Numeric(precision=24, scale=10), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_sales_orders_line_quantity_is_positive")),
        sa.CheckConstraint(
            "shipped >= 0 AND cancelled >= 0 AND shipped + cancelled <= quantity AND invoiced >= "
            "0 AND invoiced <= shipped",
            name=op.f("ck_sales_orders_line_progress"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant", "order_id"],
            ["sales_orders_order.tenant", "sales_orders_order.id"],
            name=op.f("fk_sales_orders_line_tenant_order_id"),
        ),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_sales_orders_line")),
        sa.UniqueConstraint(
            "tenant",
            "order_id",
            "position",
            name=op.f("uq_sales_orders_line_tenant_order_id_position"),
        ),
        postgresql_with={"fillfactor": "70"},
    )
    op.create_table(
        "sales_orders_shipment",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("order_id", sa.UUID(), nullable=False),
        sa.Column("shipped_on", sa.Date(), nullable=False),
        sa.Column("recorded_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant", "order_id"],
            ["sales_orders_order.tenant", "sales_orders_order.id"],
            name=op.f("fk_sales_orders_shipment_tenant_order_id"),
        ),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_sales_orders_shipment")),
        sa.UniqueConstraint(
            "tenant", "number", name=op.f("uq_sales_orders_shipment_tenant_number")
        ),
    )
    op.create_index(
        "ix_sales_orders_shipment_order",
        "sales_orders_shipment",
        ["tenant", "order_id"],
        unique=False,
    )
    op.create_table(
        "sales_orders_shipment_line",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("shipment_id", sa.UUID(), nullable=False),
        sa.Column("line_id", sa.UUID(), nullable=False),
        sa.Column("quantity", sa.Numeric(precision=24, scale=10), nullable=False),
        sa.CheckConstraint(
            "quantity > 0", name=op.f("ck_sales_orders_shipment_line_quantity_is_positive")
        ),
        sa.ForeignKeyConstraint(
            ["tenant", "line_id"],
            ["sales_orders_line.tenant", "sales_orders_line.id"],
            name=op.f("fk_sales_orders_shipment_line_tenant_line_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant", "shipment_id"],
            ["sales_orders_shipment.tenant", "sales_orders_shipment.id"],
            name=op.f("fk_sales_orders_shipment_line_tenant_shipment_id"),
        ),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_sales_orders_shipment_line")),
    )
    op.create_index(
        "ix_sales_orders_shipment_line_shipment",
        "sales_orders_shipment_line",
        ["tenant", "shipment_id"],
        unique=False,
    )
    secure_table(
        op,
        "sales_orders_order",
        "sales_orders_line",
        "sales_orders_shipment",
        "sales_orders_shipment_line",
    )
    op.execute(NEXT_NUMBERS)
    op.execute("REVOKE ALL ON FUNCTION sales_orders_next_numbers(text, integer) FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION sales_orders_next_numbers(text, integer) TO erp_app")
