"""Sales orders: what we promised to deliver, whether we may, and how far that is.

Owns: orders and their lines, holds, shipments, the link from an order to its invoices.

Invariants:
- A quote becomes at most one order, whatever is delivered twice.
- An accepted quote becomes an order that is confirmed, held or rejected, with the reasons; never
  half of one.
- Per line: ordered = open + shipped + cancelled, and invoiced <= shipped.
- No quantity is finer than the item's unit, but on a rejected quote, which is kept as signed.
- A line that is not at the list price of its day says why.
- Nothing leaves that is not reserved; nothing is invoiced that has not left.
- The unrounded amounts of an order's invoices add up to the order line's net amount exactly, and
  their rounded net and tax to the order's.
- Locks are taken in one order everywhere: orders, stock positions by item, receivables account,
  ledger numbers.

Hears: QuoteAccepted (cpq.quote).

Says: OrderPlaced, OrderConfirmed, OrderHeld, OrderReleased, OrderShipped, OrderInvoiced,
OrderCancelled, OrderRejected (erp.order).
"""
