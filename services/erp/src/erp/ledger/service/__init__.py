"""Opening companies and posting entries.

Everything here runs inside the caller's transaction: an invoice and its entry stand or fall
together. Entries get their number at commit, when the database also checks them a last time.
"""

from erp.ledger.models import Entry
from erp.ledger.rules import (
    AccountKind,
    AccountRole,
    AmountHasTooManyDecimals,
    AmountIsTooLarge,
    BookedInTheFuture,
    CompanyNotFound,
    Dimensions,
    EntryLine,
    InstantHasNotCome,
    Journal,
    NewAccount,
    NoCompanyYet,
    RoleDoesNotFit,
    RoleHasNoAccount,
    StatementSection,
    check_amount,
    check_day_has_come,
    check_role,
    check_section,
    credit,
    debit,
    round_half_away,
    series_of,
)
from erp.ledger.service.accounts import (
    add_account,
    books_are_empty,
    change_account,
    give_role,
    take_chart,
)
from erp.ledger.service.companies import (
    CompanyStep,
    create_company,
    rename_company,
    set_approval_limit,
    when_a_company_opens,
)
from erp.ledger.service.dimensions import (
    add_dimension,
    change_dimension,
)
from erp.ledger.service.drafts import (
    approve_draft,
    enter_draft,
    reject_draft,
    withdraw_draft,
)
from erp.ledger.service.locks import (
    check_open,
    grant_exception,
    posting_day,
    revoke_exception,
    set_locks,
)
from erp.ledger.service.manual import (
    post_manual_entry,
    reverse_entry,
)
from erp.ledger.service.posting import (
    EntryInput,
    PostedEntry,
    base_currency,
    post_entries,
    post_entry,
)
from erp.ledger.service.templates import (
    Recurrence,
    approve_template,
    make_template,
    post_due,
    post_template,
    stop_template,
)
from erp.ledger.service.year_ends import YearEnd, end_year

__all__ = [
    "AccountKind",
    "AccountRole",
    "AmountHasTooManyDecimals",
    "AmountIsTooLarge",
    "BookedInTheFuture",
    "CompanyNotFound",
    "CompanyStep",
    "Dimensions",
    "Entry",
    "EntryInput",
    "EntryLine",
    "InstantHasNotCome",
    "Journal",
    "NewAccount",
    "NoCompanyYet",
    "PostedEntry",
    "Recurrence",
    "RoleDoesNotFit",
    "RoleHasNoAccount",
    "StatementSection",
    "YearEnd",
    "add_account",
    "add_dimension",
    "approve_draft",
    "approve_template",
    "base_currency",
    "books_are_empty",
    "change_account",
    "change_dimension",
    "check_amount",
    "check_day_has_come",
    "check_manual_entry",
    "check_manual_lines",
    "check_open",
    "check_role",
    "check_section",
    "create_company",
    "credit",
    "debit",
    "end_year",
    "enter_draft",
    "give_role",
    "grant_exception",
    "make_template",
    "post_due",
    "post_entries",
    "post_entry",
    "post_manual_entry",
    "post_template",
    "posting_day",
    "reject_draft",
    "rename_company",
    "reverse_entry",
    "revoke_exception",
    "round_half_away",
    "series_of",
    "set_approval_limit",
    "set_locks",
    "stop_template",
    "take_chart",
    "when_a_company_opens",
    "withdraw_draft",
]
