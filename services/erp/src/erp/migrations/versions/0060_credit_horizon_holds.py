"""The constraints of the migration before hold for every row, and its jobs find their orders."""

import sqlalchemy as sa
from alembic import op

revision = "0060"
down_revision = "0059"
branch_labels = None
depends_on = None

CONSTRAINTS = (
    ("sales_orders_order", "delivered"),
    ("sales_orders_order", "released_amount"),
    ("receivables_exposure", "delivered"),
)


def upgrade() -> None:
    for table, name in CONSTRAINTS:
        op.execute(f"ALTER TABLE {table} VALIDATE CONSTRAINT ck_{table}_{name}")
    with op.get_context().autocommit_block():
        op.create_index(
            "ix_sales_orders_order_horizon",
            "sales_orders_order",
            ["tenant", "company_id", "in_horizon", sa.text("coalesce(requested_on, ordered_on)")],
            postgresql_where=sa.text("exposure > 0"),
            postgresql_concurrently=True,
            if_not_exists=True,
        )
        op.create_index(
            "ix_sales_orders_order_released_until",
            "sales_orders_order",
            ["tenant", "released_until"],
            postgresql_where=sa.text("status = 'confirmed' AND released_until IS NOT NULL"),
            postgresql_concurrently=True,
            if_not_exists=True,
        )
