"""The doors of payment proposals and of the company's own bank accounts."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Response

from erp.exchange_rates.queries import ExchangeRateIsMissing
from erp.ledger import queries as ledger
from erp.ledger.service import CompanyNotFound, NoCompanyYet
from erp.payables.service import ApprovalExceedsLimit, ApproverEnteredIt, BankDetailsAreWrong
from erp.payment_runs import queries, service
from erp.payment_runs.models import CompanyBankAccount, PaymentRun, StatusReportRow
from erp.payment_runs.rules import (
    BankAccountDoesNotPay,
    BooksHaveMoved,
    CompanyBankAccountIsThere,
    CompanyBankAccountNotFound,
    FileIsAnother,
    ItemIsInAnotherRun,
    ItemIsNotProposed,
    NextRunIsNotLater,
    NothingToPay,
    PayDayIsPast,
    PaymentRunNotFound,
    RunIsNotInThatState,
    StatusReportContradicts,
    StatusReportIsAnother,
    StatusReportIsNotReadable,
    StatusReportIsOfNoRun,
    StatusReportNamesAnotherPayment,
    StatusReportNotFound,
    check_days,
)
from erp.payment_runs.schemas import (
    CompanyBankAccountIn,
    CompanyBankAccountOut,
    CompanyBankAccountPatch,
    PaymentProposalOut,
    PaymentRunApprovalIn,
    PaymentRunCancellationIn,
    PaymentRunDetailOut,
    PaymentRunIn,
    PaymentRunOut,
    StatusReportDetailOut,
    StatusReportIn,
    StatusReportOut,
)
from servicekit.http.bulk import BULK_BODY_BYTES
from servicekit.http.filters import choice
from servicekit.http.paging import Listing, Page, PageOut
from servicekit.http.router import SliceRouter
from servicekit.http.schemas import CurrencyCode, DayIn
from servicekit.http.supplied import IfMatch, Reads, Writes

READ, SET_UP = "erp.payment_runs.read", "erp.payment_runs.set_up"
WRITE, APPROVE, DOWNLOAD = (
    "erp.payment_runs.write",
    "erp.payment_runs.approve",
    "erp.payment_runs.download",
)

router = SliceRouter(prefix="/v1/payment-proposals", tags=["payables"])
bank_accounts = SliceRouter(prefix="/v1/company-bank-accounts", tags=["payables"])
runs = SliceRouter(prefix="/v1/payment-runs", tags=["payables"])
reports = SliceRouter(prefix="/v1/payment-status-reports", tags=["payables"])
routers = (router, bank_accounts, runs, reports)

REPORTS = Listing(
    StatusReportRow,
    sorts={"received_at": StatusReportRow.received_at},
    filters={
        "run_id": StatusReportRow.run_id,
        "number": StatusReportRow.number,
        "said_on": StatusReportRow.said_on,
    },
    default_sort="-received_at",
)
RUNS = Listing(
    PaymentRun,
    sorts={"made_at": PaymentRun.made_at},
    filters={
        "company_id": PaymentRun.company_id,
        "status": choice(PaymentRun.status, ["proposed", "approved", "released", "cancelled"]),
        "pay_on": PaymentRun.pay_on,
        "made_by": PaymentRun.made_by,
    },
    default_sort="-made_at",
)

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


@runs.post(
    "",
    permission=WRITE,
    status_code=201,
    refusals=(
        CompanyBankAccountNotFound,
        BankAccountDoesNotPay,
        PayDayIsPast,
        NextRunIsNotLater,
        ItemIsNotProposed,
        ItemIsInAnotherRun,
        NothingToPay,
    ),
)
async def make_payment_run(body: PaymentRunIn, uow: Writes) -> PaymentRunDetailOut:
    """Make a run of what is to be paid, and its file (pain.001); nothing is booked yet."""
    return PaymentRunDetailOut.of_detail(
        await service.make_run(
            uow,
            body.bank_account_id,
            pay_on=body.pay_on or uow.now.date(),
            next_pay_on=body.next_pay_on,
            without=body.without,
        )
    )


@runs.get("", permission=READ)
async def list_payment_runs(
    page: Annotated[Page, Depends(RUNS)], reads: Reads
) -> PageOut[PaymentRunOut]:
    """Payment runs, the latest first."""
    return PageOut.of(await page.fetch(reads, RUNS.select()), PaymentRunOut.of)


@runs.get("/{run_id}", permission=READ, refusals=(PaymentRunNotFound,))
async def get_payment_run(run_id: UUID, reads: Reads) -> PaymentRunDetailOut:
    """A run with what it pays each supplier, and for what."""
    return PaymentRunDetailOut.of_detail(await queries.run(reads.session, run_id))


@runs.get(
    "/{run_id}/file",
    permission=DOWNLOAD,
    refusals=(PaymentRunNotFound,),
    produces=("application/xml",),
)
async def get_payment_run_file(run_id: UUID, reads: Reads) -> Response:
    """The file that the bank takes (ISO 20022, pain.001.001.09), byte by byte as approved."""
    row = await queries.run_with_file(reads.session, run_id)
    return Response(
        row.file,
        headers={"Content-Disposition": f'attachment; filename="{row.id.hex}.xml"'},
        media_type="application/xml",
    )


@runs.post(
    "/{run_id}/approve",
    permission=APPROVE,
    refusals=(
        PaymentRunNotFound,
        RunIsNotInThatState,
        ApproverEnteredIt,
        FileIsAnother,
        ApprovalExceedsLimit,
    ),
)
async def approve_payment_run(
    run_id: UUID, body: PaymentRunApprovalIn, expected: IfMatch, uow: Writes
) -> PaymentRunDetailOut:
    """Approve a run that somebody else made, by the hash of its file, within the own limits."""
    return PaymentRunDetailOut.of_detail(
        await service.approve_run(uow, run_id, expected=expected, file_sha256=body.sha256)
    )


@runs.post(
    "/{run_id}/release",
    permission=WRITE,
    refusals=(
        PaymentRunNotFound,
        RunIsNotInThatState,
        BooksHaveMoved,
        ExchangeRateIsMissing,
    ),
)
async def release_payment_run(run_id: UUID, expected: IfMatch, uow: Writes) -> PaymentRunDetailOut:
    """Book an approved run: each supplier's payment settles what it was made for."""
    return PaymentRunDetailOut.of_detail(await service.release_run(uow, run_id, expected=expected))


@runs.post(
    "/{run_id}/cancel",
    permission=WRITE,
    refusals=(PaymentRunNotFound, RunIsNotInThatState),
)
async def cancel_payment_run(
    run_id: UUID, body: PaymentRunCancellationIn, expected: IfMatch, uow: Writes
) -> PaymentRunDetailOut:
    """Give a run up that is not released; its items are free again."""
    return PaymentRunDetailOut.of_detail(
        await service.cancel_run(uow, run_id, expected=expected, reason=body.reason)
    )


@reports.post(
    "",
    permission=WRITE,
    status_code=201,
    max_body_bytes=BULK_BODY_BYTES,
    refusals=(
        StatusReportIsNotReadable,
        StatusReportIsOfNoRun,
        StatusReportIsAnother,
        StatusReportNamesAnotherPayment,
        StatusReportContradicts,
        RunIsNotInThatState,
        ExchangeRateIsMissing,
    ),
)
async def take_status_report(body: StatusReportIn, uow: Writes) -> StatusReportDetailOut:
    """Take what the bank says of a released run (pain.002); what it rejected comes back.

    The same report a second time changes nothing and is answered as it was taken.
    """
    return StatusReportDetailOut.of_detail(await service.take_status_report(uow, body.file()))


@reports.get("", permission=READ)
async def list_status_reports(
    page: Annotated[Page, Depends(REPORTS)], reads: Reads
) -> PageOut[StatusReportOut]:
    """Reports of banks, newest first."""
    return PageOut.of(await page.fetch(reads, REPORTS.select()), StatusReportOut.of)


@reports.get("/{report_id}", permission=READ, refusals=(StatusReportNotFound,))
async def get_status_report(report_id: UUID, reads: Reads) -> StatusReportDetailOut:
    """A report with what was new in it."""
    return StatusReportDetailOut.of_detail(await queries.report(reads.session, report_id))
