"""Offers: the page where a customer sees what is offered, picks options, accepts or declines.

Owns: links, each to one quote: unguessable, expiring, revocable.
Invariants: the secret of a link is never kept, only its hash; a link opens one quote and answers it
    and can do nothing else; an acceptance names the hash of exactly what was shown; options are
    picked at the prices that were offered.
Hears: nothing.
Says: nothing; the quote says what became of it.
"""
