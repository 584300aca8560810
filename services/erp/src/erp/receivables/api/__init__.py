"""The HTTP door of receivables."""

from erp.receivables.api.accounts import accounts, ageing, proofs
from erp.receivables.api.allocations import allocations
from erp.receivables.api.credit_notes import credit_notes
from erp.receivables.api.documents import invoices, payments
from erp.receivables.api.tax_rates import tax_rates

routers = (accounts, tax_rates, invoices, payments, credit_notes, allocations, ageing, proofs)
