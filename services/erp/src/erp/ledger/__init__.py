"""The books of every company: who they belong to, and what is in them.

Owns
    Companies, their chart of accounts, journals, entries and lines, the balances kept beside
    them, and every gapless number.

Invariants
    An entry has at least two lines and sums to zero in each currency; a posted entry is never
    altered, removed or added to; entries of a company, journal and year are numbered without
    gaps; kept balances equal the sum of the lines. The database refuses whatever would break
    one of these, whoever asks.

Hears
    Nothing. Other slices call `service.post_entry` inside their own transaction.

Says
    Nothing on the bus. Inside the service a new company is announced to the slices above
    (`service.when_a_company_opens`).
"""
