"""Sales orders as the ERP told them.

Owns: nothing; remembers number, status, amounts, holds and progress of every order.
Invariants: a row says what the newest event of the order said, and names that event.
Hears: OrderPlaced, OrderConfirmed, OrderHeld, OrderReleased, OrderShipped, OrderInvoiced,
    OrderCancelled, OrderRejected.
Says: nothing.
"""
