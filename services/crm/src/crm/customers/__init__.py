"""Customers: who they are, how to reach them, and what they allowed us.

Owns: companies with addresses, tier, owner and number; their contacts; consents as a ledger.
Invariants: a tax id and an external reference name one customer of a tenant; a phone number is
    stored as E.164; the tier changes by its own command only; a consent entry is never altered,
    the newest by its own time holds; a number is never given twice.
Hears: nothing.
Says: CustomerCreated, CustomerChanged, CustomerTierChanged.
"""
