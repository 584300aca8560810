"""The HTTP doors of the ledger."""

from erp.ledger.api.accounts import ledger_accounts
from erp.ledger.api.books import (
    companies,
    journal_entries,
    ledger_proofs,
    trial_balance,
)
from erp.ledger.api.journal import drafts, limits, templates
from erp.ledger.api.periods import dimensions, lock_exceptions, locks

routers = (
    companies,
    locks,
    limits,
    lock_exceptions,
    ledger_accounts,
    dimensions,
    journal_entries,
    drafts,
    templates,
    trial_balance,
    ledger_proofs,
)
