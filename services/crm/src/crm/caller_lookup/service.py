"""Use cases of caller lookup."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import select

from crm.caller_lookup import queries
from crm.caller_lookup.models import Call, Routes
from crm.caller_lookup.queries import Known
from crm.caller_lookup.rules import Route, check_routes, route
from crm.customers.service import e164
from servicekit.errors import Stale
from servicekit.uow import UnitOfWork


async def look_up(uow: UnitOfWork, number: str, country: str | None) -> tuple[Call, Known]:
    """Say who calls from a number and where the call goes, and keep why.

    Raises PhoneNumberIsImpossible.
    """
    dialled = e164(number, country)
    found = await queries.who_calls(uow, dialled)
    routes, _ = await queries.routes(uow)
    decided = route(found.caller, routes)
    call = Call(
        tenant=uow.tenant,
        id=uow.new_id(),
        number=dialled,
        person_id=None if found.person is None else found.person.person_id,
        customer_id=None if found.customer is None else found.customer.id,
        queue=decided.queue,
        trace=[asdict(tried) for tried in decided.trace],
        found=asdict(found.caller),
        called_at=uow.now,
        called_by=uow.principal.subject,
    )
    uow.add(call)
    await uow.flush()
    return call, found


async def set_routes(uow: UnitOfWork, routes: Sequence[Route], expected: int) -> int:
    """Replace the tenant's routes; answers the new version. `expected` 0: there are none yet.

    Raises Stale or RoutesLeaveCallersOut.
    """
    check_routes(routes)
    kept: list[Any] = [
        {name: value for name, value in asdict(each).items() if value is not None}
        for each in routes
    ]
    row = await uow.session.scalar(select(Routes).where(Routes.tenant == uow.tenant))
    if row is None:
        if expected != 0:
            raise Stale("there are no routes yet", expected=expected, current=0)
        row = Routes(id=uow.new_id())
        uow.add(row)
    else:
        row = await uow.lock(Routes, row.id, expected)
    row.routes = kept
    await uow.flush()
    uow.audit("crm.caller_lookup.set_routes", "caller-routes", row.id, {"routes": kept})
    return row.version
