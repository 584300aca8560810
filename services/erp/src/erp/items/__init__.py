"""Items: what can be bought, stocked and sold, what it is sold for and what it costs.

Owns: items, units of measure, list prices (by currency and date), standard costs (by company
and date).

Invariants:
- A SKU names one item of the tenant, and so does an external reference.
- An item's unit never changes once it is known: everything counted so far is counted in it.
- A quantity has no more decimal places than its item's unit: half an each is refused, not rounded.
- A conversion between units is an exact rational; a quantity that it cannot express is refused.
- On any day at most one list price per currency, and one standard cost per company, holds: the
  one that began last. Dates are half-open.
- A discontinued item keeps its stock, prices and history; it can no longer be ordered.

Hears: nothing.

Says: ItemReleased, ItemChanged, ItemDiscontinued (erp.item), ListPriceChanged (erp.price),
StandardCostChanged (erp.cost); each with the whole state of the item.
"""
