"""The HTTP door of receivables."""

from erp.receivables.api.accounts import accounts, ageing, proofs
from erp.receivables.api.adjustments import adjustments, payment_terms, policies, refunds
from erp.receivables.api.allocations import allocations
from erp.receivables.api.credit_notes import credit_notes
from erp.receivables.api.documents import invoices, payments
from erp.receivables.api.dunning import (
    dunning_policies,
    dunning_runs,
    open_items,
    pauses,
    statements,
)
from erp.receivables.api.releases import credit_releases

routers = (
    accounts,
    invoices,
    payments,
    credit_notes,
    adjustments,
    refunds,
    payment_terms,
    policies,
    dunning_policies,
    dunning_runs,
    open_items,
    pauses,
    statements,
    allocations,
    ageing,
    credit_releases,
    proofs,
)
