"""The HTTP door of receivables."""

from erp.receivables.api.accounts import accounts, ageing, proofs
from erp.receivables.api.adjustments import adjustments, payment_terms, policies, refunds
from erp.receivables.api.allocations import allocations
from erp.receivables.api.credit_notes import credit_notes
from erp.receivables.api.documents import invoices, payments

routers = (
    accounts,
    invoices,
    payments,
    credit_notes,
    adjustments,
    refunds,
    payment_terms,
    policies,
    allocations,
    ageing,
    proofs,
)
