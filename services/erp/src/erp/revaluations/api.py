"""The HTTP doors of revaluations."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends

from erp.exchange_rates.queries import ExchangeRateIsMissing
from erp.ledger import queries as ledger
from erp.ledger.service import (
    BookedInTheFuture,
    CompanyNotFound,
    NoCompanyYet,
    check_day_has_come,
)
from erp.revaluations import queries, service
from erp.revaluations.models import Revaluation
from erp.revaluations.rules import (
    LaterRevaluationStands,
    Method,
    RevaluationExists,
    RevaluationIsUndone,
    RevaluationNotFound,
)
from erp.revaluations.schemas import (
    RevaluationDetailOut,
    RevaluationIn,
    RevaluationOut,
    RevaluationUndoingIn,
)
from servicekit.http.filters import choice
from servicekit.http.paging import Listing, Page, PageOut
from servicekit.http.router import SliceRouter
from servicekit.http.supplied import Reads, Writes

READ, WRITE = "erp.revaluations.read", "erp.revaluations.write"

revaluations = SliceRouter(prefix="/v1/revaluations", tags=["revaluations"])
routers = (revaluations,)

REVALUATIONS = Listing(
    Revaluation,
    sorts={"valued_on": Revaluation.valued_on, "recorded_at": Revaluation.recorded_at},
    filters={
        "company_id": Revaluation.company_id,
        "valued_on": Revaluation.valued_on,
        "method": choice(Revaluation.method, [method.value for method in Method]),
    },
    default_sort="-valued_on",
)


@revaluations.post(
    "",
    permission=WRITE,
    status_code=201,
    refusals=(
        CompanyNotFound,
        NoCompanyYet,
        ExchangeRateIsMissing,
        RevaluationExists,
        BookedInTheFuture,
    ),
)
async def revalue(body: RevaluationIn, uow: Writes) -> RevaluationDetailOut:
    """Book the unrealised differences of a day, or with `dry_run` only say what they are."""
    company = await ledger.company_or_default(uow.session, body.company_id)
    check_day_has_come(body.valued_on, uow.now.date(), field="valued_on")
    if body.dry_run:
        return RevaluationDetailOut.of_preview(
            await service.preview(uow.session, company.id, body.valued_on, body.method)
        )
    row = await service.revalue(uow, company.id, body.valued_on, body.method)
    return RevaluationDetailOut.of_booked(row, await queries.items_of(uow.session, row.id))


@revaluations.get("", permission=READ)
async def list_revaluations(
    page: Annotated[Page, Depends(REVALUATIONS)], reads: Reads
) -> PageOut[RevaluationOut]:
    """Revaluations, undone ones included, the latest day first unless sorted otherwise."""
    return PageOut.of(await page.fetch(reads, REVALUATIONS.select()), RevaluationOut.of)


@revaluations.get("/{revaluation_id}", permission=READ, refusals=(RevaluationNotFound,))
async def get_revaluation(revaluation_id: UUID, reads: Reads) -> RevaluationDetailOut:
    """A revaluation with what it found about every item."""
    row = await reads.get(Revaluation, revaluation_id)
    return RevaluationDetailOut.of_booked(row, await queries.items_of(reads.session, row.id))


@revaluations.post(
    "/{revaluation_id}/undoing",
    permission=WRITE,
    refusals=(RevaluationNotFound, RevaluationIsUndone, LaterRevaluationStands),
)
async def undo_revaluation(
    revaluation_id: UUID, body: RevaluationUndoingIn, uow: Writes
) -> RevaluationDetailOut:
    """Take the latest revaluation of a company back, by reversal."""
    row = await service.undo(uow, revaluation_id, reason=body.reason)
    return RevaluationDetailOut.of_booked(row, await queries.items_of(uow.session, row.id))
