"""Opportunities: what we hope to sell, and how far along it is.

Owns: the tenant's pipeline (stages in order, which stage may follow which), opportunities with
    amount and expected close, and the history of their stages.
Invariants: won and lost end an opportunity; only reopening, which is recorded, moves it on from
    there; the stage follows from the history, and the history cannot be edited; a loss says why;
    an amount has no more decimals than its currency.
Hears: QuoteAccepted.
Says: OpportunityOpened, OpportunityStageChanged, OpportunityWon, OpportunityLost.
"""
