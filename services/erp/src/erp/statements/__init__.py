"""What the books say: balance sheet, profit and loss, cash flow, trial balance, general ledger.

Owns
    Nothing. Everything is read from the kept balances and the lines of the ledger.

Invariants
    Each account of a chart falls into exactly one line of a statement; assets equal liabilities
    and equity; the cash flow equals the change of cash; parts sum to subtotals; each figure is
    its factor times the sum of the postings that its link lists.

Hears
    Nothing.

Says
    Nothing.
"""
