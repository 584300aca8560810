"""The doors of payment proposals and of the company's own bank accounts."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends

from erp.ledger import queries as ledger
from erp.ledger.service import CompanyNotFound, NoCompanyYet
from erp.payables.service import BankDetailsAreWrong
from erp.payment_runs import queries, service
from erp.payment_runs.models import CompanyBankAccount
from erp.payment_runs.rules import (
    CompanyBankAccountIsThere,
    CompanyBankAccountNotFound,
    NextRunIsNotLater,
    PayDayIsPast,
    check_days,
)
from erp.payment_runs.schemas import (
    CompanyBankAccountIn,
    CompanyBankAccountOut,
    CompanyBankAccountPatch,
    PaymentProposalOut,
)
from servicekit.http.paging import Listing, Page, PageOut
from servicekit.http.router import SliceRouter
from servicekit.http.schemas import CurrencyCode, DayIn
from servicekit.http.supplied import IfMatch, Reads, Writes

READ, SET_UP = "erp.payment_runs.read", "erp.payment_runs.set_up"

router = SliceRouter(prefix="/v1/payment-proposals", tags=["payables"])
bank_accounts = SliceRouter(prefix="/v1/company-bank-accounts", tags=["payables"])
routers = (router, bank_accounts)

BANK_ACCOUNTS = Listing(
    CompanyBankAccount,
    sorts={"iban": CompanyBankAccount.iban},
    filters={
        "company_id": CompanyBankAccount.company_id,
        "currency": CompanyBankAccount.currency,
        "active": CompanyBankAccount.active,
    },
    default_sort="iban",
)


@router.get(
    "",
    permission=READ,
    refusals=(CompanyNotFound, NoCompanyYet, PayDayIsPast, NextRunIsNotLater),
)
async def get_payment_proposal(
    reads: Reads,
    next_pay_on: DayIn,
    pay_on: DayIn | None = None,
    company_id: UUID | None = None,
    currency: CurrencyCode | None = None,
) -> PaymentProposalOut:
    """What to pay suppliers on a day (today in UTC), and why; the company's own currency if none.

    A bill is paid that would be late, or lose its early discount, on the day of the next run.
    """
    company = await ledger.company_or_default(reads.session, company_id)
    today = reads.now.date()
    check_days(pay_on or today, next_pay_on, today)
    return PaymentProposalOut.of(
        await queries.proposal(
            reads.session,
            company.id,
            currency or company.base_currency,
            pay_on or today,
            next_pay_on,
        )
    )


@bank_accounts.post(
    "",
    permission=SET_UP,
    status_code=201,
    refusals=(CompanyNotFound, NoCompanyYet, BankDetailsAreWrong, CompanyBankAccountIsThere),
)
async def add_company_bank_account(
    body: CompanyBankAccountIn, uow: Writes
) -> CompanyBankAccountOut:
    """Add a bank account from which the company pays."""
    company = await ledger.company_or_default(uow.session, body.company_id)
    return CompanyBankAccountOut.of(
        await service.add_bank_account(
            uow,
            company.id,
            name=body.name,
            iban=body.iban,
            bic=body.bic,
            currency=body.currency,
        )
    )


@bank_accounts.get("", permission=READ)
async def list_company_bank_accounts(
    page: Annotated[Page, Depends(BANK_ACCOUNTS)], reads: Reads
) -> PageOut[CompanyBankAccountOut]:
    """The companies' own bank accounts, by IBAN."""
    return PageOut.of(await page.fetch(reads, BANK_ACCOUNTS.select()), CompanyBankAccountOut.of)


@bank_accounts.get("/{bank_account_id}", permission=READ, refusals=(CompanyBankAccountNotFound,))
async def get_company_bank_account(bank_account_id: UUID, reads: Reads) -> CompanyBankAccountOut:
    """A bank account of a company's own."""
    return CompanyBankAccountOut.of(await reads.get(CompanyBankAccount, bank_account_id))


@bank_accounts.patch(
    "/{bank_account_id}", permission=SET_UP, refusals=(CompanyBankAccountNotFound,)
)
async def change_company_bank_account(
    bank_account_id: UUID, body: CompanyBankAccountPatch, expected: IfMatch, uow: Writes
) -> CompanyBankAccountOut:
    """Rename a bank account, or take it out of use."""
    return CompanyBankAccountOut.of(
        await service.change_bank_account(
            uow, bank_account_id, expected=expected, changes=body.changes()
        )
    )
