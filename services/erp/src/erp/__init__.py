"""Enterprise resources: orders, stock, receivables, ledger."""
