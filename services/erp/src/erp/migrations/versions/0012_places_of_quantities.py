"""Units have decimal places, and whatever is counted in them has no more.

Ten places, all that a column holds, say nothing: they stand for what was there before, and for
rows that a build before this one writes while both run. Items in standard units get the unit's,
unless something finer of them lies about or is ordered, which must be able to leave. The
constraints hold for every row written from now on; 0013 looks at the older ones.
"""

import sqlalchemy as sa
from alembic import op

from servicekit.migrations import each_tenant

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

TABLES = {
    "items_item": "quantity_places",
    "items_unit": "places",
    "inventory_position": "quantity_places",
    "sales_orders_line": "quantity_places",
    "receivables_invoice_line": "quantity_places",
}
CHECKS = {
    "items_item": "quantity_places BETWEEN 0 AND 10",
    "items_unit": "places BETWEEN 0 AND 10",
    "inventory_position": (
        "on_hand = round(on_hand, quantity_places) AND reserved = round(reserved, quantity_places)"
    ),
    "sales_orders_line": (
        "quantity = round(quantity, quantity_places) AND shipped = round(shipped, quantity_places)"
        " AND invoiced = round(invoiced, quantity_places)"
        " AND cancelled = round(cancelled, quantity_places)"
    ),
    "receivables_invoice_line": "quantity = round(quantity, quantity_places)",
}
STANDARD = {
    0: "EA each pcs C62 H87 PR pair DZN dozen GRO gross BX box CS case PK PAC pack SET set BO"
    " bottle RO roll",
    2: "MIN min HUR h DAY day",
    3: "GRM g KGM kg TNE t LBR lb ONZ oz MMT mm CMT cm MTR m INH in FOT ft MTK m2 MLT ml LTR l"
    " MTQ m3",
}
PLACES = " ".join(
    f"WHEN unit IN ({', '.join(repr(code) for code in codes.split())}) THEN {places}"
    for places, codes in STANDARD.items()
)
OF_ITEMS = f"""
    WITH wanted AS (
        SELECT id, CASE {PLACES} ELSE 10 END AS places FROM items_item
    ), counted AS (
        SELECT item_id, on_hand AS quantity FROM inventory_position
        UNION ALL SELECT item_id, reserved FROM inventory_position
        UNION ALL SELECT item_id, wanted FROM inventory_reservation
        UNION ALL SELECT item_id, reserved FROM inventory_reservation
    )
    UPDATE items_item AS i SET quantity_places = w.places
    FROM wanted w
    WHERE w.id = i.id AND w.places < 10 AND NOT EXISTS (
        SELECT FROM counted c
        WHERE c.item_id = i.id AND c.quantity <> round(c.quantity, w.places))
"""
OF_POSITIONS = """
    UPDATE inventory_position AS p SET quantity_places = i.quantity_places
    FROM items_item i
    WHERE i.tenant = p.tenant AND i.id = p.item_id AND i.quantity_places < 10
"""
OF_OPEN_LINES = """
    UPDATE sales_orders_line AS l SET quantity_places = i.quantity_places
    FROM items_item i
    WHERE i.tenant = l.tenant AND i.id = l.item_id AND i.unit = l.unit AND i.quantity_places < 10
      AND l.shipped + l.cancelled < l.quantity
      AND l.quantity = round(l.quantity, i.quantity_places)
      AND l.shipped = round(l.shipped, i.quantity_places)
      AND l.invoiced = round(l.invoiced, i.quantity_places)
      AND l.cancelled = round(l.cancelled, i.quantity_places)
"""


def upgrade() -> None:
    for table, column in TABLES.items():
        op.add_column(
            table, sa.Column(column, sa.SmallInteger(), nullable=False, server_default="10")
        )
    for _ in each_tenant(op):
        op.execute(OF_ITEMS)
        op.execute(OF_POSITIONS)
        op.execute(OF_OPEN_LINES)
    for table, check in CHECKS.items():
        op.create_check_constraint(
            op.f(f"ck_{table}_{TABLES[table]}"), table, check, postgresql_not_valid=True
        )
