"""The constraint of 0007 holds for every row; sellers can go on meanwhile."""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        "ALTER TABLE sales_orders_line VALIDATE CONSTRAINT ck_sales_orders_line_price_reason"
    )
