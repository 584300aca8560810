"""The constraints of 0012 hold for every row; everybody can go on meanwhile."""

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

CONSTRAINTS = {
    "items_item": "ck_items_item_quantity_places",
    "items_unit": "ck_items_unit_places",
    "inventory_position": "ck_inventory_position_quantity_places",
    "sales_orders_line": "ck_sales_orders_line_quantity_places",
    "receivables_invoice_line": "ck_receivables_invoice_line_quantity_places",
}


def upgrade() -> None:
    for table, constraint in CONSTRAINTS.items():
        op.execute(f"ALTER TABLE {table} VALIDATE CONSTRAINT {constraint}")
