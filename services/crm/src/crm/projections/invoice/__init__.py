"""Invoices as the ERP told them.

Owns: nothing; remembers number, due date and what is paid, open and overdue of every invoice.
Invariants: a row says what the newest event of the invoice said, and names that event; whether
    an invoice is overdue is what the ERP said, never our own arithmetic on dates.
Hears: InvoiceIssued, InvoicePartiallyPaid, InvoicePaid, InvoiceReopened,
    InvoiceOverdue.
Says: nothing.
"""
