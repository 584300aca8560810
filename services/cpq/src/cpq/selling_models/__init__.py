"""Selling models: how things are sold, and which items are sold in which of these ways.

Owns: selling models by key, and ways to sell: an item, one of the models, and what a part of a
    period counts for.
Invariants: a price is for one length of time in a model; what is sold once or by use has none; an
    item is sold in a model at most once, and by default in at most one.
Hears: nothing.
Says: nothing.
"""
