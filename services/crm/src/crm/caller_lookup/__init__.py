"""Caller lookup: who is calling, what they are worth, and which queue they go to.

Owns: the tenant's routes (which caller goes to which queue), and every decision with its trace.
Invariants: the first route that fits decides; a tenant without routes has the default ones; the
    last of them takes everybody, so every call has a queue; a decision is kept as it was made.
Hears: nothing; it reads what the slices below have heard.
Says: nothing.
"""
