"""Accounts, their ageing, and the proofs that they hold."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends

from erp.ledger import queries as ledger
from erp.ledger.service import (
    AmountHasTooManyDecimals,
    AmountIsTooLarge,
    CompanyNotFound,
    NoCompanyYet,
)
from erp.receivables import queries, service
from erp.receivables.models import Account
from erp.receivables.rules import (
    AccountExistsAlready,
    AccountNotFound,
    CustomerIsUnknown,
    DunningPolicyNotFound,
    PaymentTermsNotFound,
)
from erp.receivables.schemas import (
    AccountIn,
    AccountOut,
    AccountPatch,
    AgeingOut,
    InvoiceOut,
    OpenItemsOut,
    ReceivablesProofsOut,
)
from servicekit.http.paging import Listing, Page, PageOut
from servicekit.http.router import SliceRouter
from servicekit.http.schemas import DayIn
from servicekit.http.supplied import IfMatch, Reads, Writes

READ, WRITE = "erp.receivables.read", "erp.receivables.write"

accounts = SliceRouter(prefix="/v1/accounts", tags=["receivables"])
ageing = SliceRouter(prefix="/v1/ageing", tags=["receivables"])
proofs = SliceRouter(prefix="/v1/receivables-proofs", tags=["receivables"])

ACCOUNTS = Listing(
    Account,
    sorts={"created_at": Account.created_at},
    filters={
        "company_id": Account.company_id,
        "customer_id": Account.customer_id,
        "currency": Account.currency,
        "credit_stop": Account.credit_stop,
        "created_at": Account.created_at,
    },
    default_sort="created_at",
)


@accounts.post(
    "",
    permission=WRITE,
    status_code=201,
    refusals=(
        CompanyNotFound,
        NoCompanyYet,
        CustomerIsUnknown,
        AccountExistsAlready,
        AmountHasTooManyDecimals,
        AmountIsTooLarge,
    ),
)
async def open_account(body: AccountIn, uow: Writes) -> AccountOut:
    """Open an account by hand; in the default company a customer gets one by itself."""
    company = await ledger.company_or_default(uow.session, body.company_id)
    account = await service.open_account(
        uow,
        customer_id=body.customer_id,
        company_id=company.id,
        currency=body.currency,
        payment_terms_days=body.payment_terms_days,
        credit_limit=body.credit_limit,
    )
    return AccountOut.of(account)


@accounts.get("", permission=READ)
async def list_accounts(
    page: Annotated[Page, Depends(ACCOUNTS)], reads: Reads
) -> PageOut[AccountOut]:
    """Accounts with their exposure, oldest first unless sorted otherwise."""
    found = await page.fetch(reads, ACCOUNTS.select())
    ids = [row.id for row in found.rows]
    rows = await queries.accounts(reads.session, ids)
    return PageOut[AccountOut](
        items=[AccountOut.of(rows[id_]) for id_ in ids], next_cursor=found.next_cursor
    )


@accounts.get("/{account_id}", permission=READ, refusals=(AccountNotFound,))
async def get_account(account_id: UUID, reads: Reads) -> AccountOut:
    """An account with its exposure, headroom and state."""
    return AccountOut.of(await queries.account(reads.session, account_id))


@accounts.patch(
    "/{account_id}",
    permission=WRITE,
    refusals=(
        AccountNotFound,
        PaymentTermsNotFound,
        DunningPolicyNotFound,
        AmountHasTooManyDecimals,
        AmountIsTooLarge,
    ),
)
async def change_account(
    account_id: UUID, body: AccountPatch, expected: IfMatch, uow: Writes
) -> AccountOut:
    """Change payment terms or credit limit, or stop the account's credit by hand."""
    await service.check_dunning_policy(uow, body.dunning_policy_id)
    return AccountOut.of(
        await service.change_account(uow, account_id, expected=expected, changes=body.changes())
    )


@accounts.get("/{account_id}/open-items", permission=READ, refusals=(AccountNotFound,))
async def list_open_items(account_id: UUID, reads: Reads) -> OpenItemsOut:
    """Invoices on which the account owes something, oldest due date first."""
    await queries.account(reads.session, account_id)
    rows = await queries.open_items(reads.session, account_id)
    return OpenItemsOut(items=[InvoiceOut.of(row) for row in rows])


@ageing.get("", permission=READ, refusals=(CompanyNotFound, NoCompanyYet))
async def get_ageing(
    reads: Reads, company_id: UUID | None = None, as_of: DayIn | None = None
) -> AgeingOut:
    """Open items by days past due, as they stood on a day (today in UTC unless given)."""
    company = await ledger.company_or_default(reads.session, company_id)
    day = as_of or reads.now.date()
    return AgeingOut.of(company.id, await queries.ageing(reads.session, company.id, day))


@proofs.get("", permission=READ, refusals=(CompanyNotFound, NoCompanyYet))
async def prove_receivables(reads: Reads, company_id: UUID | None = None) -> ReceivablesProofsOut:
    """Compare documents, accounts and the control account; reads every open document."""
    company = await ledger.company_or_default(reads.session, company_id)
    found = await queries.proofs(reads.session, company.id)
    return ReceivablesProofsOut.of(company.id, found)
