"""Leads: people and companies that may become customers, until somebody knows.

Owns: leads with where they came from, their states, and the history of these; what a lead was
    converted into.
Invariants: new, working, qualified, then converted or disqualified with a reason; a disqualified
    lead is taken up again only on the record; a conversion makes or names customer, person and
    opportunity in one transaction, once, and nothing of a converted lead changes afterwards; the
    history cannot be edited.
Hears: nothing.
Says: LeadCaptured, LeadStatusChanged, LeadConverted.
"""
