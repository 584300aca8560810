"""The constraint of 0010 holds for every row; sellers can go on meanwhile."""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        "ALTER TABLE sales_orders_order VALIDATE CONSTRAINT ck_sales_orders_order_invoiced_net"
    )
