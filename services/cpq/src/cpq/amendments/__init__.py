"""Amendments: changing, renewing and cancelling contracts, previewed before anybody accepts.

Owns: nothing; an amendment is a quote, and what it changes is kept with the quote.
Invariants: what is bought more is charged at the price that is locked for the days that are left;
    what is taken away is given back by the same arithmetic; nothing of a contract changes before
    its customer accepts, unless it only gives back.
Hears: nothing.
Says: nothing; quotes and contracts do.
"""
