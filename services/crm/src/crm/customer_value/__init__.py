"""What a customer is worth to us, and the tier that follows from it.

Owns: fitted models of how customers buy, estimates per customer and currency, the policy of tiers
and the tiers that it gave.
Invariants: an estimate names the model it comes from; a customer without a repeated purchase is
estimated and flagged, never ranked; a tier that a person gave is left alone unless the policy says
otherwise; a tier is left downwards only below the lower of its two bounds.
Hears: nothing; reads payments and open opportunities.
Says: CustomerTierChanged, by the customers slice.
"""
