"""Credit as the ERP told it: limit, exposure, headroom and overdue per receivables account.

Owns: nothing; remembers the newest status of every account.
Invariants: a row is the newest status the ERP announced, and names that event; we never compute
    headroom ourselves.
Hears: CreditStatusChanged.
Says: nothing.
"""
