"""Order lines keep the list price of their day, and why they have another one.

The constraint holds for every row written from now on; 0008 looks at the older ones, in a
transaction of its own, because that reads the whole table.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "sales_orders_line",
        sa.Column("list_unit_price", sa.Numeric(precision=24, scale=10), nullable=True),
    )
    op.add_column("sales_orders_line", sa.Column("price_reason", sa.Text(), nullable=True))
    op.create_check_constraint(
        op.f("ck_sales_orders_line_price_reason"),
        "sales_orders_line",
        "price_reason IS NOT NULL OR list_unit_price IS NULL OR net_unit_price = list_unit_price",
        postgresql_not_valid=True,
    )
