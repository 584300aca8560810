"""Contracts over HTTP: `/v1/contracts`; read, amend, renew, cancel."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query

from cpq.amendments import service
from cpq.amendments.rules import (
    AmendmentIsEmpty,
    AmendmentOnlyGivesBack,
    ReductionChargesSomething,
)
from cpq.amendments.schemas import (
    AmendmentIn,
    AmendmentQuoteOut,
    CancelContractIn,
    ContractOut,
    ContractSummaryOut,
    PreviewOut,
    RenewalIn,
)
from cpq.approvals.service import AboveApproversLimit, MakerIsNotChecker, NotAnApprover
from cpq.contracts import queries
from cpq.contracts.queries import Contract
from cpq.contracts.service import (
    ChangeIsNoChange,
    ContractHasChanged,
    ContractIsCancelled,
    ContractIsOver,
    ContractNotFound,
    ContractRunsOn,
    HoldingIsChangedTwice,
    HoldingIsNotThere,
    holdings,
)
from cpq.quotes.service import QUOTING_REFUSALS
from servicekit.errors import Refusal
from servicekit.http import (
    IfMatch,
    Listing,
    Page,
    PageOut,
    Reads,
    SliceRouter,
    Writes,
    prefixed,
)
from servicekit.uow import ReadSession, UnitOfWork

router = SliceRouter(prefix="/v1/contracts", tags=["contracts"])

_READ = "cpq.quotes.read"
_WRITE = "cpq.quotes.write"

LISTING = Listing(
    Contract,
    sorts={
        "created_at": Contract.created_at,
        "updated_at": Contract.updated_at,
        "number": Contract.number,
        "end_on": Contract.end_on,
    },
    filters={
        "customer_id": Contract.customer_id,
        "number": prefixed(Contract.number),
        "currency": Contract.currency,
        "start_on": Contract.start_on,
        "end_on": Contract.end_on,
        "quote_id": Contract.quote_id,
        "cancelled": Contract.cancelled_at.is_not(None),
        "created_at": Contract.created_at,
    },
    default_sort="-created_at",
)

_REDUCE = "cpq.contracts.reduce"
_GIVING_BACK = (MakerIsNotChecker, NotAnApprover, AboveApproversLimit)
_CHANGING: tuple[type[Refusal], ...] = (
    ContractNotFound,
    ContractIsOver,
    ContractIsCancelled,
    ContractRunsOn,
    HoldingIsNotThere,
    HoldingIsChangedTwice,
    ChangeIsNoChange,
    AmendmentIsEmpty,
    *QUOTING_REFUSALS,
)


@router.get("", permission=_READ)
async def list_contracts(
    page: Annotated[Page, Depends(LISTING)], reads: Reads
) -> PageOut[ContractSummaryOut]:
    """Contracts without what is held; `end_on[lte]` finds those that want renewing."""
    return PageOut.of(await page.fetch(reads, LISTING.select()), ContractSummaryOut.of)


@router.get("/{contract_id}", permission=_READ, refusals=(ContractNotFound,))
async def read_contract(
    contract_id: UUID,
    reads: Reads,
    on: Annotated[
        date | None, Query(description="The day that the holdings are of; null: today.")
    ] = None,
) -> ContractOut:
    """What the customer has on a day, and everything that was bought and taken away."""
    return await _seen(reads, await reads.get(Contract, contract_id), on or reads.now.date())


@router.query("/{contract_id}/amendments/preview", permission=_READ, refusals=_CHANGING)
async def preview_contract_amendment(
    contract_id: UUID, body: AmendmentIn, reads: Reads
) -> PreviewOut:
    """What a change would charge and give back, to the day; nothing is written."""
    contract = await reads.get(Contract, contract_id)
    preview = await service.preview_amendment(reads, contract_id, body.amendment())
    return PreviewOut.of(preview, contract.currency)


@router.post(
    "/{contract_id}/amendments",
    permission=_WRITE,
    status_code=201,
    refusals=(*_CHANGING, AmendmentOnlyGivesBack),
)
async def amend_contract(contract_id: UUID, body: AmendmentIn, uow: Writes) -> AmendmentQuoteOut:
    """Start a quote for a change; the contract changes when the customer accepts it.

    More of something is charged at the locked price for the days that are left; what is taken away
    is given back by the same arithmetic and stands on the quote as its credits.
    """
    return AmendmentQuoteOut.of(await service.amend(uow, contract_id, body.amendment()))


@router.post(
    "/{contract_id}/reductions",
    permission=_REDUCE,
    refusals=(*_CHANGING, ReductionChargesSomething, ContractHasChanged, *_GIVING_BACK),
)
async def reduce_contract(
    contract_id: UUID, body: AmendmentIn, expected: IfMatch, uow: Writes
) -> ContractOut:
    """Write a change that only gives back; ContractAmended says which credit is due.

    Where the approval policy has a rule about `given_back`, only its approvers may, within their
    limit, and nobody who made the contract's quote.
    """
    contract = await service.reduce_contract(uow, contract_id, body.amendment(), expected=expected)
    return await _seen(uow, contract, body.effective_on)


@router.query("/{contract_id}/renewals/preview", permission=_READ, refusals=_CHANGING)
async def preview_contract_renewal(contract_id: UUID, body: RenewalIn, reads: Reads) -> PreviewOut:
    """What the next term would cost; nothing is written."""
    contract = await reads.get(Contract, contract_id)
    preview = await service.preview_renewal(reads, contract_id, body.renewal())
    return PreviewOut.of(preview, contract.currency)


@router.post("/{contract_id}/renewals", permission=_WRITE, status_code=201, refusals=_CHANGING)
async def renew_contract(contract_id: UUID, body: RenewalIn, uow: Writes) -> AmendmentQuoteOut:
    """Start a quote for the next term: each price is kept, raised, or worked out anew."""
    return AmendmentQuoteOut.of(await service.renew(uow, contract_id, body.renewal()))


@router.post(
    "/{contract_id}/cancel",
    permission=_REDUCE,
    refusals=(ContractNotFound, ContractIsOver, ContractHasChanged, *_GIVING_BACK),
)
async def cancel_contract(
    contract_id: UUID, body: CancelContractIn, expected: IfMatch, uow: Writes
) -> ContractOut:
    """Have nothing more from a day on; what was paid for later days is given back.

    What the approval policy asks about `given_back` holds as for reductions.
    """
    contract = await service.cancel_contract(
        uow, contract_id, effective_on=body.effective_on, expected=expected
    )
    return await _seen(uow, contract, body.effective_on)


async def _seen(reads: ReadSession | UnitOfWork, contract: Contract, day: date) -> ContractOut:
    rows = await queries.entry_rows(reads.session, contract.id)
    held = holdings([queries.entry_of(row) for row in rows], day)
    return ContractOut.seen(contract, list(rows), held, day)
