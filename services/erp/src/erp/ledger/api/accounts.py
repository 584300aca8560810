"""The doors of ledger accounts."""

from uuid import UUID

from erp.ledger import queries, service
from erp.ledger.models import Account
from erp.ledger.rules import (
    AccountCodeIsTaken,
    AccountHasEntries,
    CompanyNotFound,
    LedgerAccountNotFound,
    NoCompanyYet,
    ParentDoesNotFit,
    RoleDoesNotFit,
    RoleHasEntries,
    SectionDoesNotFit,
)
from erp.ledger.schemas import (
    AccountRoleIn,
    LedgerAccountIn,
    LedgerAccountOut,
    LedgerAccountPatch,
    LedgerAccountsOut,
)
from servicekit.http.router import SliceRouter
from servicekit.http.supplied import IfMatch, Reads, Writes

READ, WRITE = "erp.ledger.read", "erp.ledger.chart"

ledger_accounts = SliceRouter(prefix="/v1/ledger-accounts", tags=["ledger"])


@ledger_accounts.get("", permission=READ, refusals=(CompanyNotFound, NoCompanyYet))
async def list_ledger_accounts(reads: Reads, company_id: UUID | None = None) -> LedgerAccountsOut:
    """The chart of a company (the default one unless named), by code."""
    company = await queries.company_or_default(reads.session, company_id)
    rows = await queries.chart(reads.session, company.id)
    return LedgerAccountsOut(items=[LedgerAccountOut.of(row) for row in rows])


@ledger_accounts.get("/{account_id}", permission=READ, refusals=(LedgerAccountNotFound,))
async def get_ledger_account(account_id: UUID, reads: Reads) -> LedgerAccountOut:
    """An account of a chart."""
    return LedgerAccountOut.of(await reads.get(Account, account_id))


@ledger_accounts.post(
    "",
    permission=WRITE,
    status_code=201,
    refusals=(
        CompanyNotFound,
        NoCompanyYet,
        AccountCodeIsTaken,
        SectionDoesNotFit,
        ParentDoesNotFit,
    ),
)
async def open_ledger_account(body: LedgerAccountIn, uow: Writes) -> LedgerAccountOut:
    """Add an account to a company's chart (the default one's unless named)."""
    company = await queries.company_or_default(uow.session, body.company_id)
    row = await service.add_account(
        uow,
        company.id,
        code=body.code,
        name=body.name,
        kind=body.kind,
        section=body.section,
        parent_id=body.parent_id,
        heading=body.heading,
    )
    return LedgerAccountOut.of(row)


@ledger_accounts.patch(
    "/{account_id}",
    permission=WRITE,
    refusals=(
        LedgerAccountNotFound,
        SectionDoesNotFit,
        ParentDoesNotFit,
        AccountHasEntries,
        RoleHasEntries,
    ),
)
async def change_ledger_account(
    account_id: UUID, body: LedgerAccountPatch, expected: IfMatch, uow: Writes
) -> LedgerAccountOut:
    """Rename an account, move it in the tree or the statements, close it or open it again."""
    return LedgerAccountOut.of(
        await service.change_account(uow, account_id, expected=expected, changes=body.changes())
    )


@ledger_accounts.put(
    "/{account_id}/role",
    permission=WRITE,
    refusals=(LedgerAccountNotFound, RoleDoesNotFit, RoleHasEntries),
)
async def give_ledger_account_role(
    account_id: UUID, body: AccountRoleIn, expected: IfMatch, uow: Writes
) -> LedgerAccountOut:
    """Have postings that ask for a role find this account; whichever had it loses it."""
    return LedgerAccountOut.of(
        await service.give_role(uow, account_id, expected=expected, role=body.role)
    )
