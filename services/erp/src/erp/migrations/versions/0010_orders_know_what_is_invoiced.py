"""Orders know what invoices have taken of their net, and end with all of it invoiced.

Orders that are there already do not know: nothing is said of them.
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "sales_orders_order",
        sa.Column("invoiced_net", sa.Numeric(precision=20, scale=4), nullable=True),
    )
    op.create_check_constraint(
        op.f("ck_sales_orders_order_invoiced_net"),
        "sales_orders_order",
        "status <> 'invoiced' OR cancel_reason IS NOT NULL OR invoiced_net IS NULL"
        " OR invoiced_net = net",
        postgresql_not_valid=True,
    )
