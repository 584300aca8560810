"""Orders say what of them has left, count within a horizon, and are released until a day."""

import sqlalchemy as sa
from alembic import op

from servicekit.migrations import each_tenant

revision = "0059"
down_revision = "0058"
branch_labels = None
depends_on = None

# As `delivered_part` has it: in proportion to what can still be invoiced, rounded once.
DELIVERED = """
    UPDATE sales_orders_order o
    SET delivered = least(
        o.exposure, round(o.exposure * l.gone / l.open, currency_minor_units(o.currency)))
    FROM (
        SELECT order_id,
               sum(round(net_amount * shipped / quantity, 10) - invoiced_amount) AS gone,
               sum(round(net_amount * (quantity - cancelled) / quantity, 10)
                   - invoiced_amount) AS open
        FROM sales_orders_line
        WHERE shipped > invoiced OR shipped + cancelled < quantity
        GROUP BY order_id) AS l
    WHERE l.order_id = o.id AND o.exposure > 0 AND l.gone > 0 AND l.open > 0
"""
ACCOUNTS = """
    UPDATE receivables_exposure x SET delivered = o.delivered
    FROM (SELECT account_id, sum(delivered) AS delivered FROM sales_orders_order
          WHERE delivered > 0 GROUP BY account_id) AS o
    WHERE x.account_id = o.account_id
"""


def upgrade() -> None:
    for table in ("sales_orders_order", "receivables_exposure"):
        op.add_column(
            table, sa.Column("delivered", sa.Numeric(20, 4), server_default="0", nullable=False)
        )
        whole = "exposure" if table == "sales_orders_order" else "open_orders"
        op.execute(
            f"ALTER TABLE {table} ADD CONSTRAINT ck_{table}_delivered CHECK ("
            f"delivered >= 0 AND delivered <= {whole}"
            " AND (delivered = round(delivered, currency_minor_units(currency))) IS TRUE) NOT VALID"
        )
    op.add_column(
        "sales_orders_order",
        sa.Column("in_horizon", sa.Boolean(), server_default="true", nullable=False),
    )
    op.add_column(
        "sales_orders_order", sa.Column("released_amount", sa.Numeric(20, 4), nullable=True)
    )
    op.add_column("sales_orders_order", sa.Column("released_until", sa.Date(), nullable=True))
    op.execute(
        "ALTER TABLE sales_orders_order ADD CONSTRAINT ck_sales_orders_order_released_amount"
        " CHECK (released_amount IS NULL OR"
        " released_amount >= 0 AND (released_amount = round(released_amount,"
        " currency_minor_units(currency))) IS TRUE) NOT VALID"
    )
    for _ in each_tenant(op):
        op.execute(DELIVERED)
        op.execute(ACCOUNTS)
