"""Dunning, disputes and promises, open items, and statements of an account."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import Depends
from starlette.responses import Response

from erp.exchange_rates.queries import ExchangeRateIsMissing
from erp.ledger import queries as ledger
from erp.ledger.service import (
    BookedInTheFuture,
    CompanyNotFound,
    NoCompanyYet,
    RoleHasNoAccount,
    check_day_has_come,
)
from erp.receivables import queries, service
from erp.receivables.models import DunningPolicy, OpenItemRow
from erp.receivables.rules import (
    AccountForItIsMissing,
    AccountNotFound,
    DunningPolicyCodeIsTaken,
    DunningPolicyNotFound,
    LevelsAreOutOfOrder,
    OpenItemNotFound,
    PauseNotFound,
    PromiseNeedsADay,
)
from erp.receivables.schemas import (
    DunningPolicyIn,
    DunningPolicyOut,
    DunningRunIn,
    LettersOut,
    LiftingIn,
    OpenItemOut,
    PauseIn,
    PauseOut,
    StatementOut,
)
from servicekit.http.filters import choice, prefixed
from servicekit.http.paging import Listing, Page, PageOut
from servicekit.http.router import SliceRouter
from servicekit.http.schemas import DayIn
from servicekit.http.supplied import Reads, Writes

READ, WRITE = "erp.receivables.read", "erp.receivables.write"
DUN = "erp.receivables.dun"

dunning_policies = SliceRouter(prefix="/v1/dunning-policies", tags=["receivables"])
dunning_runs = SliceRouter(prefix="/v1/dunning-runs", tags=["receivables"])
open_items = SliceRouter(prefix="/v1/open-items", tags=["receivables"])
pauses = SliceRouter(prefix="/v1/pauses", tags=["receivables"])
statements = SliceRouter(prefix="/v1/account-statements", tags=["receivables"])

DUNNING_POLICIES = Listing(
    DunningPolicy,
    sorts={"code": DunningPolicy.code},
    filters={"code": prefixed(DunningPolicy.code)},
    default_sort="code",
)
OPEN_ITEMS = Listing(
    OpenItemRow,
    sorts={"posted_on": OpenItemRow.posted_on, "open_amount": OpenItemRow.open_amount},
    filters={
        "company_id": OpenItemRow.company_id,
        "account_id": OpenItemRow.account_id,
        "document_id": OpenItemRow.document_id,
        "side": choice(OpenItemRow.side, ("debit", "credit")),
        "currency": OpenItemRow.currency,
        "due_on": OpenItemRow.due_on,
        "posted_on": OpenItemRow.posted_on,
    },
    default_sort="posted_on",
)


@dunning_policies.post(
    "",
    permission=WRITE,
    status_code=201,
    refusals=(LevelsAreOutOfOrder, DunningPolicyCodeIsTaken),
)
async def add_dunning_policy(body: DunningPolicyIn, uow: Writes) -> DunningPolicyOut:
    """Write a dunning policy: levels by days overdue, with fees and interest."""
    return DunningPolicyOut.of(
        await service.add_dunning_policy(uow, code=body.code, name=body.name, levels=body.rules())
    )


@dunning_policies.get("", permission=READ)
async def list_dunning_policies(
    page: Annotated[Page, Depends(DUNNING_POLICIES)], reads: Reads
) -> PageOut[DunningPolicyOut]:
    """Dunning policies by code."""
    return PageOut.of(await page.fetch(reads, DUNNING_POLICIES.select()), DunningPolicyOut.of)


@dunning_policies.get("/{policy_id}", permission=READ, refusals=(DunningPolicyNotFound,))
async def get_dunning_policy(policy_id: UUID, reads: Reads) -> DunningPolicyOut:
    """A dunning policy."""
    return DunningPolicyOut.of(await reads.get(DunningPolicy, policy_id))


@dunning_runs.post(
    "",
    permission=DUN,
    refusals=(
        CompanyNotFound,
        NoCompanyYet,
        AccountForItIsMissing,
        BookedInTheFuture,
        ExchangeRateIsMissing,
        RoleHasNoAccount,
    ),
)
async def dun(body: DunningRunIn, uow: Writes) -> LettersOut:
    """Let overdue items climb a level, or say which would; the letters are the answer."""
    company = await ledger.company_or_default(uow.session, body.company_id)
    day = body.dunned_on or uow.now.date()
    check_day_has_come(day, uow.now.date(), field="dunned_on")
    letters = await service.dun(uow, company.id, day, preview=body.dry_run)
    return LettersOut.of(company.id, letters)


@dunning_runs.get("/{dunned_on}", permission=READ, refusals=(CompanyNotFound, NoCompanyYet))
async def get_letters(dunned_on: DayIn, reads: Reads, company_id: UUID | None = None) -> LettersOut:
    """The letters of a day, as they were written."""
    company = await ledger.company_or_default(reads.session, company_id)
    return LettersOut.of(company.id, await queries.letters(reads.session, company.id, dunned_on))


@open_items.get("", permission=READ)
async def list_all_open_items(
    page: Annotated[Page, Depends(OPEN_ITEMS)], reads: Reads
) -> PageOut[OpenItemOut]:
    """Open items, settled ones included, by the day on which they count."""
    return PageOut.of(await page.fetch(reads, OPEN_ITEMS.select()), OpenItemOut.of)


@open_items.post(
    "/{item_id}/pauses",
    permission=WRITE,
    status_code=201,
    refusals=(OpenItemNotFound, PromiseNeedsADay),
)
async def pause_item(item_id: UUID, body: PauseIn, uow: Writes) -> PauseOut:
    """Note a dispute or a promise to pay: this item alone is not dunned until it is over."""
    return PauseOut.of(
        await service.pause_item(uow, item_id, kind=body.kind, until=body.until, reason=body.reason)
    )


@pauses.post("/{pause_id}/lifting", permission=WRITE, refusals=(PauseNotFound,))
async def lift_pause(pause_id: UUID, body: LiftingIn, uow: Writes) -> PauseOut:
    """End a dispute or promise now."""
    return PauseOut.of(await service.lift_pause(uow, pause_id, reason=body.reason))


async def _statement(reads: Reads, account_id: UUID, first: date, last: date) -> StatementOut:
    account = await queries.account(reads.session, account_id)
    return StatementOut.of(
        await queries.statement(reads.session, account_id, account.currency, first, last)
    )


@statements.get("/{account_id}", permission=READ, refusals=(AccountNotFound,))
async def get_account_statement(
    account_id: UUID, first: DayIn, last: DayIn, reads: Reads
) -> StatementOut:
    """An account between two days: opening balance, movements, closing balance."""
    return await _statement(reads, account_id, first, last)


@statements.get(
    "/{account_id}/csv", permission=READ, refusals=(AccountNotFound,), produces=("text/csv",)
)
async def get_statement_as_csv(
    account_id: UUID, first: DayIn, last: DayIn, reads: Reads
) -> Response:
    """The same as a table for spreadsheets."""
    statement = await _statement(reads, account_id, first, last)
    return Response(statement.csv(), media_type="text/csv")
