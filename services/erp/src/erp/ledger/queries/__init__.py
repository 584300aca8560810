"""Reading the books: companies, charts, entries, balances, and the proofs that they hold."""

from erp.ledger.queries.balances import (
    TrialBalanceRow,
    balance_of,
    trial_balance,
)
from erp.ledger.queries.companies import (
    accounts_by_role,
    chart,
    companies,
    company,
    company_or_default,
    default_company,
    dimension_codes,
    lock_moves,
    locks,
)
from erp.ledger.queries.entries import (
    EntryLineRow,
    EntryRow,
    entries,
    entry,
    lines_again,
)
from erp.ledger.queries.open_items import (
    CarriedItem,
    aged_parts,
    aged_statement,
    carried_items,
    carried_statement,
)
from erp.ledger.queries.postings import (
    Posting,
    PostingLine,
    booked_by_documents,
    posting_of,
    running,
    select_postings,
    sum_before_on_the_day,
)
from erp.ledger.queries.proofs import (
    Proof,
    also_prove,
    proofs,
    trial_balance_proof,
)
from erp.ledger.queries.recurring import due_templates, occurrences
from erp.ledger.rules import AGEING_BUCKETS, AccountRole, Aged, aged, ageing_bucket, reported_at

__all__ = [
    "AGEING_BUCKETS",
    "AccountRole",
    "Aged",
    "CarriedItem",
    "EntryLineRow",
    "EntryRow",
    "Posting",
    "PostingLine",
    "Proof",
    "TrialBalanceRow",
    "accounts_by_role",
    "aged",
    "aged_parts",
    "aged_statement",
    "ageing_bucket",
    "also_prove",
    "balance_of",
    "booked_by_documents",
    "carried_items",
    "carried_statement",
    "chart",
    "companies",
    "company",
    "company_or_default",
    "default_company",
    "dimension_codes",
    "due_templates",
    "entries",
    "entry",
    "lines_again",
    "lock_moves",
    "locks",
    "occurrences",
    "posting_of",
    "proofs",
    "reported_at",
    "running",
    "select_postings",
    "sum_before_on_the_day",
    "trial_balance",
    "trial_balance_proof",
]
