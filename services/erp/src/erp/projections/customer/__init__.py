"""The customers as CRM last described them.

Owns
    Number, name, tier, currency and country of every customer, with the event they came from.

Invariants
    The newest event wins; the table can be emptied and read again from the topic.

Hears
    crm.customer: CustomerCreated, CustomerChanged, CustomerTierChanged.

Says
    Nothing.
"""
