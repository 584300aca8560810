"""Price rules and the waterfall from list price to net price.

Owns: quantity breaks, tier discounts and tax rates for estimates, all dated.
Invariants: the order in which rules were written never changes a price; every step of a waterfall
    is recorded and can be replayed; parts sum to the whole.
Hears: nothing.
Says: nothing.
"""
