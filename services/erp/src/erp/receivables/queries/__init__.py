"""Reading accounts, invoices, payments, open items and ageing."""

from erp.receivables.queries.accounts import (
    ACCOUNT_COLUMNS,
    AccountRow,
    account,
    account_for,
    accounts,
)
from erp.receivables.queries.ageing import Ageing, AgeingRow, ageing
from erp.receivables.queries.documents import (
    INVOICE_COLUMNS,
    AllocationRow,
    InvoiceDetail,
    InvoiceRow,
    PaymentRow,
    as_open_items,
    invoice,
    invoices,
    open_items,
    payment,
    payments,
    taken_of_order,
)
from erp.receivables.queries.proofs import broken_proofs, proofs
from erp.receivables.queries.rates import (
    RATES_ON,
    CompanyTaxed,
    companies_taxed,
    holding,
    rates_of,
    tax_rates,
)
from erp.receivables.queries.selling import SellingTerms, selling_terms

__all__ = [
    "ACCOUNT_COLUMNS",
    "INVOICE_COLUMNS",
    "RATES_ON",
    "AccountRow",
    "Ageing",
    "AgeingRow",
    "AllocationRow",
    "CompanyTaxed",
    "InvoiceDetail",
    "InvoiceRow",
    "PaymentRow",
    "SellingTerms",
    "account",
    "account_for",
    "accounts",
    "ageing",
    "as_open_items",
    "broken_proofs",
    "companies_taxed",
    "holding",
    "invoice",
    "invoices",
    "open_items",
    "payment",
    "payments",
    "proofs",
    "rates_of",
    "selling_terms",
    "taken_of_order",
    "tax_rates",
]
