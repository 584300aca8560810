"""The HTTP door of receivables."""

from erp.receivables.api.accounts import accounts, ageing, proofs
from erp.receivables.api.allocations import allocations
from erp.receivables.api.credit_notes import credit_notes
from erp.receivables.api.documents import invoices, payments

routers = (accounts, invoices, payments, credit_notes, allocations, ageing, proofs)
