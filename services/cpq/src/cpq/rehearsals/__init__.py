"""Rehearsals: what past quotes would cost by price books that are not published.

Owns: nothing; an answer is computed from the records of pricings and kept in memory for a while.
Invariants: nothing is changed by it; a quote is priced with all that it was priced with then, but
    for the books that are tried; what is said of quotes, customers and items sums to the totals to
    the last minor unit; the order in which quotes are looked at changes nothing.
Hears: nothing.
Says: nothing.
"""
