"""Use cases of payment runs.

Order of locks: the run, then the company's suppliers, then document numbers, then the ledger.
"""

from erp.payment_runs.service.bank_accounts import add_bank_account, change_bank_account
from erp.payment_runs.service.reports import take_status_report
from erp.payment_runs.service.runs import approve_run, cancel_run, make_run, release_run

__all__ = [
    "add_bank_account",
    "approve_run",
    "cancel_run",
    "change_bank_account",
    "make_run",
    "release_run",
    "take_status_report",
]
