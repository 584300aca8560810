"""Use cases of the company's own bank accounts."""

from typing import Any
from uuid import UUID

from erp.ledger import queries as ledger
from erp.payables.service import checked_bank_details
from erp.payment_runs.models import CompanyBankAccount
from servicekit.uow import UnitOfWork


async def add_bank_account(
    uow: UnitOfWork,
    company_id: UUID,
    *,
    name: str,
    iban: str,
    bic: str | None,
    currency: str | None,
) -> CompanyBankAccount:
    """Add a bank account of a company; `currency` None is the company's.

    Raises `CompanyNotFound`, `BankDetailsAreWrong`, `CompanyBankAccountIsThere`.
    """
    company = await ledger.company(uow.session, company_id)
    account, bank = checked_bank_details(iban, bic)
    row = CompanyBankAccount(
        tenant=uow.tenant,
        id=uow.new_id(),
        company_id=company_id,
        name=name,
        iban=account,
        bic=bank,
        currency=currency or company.base_currency,
        active=True,
    )
    uow.add(row)
    await uow.flush()
    uow.audit("payment_runs.bank_account.added", "bank-account", row.id, {"iban": row.iban})
    return row


async def change_bank_account(
    uow: UnitOfWork, account_id: UUID, *, expected: int, changes: dict[str, Any]
) -> CompanyBankAccount:
    """Rename an account or take it out of use; raises `CompanyBankAccountNotFound`, `Stale`."""
    row = await uow.lock(CompanyBankAccount, account_id, expected)
    before = {name: getattr(row, name) for name in changes}
    for name, value in changes.items():
        setattr(row, name, value)
    await uow.flush()
    uow.audit(
        "payment_runs.bank_account.changed",
        "bank-account",
        account_id,
        {n: {"from": str(before[n]), "to": str(value)} for n, value in changes.items()},
    )
    return row
