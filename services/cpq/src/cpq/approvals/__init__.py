"""Approvals: who must say yes before a deal is offered, and who did.

Owns: the policy (rules, approvers, limits of facts' age) in numbered versions; requests, their
    steps, and the trail of everything that was done about them.
Invariants: a version of the policy never changes; whoever asks does not approve; an approval names
    the hash of what it approves; a step is asked again only where its condition got worse; the
    trail only grows.
Hears: nothing.
Says: nothing; the quote that is approved says what became of it.
"""
