"""Addresses of the caller lookup slice."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends

from crm.caller_lookup import queries, service
from crm.caller_lookup.models import Call
from crm.caller_lookup.rules import CallNotFound, RoutesLeaveCallersOut
from crm.caller_lookup.schemas import (
    CallerOut,
    CallerRouteOut,
    CallerRoutesIn,
    CallerRoutesOut,
    CallIn,
    CallOut,
)
from crm.customers.service import PhoneNumberIsImpossible
from servicekit.http import IfMatch, Listing, Page, PageOut, Reads, SliceRouter, Writes

calls = SliceRouter(prefix="/v1/caller-lookups", tags=["caller lookup"])
routes = SliceRouter(prefix="/v1/caller-routes", tags=["caller lookup"])
routers = (calls, routes)

READ, LOOK_UP = "crm.caller_lookup.read", "crm.caller_lookup.look_up"
CONFIGURE = "crm.caller_lookup.configure"

LISTING = Listing(
    Call,
    sorts={"called_at": Call.called_at},
    filters={
        "number": Call.number,
        "customer_id": Call.customer_id,
        "person_id": Call.person_id,
        "queue": Call.queue,
        "called_by": Call.called_by,
        "called_at": Call.called_at,
    },
    default_sort="-called_at",
)


@calls.post("", permission=LOOK_UP, status_code=201, refusals=(PhoneNumberIsImpossible,))
async def look_caller_up(body: CallIn, uow: Writes) -> CallerOut:
    """Say who calls, what they are worth and why, what they owe and wait for, and their queue.

    The decision is kept with its trace. A number that nobody has is no mistake: it has a queue too.
    """
    call, found = await service.look_up(uow, body.phone, body.country)
    return CallerOut.of_known(call, found)


@calls.get("", permission=READ)
async def list_calls(page: Annotated[Page, Depends(LISTING)], reads: Reads) -> PageOut[CallOut]:
    """Calls that were looked up, the newest first."""
    return PageOut.of(await page.fetch(reads, LISTING.select()), CallOut.of)


@calls.get("/{call_id}", permission=READ, refusals=(CallNotFound,))
async def get_call(call_id: UUID, reads: Reads) -> CallOut:
    """A call: where it was sent, and why."""
    return CallOut.of(await reads.get(Call, call_id))


@routes.get("", permission=READ)
async def get_caller_routes(reads: Reads) -> CallerRoutesOut:
    """Which caller goes to which queue, in the order in which routes are looked at."""
    found, version = await queries.routes(reads)
    return CallerRoutesOut(version=version, routes=[CallerRouteOut.of(each) for each in found])


@routes.put("", permission=CONFIGURE, refusals=(RoutesLeaveCallersOut,))
async def set_caller_routes(
    body: CallerRoutesIn, expected: IfMatch, uow: Writes
) -> CallerRoutesOut:
    """Replace the routes; `If-Match: "0"` for the first ones."""
    version = await service.set_routes(uow, [each.route() for each in body.routes], expected)
    found, _ = await queries.routes(uow)
    return CallerRoutesOut(version=version, routes=[CallerRouteOut.of(each) for each in found])
