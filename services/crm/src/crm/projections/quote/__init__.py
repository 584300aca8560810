"""Quotes as CPQ told them.

Owns: nothing; remembers number, status, amounts and validity of every quote.
Invariants: a row says what the newest event of the quote said, and names that event.
Hears: QuoteCreated, QuotePriced, QuoteSent, QuoteAccepted, QuoteDeclined, QuoteExpired,
    QuoteRevised, QuoteCancelled, QuoteSubmitted, QuoteApproved.
Says: nothing.
"""
