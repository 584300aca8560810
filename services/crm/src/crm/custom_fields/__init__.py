"""Custom fields: what a tenant wants to know beyond our own members, and tags.

Owns: definitions of typed fields per record type; the values and tags of customers, people and
    opportunities.
Invariants: a value fits its definition when it is written; a code means one field of a record
    type, and its kind never changes; what can be filtered by is what was written.
Hears: nothing.
Says: nothing.
"""
