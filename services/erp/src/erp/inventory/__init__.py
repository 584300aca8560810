"""Inventory: what lies where, what it is worth, and who may have it.

Owns: warehouses, stock moves (append-only), stock positions per warehouse and item,
reservations per order line.

Invariants:
- A position is the sum of its moves; nothing is on hand that no move brought.
- 0 <= reserved <= on hand, always and in the database: what is reserved cannot be sold twice.
- Reserved on a position is the sum of its reservations.
- The value of a position is on hand times its standard cost, rounded to the currency, and the
  sum of all positions' values is the balance of the inventory account: every change of value is
  posted to the ledger in the transaction that makes it.
- Positions are locked in the order (item, warehouse), after orders and before accounts, so two
  transactions never wait for each other in a circle.

Hears: nothing.

Says: StockPromiseChanged (erp.stock), from the clock: many changes of an item within a second
become one statement of its newest state.
"""
