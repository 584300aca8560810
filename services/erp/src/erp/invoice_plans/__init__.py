"""Invoices on a schedule.

Owns
    Plans that invoice the same lines every so many months, or one sum in parts on agreed days;
    milestones of orders, for which the orders ask;
    which invoice was issued for which day.

Invariants
    What a plan invoices is frozen; a day is invoiced once; the parts of a sum are the sum.

Hears
    Nothing.

Says
    Nothing: receivables tell of the invoices.
"""
