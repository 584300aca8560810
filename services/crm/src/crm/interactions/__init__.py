"""Interactions: what passed between us and the customer, on one timeline.

Owns: calls, mails, meetings, notes and visits; the timeline, into which the quotes, orders,
    invoices and payments that other services announce are woven with their source event.
Invariants: an entry is never altered or deleted, a correction is a new entry that names the one
    it corrects; an entry is corrected at most once (then the correction is corrected); whoever
    follows a timeline is shown every entry, however late its transaction committed.
Hears: QuoteCreated, QuotePriced, QuoteSent, QuoteAccepted, QuoteDeclined, QuoteExpired,
    QuoteRevised, QuoteCancelled, QuoteSubmitted, QuoteApproved,
    OrderPlaced, OrderConfirmed, OrderHeld, OrderReleased, OrderShipped, OrderInvoiced,
    OrderCancelled, OrderRejected, InvoiceIssued, InvoicePartiallyPaid, InvoicePaid,
    InvoiceReopened, InvoiceOverdue, PaymentReceived, PaymentReturned.
Says: InteractionLogged.
"""
