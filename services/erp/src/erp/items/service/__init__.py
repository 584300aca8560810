"""What other slices and the doors may ask of items."""

from erp.items.rules import STANDARD_UNITS, Unit
from erp.items.service.master import (
    ItemChanges,
    NewItem,
    RowResult,
    add_unit,
    change_item,
    create_item,
    create_items,
    discontinue_item,
    discontinue_items,
    release_item,
)
from erp.items.service.pricing import NewCost, NewPrice, set_list_prices, set_standard_costs

__all__ = [
    "STANDARD_UNITS",
    "ItemChanges",
    "NewCost",
    "NewItem",
    "NewPrice",
    "RowResult",
    "Unit",
    "add_unit",
    "change_item",
    "create_item",
    "create_items",
    "discontinue_item",
    "discontinue_items",
    "release_item",
    "set_list_prices",
    "set_standard_costs",
]
