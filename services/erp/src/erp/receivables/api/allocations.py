"""Which credit settled which debit, and taking that back."""

from uuid import UUID

from erp.ledger.service import BookedInTheFuture, RoleHasNoAccount, check_day_has_come
from erp.receivables import queries, service
from erp.receivables.rules import (
    AllocationBelongsToItsDocument,
    AllocationIsUndone,
    AllocationNotFound,
    UndoneBeforeItCounted,
)
from erp.receivables.schemas import AllocationDetailOut, UndoingIn
from servicekit.http.router import SliceRouter
from servicekit.http.supplied import Reads, Writes

READ, WRITE = "erp.receivables.read", "erp.receivables.write"

allocations = SliceRouter(prefix="/v1/allocations", tags=["receivables"])


@allocations.get("/{allocation_id}", permission=READ, refusals=(AllocationNotFound,))
async def get_allocation(allocation_id: UUID, reads: Reads) -> AllocationDetailOut:
    """An allocation, undone or not."""
    return AllocationDetailOut.of(await queries.allocation(reads.session, allocation_id))


@allocations.post(
    "/{allocation_id}/undoing",
    permission=WRITE,
    refusals=(
        AllocationNotFound,
        AllocationBelongsToItsDocument,
        AllocationIsUndone,
        UndoneBeforeItCounted,
        BookedInTheFuture,
        RoleHasNoAccount,
    ),
)
async def undo_allocation(allocation_id: UUID, body: UndoingIn, uow: Writes) -> AllocationDetailOut:
    """Take an allocation back: what it settled is open again, what it used is free again."""
    if body.undone_on is not None:
        check_day_has_come(body.undone_on, uow.now.date(), field="undone_on")
    return AllocationDetailOut.of(
        await service.undo_allocation(
            uow, allocation_id, undone_on=body.undone_on, reason=body.reason
        )
    )
