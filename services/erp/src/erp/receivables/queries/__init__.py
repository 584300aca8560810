"""Reading accounts, invoices, payments, open items and ageing."""

from erp.receivables.queries.accounts import (
    ACCOUNT_COLUMNS,
    AccountRow,
    account,
    account_for,
    accounts,
)
from erp.receivables.queries.adjustments import (
    AdjustmentDetail,
    adjustment,
    discounts,
    payment_terms,
    policy,
    tax_left,
    terms_of,
)
from erp.receivables.queries.ageing import Ageing, AgeingRow, ageing
from erp.receivables.queries.carried import CarriedItem, carried_items
from erp.receivables.queries.credit_notes import (
    CreditNoteDetail,
    CreditNoteRow,
    credit_note,
    creditable,
)
from erp.receivables.queries.documents import (
    INVOICE_COLUMNS,
    AllocationRow,
    InvoiceDetail,
    InvoiceRow,
    PaymentRow,
    allocations_of,
    invoice,
    invoices,
    open_items,
    payment,
    payments,
    taken_of_order,
)
from erp.receivables.queries.items import (
    ITEM_COLUMNS,
    ItemRow,
    MatchingRow,
    allocation,
    items_of,
    settled_by,
    settled_with,
)
from erp.receivables.queries.proofs import broken_proofs, proofs
from erp.receivables.queries.selling import SellingTerms, selling_terms

__all__ = [
    "ACCOUNT_COLUMNS",
    "INVOICE_COLUMNS",
    "ITEM_COLUMNS",
    "AccountRow",
    "AdjustmentDetail",
    "Ageing",
    "AgeingRow",
    "AllocationRow",
    "CarriedItem",
    "CreditNoteDetail",
    "CreditNoteRow",
    "InvoiceDetail",
    "InvoiceRow",
    "ItemRow",
    "MatchingRow",
    "PaymentRow",
    "SellingTerms",
    "account",
    "account_for",
    "accounts",
    "adjustment",
    "ageing",
    "allocation",
    "allocations_of",
    "broken_proofs",
    "carried_items",
    "credit_note",
    "creditable",
    "discounts",
    "invoice",
    "invoices",
    "items_of",
    "open_items",
    "payment",
    "payment_terms",
    "payments",
    "policy",
    "proofs",
    "selling_terms",
    "settled_by",
    "settled_with",
    "taken_of_order",
    "tax_left",
    "terms_of",
]
