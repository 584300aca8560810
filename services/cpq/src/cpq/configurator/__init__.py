"""Configuring: what is possible, why not, what mends it, what it costs; nothing of it is kept.

Owns: nothing. The state of a configuration is its choices and the version of its model, so any
    replica can answer.
Invariants: the same choices give the same answer whatever their order; only a published version is
    configured; an item that may not be sold, or has no price or cost, is excluded with that as
    the reason.
Hears: nothing.
Says: nothing.
"""
