"""Payments as the ERP told them.

Owns: nothing; remembers number, amount and what is not allocated of every payment.
Invariants: a row says what the newest event of the payment said, and names that event.
Hears: PaymentReceived, PaymentReturned.
Says: nothing.
"""
