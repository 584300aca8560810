"""Quotes: what we offered a customer, and what became of it.

Owns: quotes, their priced lines, the versions that were kept, and what the ERP answered.
Invariants: draft -> (pending -> approved) -> sent -> accepted | declined | expired, or cancelled;
    only a draft changes, revising makes one again; what was sent is kept byte for byte, named by
    its SHA-256, and can be priced again from its record; accepting twice is accepting once; the
    rounded lines that count sum to the net, net plus estimated tax is the gross.
Hears: erp.order (what became of the acceptance).
Says: QuoteCreated, QuotePriced, QuoteSent, QuoteAccepted, QuoteDeclined, QuoteExpired,
    QuoteRevised, QuoteCancelled, QuoteSubmitted, QuoteApproved.
"""
