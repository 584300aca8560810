"""Credit beyond an account's limit."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends

from erp.ledger.service import AmountHasTooManyDecimals, AmountIsTooLarge
from erp.receivables import service
from erp.receivables.models import Release
from erp.receivables.rules import AccountNotFound, ReleaseEndsBeforeToday, ReleaseNotFound
from erp.receivables.schemas import ReleaseEndIn, ReleaseIn, ReleaseOut
from servicekit.http.paging import Listing, Page, PageOut
from servicekit.http.router import SliceRouter
from servicekit.http.supplied import Reads, Writes

READ, RELEASE = "erp.receivables.read", "erp.receivables.release_credit"

credit_releases = SliceRouter(prefix="/v1/credit-releases", tags=["receivables"])

RELEASES = Listing(
    Release,
    sorts={"created_at": Release.created_at, "until": Release.until},
    filters={"account_id": Release.account_id, "until": Release.until},
    default_sort="-created_at",
)


@credit_releases.post(
    "",
    permission=RELEASE,
    status_code=201,
    refusals=(
        AccountNotFound,
        ReleaseEndsBeforeToday,
        AmountHasTooManyDecimals,
        AmountIsTooLarge,
    ),
)
async def release_credit(body: ReleaseIn, uow: Writes) -> ReleaseOut:
    """Let an account owe an amount beyond its limit until the end of a day."""
    return ReleaseOut.of(
        await service.release_credit(
            uow, body.account_id, amount=body.amount, until=body.until, reason=body.reason
        )
    )


@credit_releases.get("", permission=READ)
async def list_credit_releases(
    page: Annotated[Page, Depends(RELEASES)], reads: Reads
) -> PageOut[ReleaseOut]:
    """What was released, latest first; what has ended is among it."""
    return PageOut.of(await page.fetch(reads, RELEASES.select()), ReleaseOut.of)


@credit_releases.post("/{release_id}/end", permission=RELEASE, refusals=(ReleaseNotFound,))
async def end_credit_release(release_id: UUID, body: ReleaseEndIn, uow: Writes) -> ReleaseOut:
    """Take released credit back now."""
    return ReleaseOut.of(await service.end_release(uow, release_id, reason=body.reason))
