"""Quotes: what we offered a customer, and what became of it.

Owns: quotes, their priced lines, the offers that were sent, and what the ERP answered.
Invariants: draft -> sent -> accepted | declined | expired; only a draft changes; what was sent is
    kept byte for byte and named by its SHA-256; accepting twice is accepting once; the rounded
    lines sum to the net, net plus estimated tax is the gross.
Hears: erp.order (what became of the acceptance).
Says: QuoteCreated, QuotePriced, QuoteSent, QuoteAccepted, QuoteDeclined, QuoteExpired.
"""
