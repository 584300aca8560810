"""Use cases of receivables, and the types their callers build.

Order of locks, for everybody who books: stock positions (by item), then the account's exposure,
then whatever hangs on the account, then document numbers, then the ledger. Numbers and balances
are hot, so the calls that take them come last in a transaction.
"""

from erp.receivables.queries import AccountRow, InvoiceRow
from erp.receivables.rules import (
    AccountNotFound,
    CreditDecision,
    CreditedBeforeInvoiced,
    CreditReason,
    DownPaymentExceedsOrder,
    DownPaymentIsNothing,
    DownPaymentNotFound,
    InvoiceHasNoLines,
    InvoiceIsNegative,
    NothingToCredit,
    OrdersMoved,
    Settlement,
    net_of_line,
    share_by_category,
)
from erp.receivables.service.accounts import (
    change_account,
    change_open_orders,
    change_open_orders_of,
    check_credit,
    claim_credit,
    ensure_account,
    enter_horizon,
    lock_accounts,
    open_account,
    open_accounts_for,
    open_missing_accounts,
    prepare_company,
)
from erp.receivables.service.adjustments import refund, reverse_adjustment, write_off
from erp.receivables.service.credit_notes import (
    allocate_credit_note,
    credit_invoice,
    issue_free_credit_note,
)
from erp.receivables.service.differences import (
    lock_accounts_in_foreign_currencies,
    move_carrying,
    open_amounts,
)
from erp.receivables.service.down_payments import (
    credit_down_payment,
    draft_down_payment,
    settle_down_payments,
)
from erp.receivables.service.drafting import (
    InvoiceDraft,
    InvoiceLineInput,
    collected,
    document_totals,
    draft_free_invoice,
    draft_invoice,
    supply_of,
)
from erp.receivables.service.dunning import (
    add_dunning_policy,
    check_dunning_policy,
    dun,
    lift_pause,
    pause_item,
)
from erp.receivables.service.invoices import issue_free_invoice, issue_invoice
from erp.receivables.service.items import undo_allocation
from erp.receivables.service.overdue import mark_overdue
from erp.receivables.service.payments import allocate_payment, receive_payment
from erp.receivables.service.releases import end_release, end_releases, release_credit
from erp.receivables.service.returns import return_payment
from erp.receivables.service.terms import (
    add_payment_terms,
    change_payment_terms,
    change_policy,
)

__all__ = [
    "AccountNotFound",
    "AccountRow",
    "CreditDecision",
    "CreditReason",
    "CreditedBeforeInvoiced",
    "DownPaymentExceedsOrder",
    "DownPaymentIsNothing",
    "DownPaymentNotFound",
    "InvoiceDraft",
    "InvoiceHasNoLines",
    "InvoiceIsNegative",
    "InvoiceLineInput",
    "InvoiceRow",
    "NothingToCredit",
    "OrdersMoved",
    "Settlement",
    "add_dunning_policy",
    "add_payment_terms",
    "allocate_credit_note",
    "allocate_payment",
    "change_account",
    "change_open_orders",
    "change_open_orders_of",
    "change_payment_terms",
    "change_policy",
    "check_credit",
    "check_dunning_policy",
    "claim_credit",
    "collected",
    "credit_down_payment",
    "credit_invoice",
    "document_totals",
    "draft_down_payment",
    "draft_free_invoice",
    "draft_invoice",
    "dun",
    "end_release",
    "end_releases",
    "ensure_account",
    "enter_horizon",
    "issue_free_credit_note",
    "issue_free_invoice",
    "issue_invoice",
    "lift_pause",
    "lock_accounts",
    "lock_accounts_in_foreign_currencies",
    "mark_overdue",
    "move_carrying",
    "net_of_line",
    "open_account",
    "open_accounts_for",
    "open_amounts",
    "open_missing_accounts",
    "pause_item",
    "prepare_company",
    "receive_payment",
    "refund",
    "release_credit",
    "return_payment",
    "reverse_adjustment",
    "settle_down_payments",
    "share_by_category",
    "supply_of",
    "undo_allocation",
    "write_off",
]
