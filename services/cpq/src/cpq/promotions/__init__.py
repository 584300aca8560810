"""Promotions: how much a promotion may cost, and which quotes it was given to.

Owns: budgets of promotion codes, one per code and currency, and what was taken of each.
Invariants: no more is taken than the budget has, however many quotes take at once; what is taken is
    the sum of the entries, which are never changed or deleted; a quote that comes to nothing gives
    back all that it took.
Hears: nothing.
Says: nothing.
"""
