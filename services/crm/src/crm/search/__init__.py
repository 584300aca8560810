"""Search: customers and people by a few words, typing errors forgiven.

Owns: the words of what can be found, and the words one letter off; triggers on the tables of
    customers and people keep them in the same transaction.
Invariants: what was found exactly stands before what was nearly found; a tenant finds its own.
Hears: nothing.
Says: nothing.
"""
