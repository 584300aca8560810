"""Reading who is calling, from the slices below."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from crm.caller_lookup.models import Routes
from crm.caller_lookup.rules import DEFAULT_ROUTES, Caller, Route
from crm.customer_value import queries as values
from crm.customer_value.queries import TierAssignment
from crm.customers import queries as customers
from crm.customers.queries import Customer
from crm.people import queries as people
from crm.people.queries import Reached
from crm.projections.invoice import queries as invoices
from crm.projections.invoice.queries import Owed
from crm.projections.order import queries as orders
from crm.projections.order.queries import Order
from servicekit.uow import ReadSession, UnitOfWork

Reading = ReadSession | UnitOfWork
SHOWN = 5
"""How many orders in flight are told."""


@dataclass(frozen=True, slots=True)
class Known:
    """Who answers a number: the first is who is taken to be calling."""

    reached: Sequence[Reached]
    customer: Customer | None
    assignment: TierAssignment | None
    owed: Sequence[Owed]
    orders: Sequence[Order]

    @property
    def person(self) -> Reached | None:
        """Who is taken to be calling; None: a company's own number, or nobody's."""
        return self.reached[0] if self.reached else None

    @property
    def caller(self) -> Caller:
        """What decides the queue."""
        return Caller(
            known=self.customer is not None or bool(self.reached),
            tier=None if self.customer is None else self.customer.tier,
            overdue=any(each.overdue for each in self.owed),
            orders_in_flight=len(self.orders),
            language=None if self.person is None else self.person.language,
        )


async def routes(reads: Reading) -> tuple[Sequence[Route], int]:
    """The tenant's routes and their version; the default ones have version 0."""
    row = await reads.session.scalar(select(Routes).where(Routes.tenant == reads.tenant))
    if row is None:
        return DEFAULT_ROUTES, 0
    return [
        Route(
            queue=each["queue"],
            known=each.get("known"),
            tiers=None if each.get("tiers") is None else tuple(each["tiers"]),
            overdue=each.get("overdue"),
            orders_in_flight=each.get("orders_in_flight"),
            languages=None if each.get("languages") is None else tuple(each["languages"]),
        )
        for each in row.routes
    ], row.version


async def who_calls(reads: Reading, number: str) -> Known:
    """Who answers a number (E.164), and how their company stands; six statements by keys.

    A person in a role today comes before one who has left; a company's own number is looked for
    where no person has it.
    """
    reached = await people.by_phone(reads, number, reads.now.date())
    customer_id: UUID | None = next(
        (each.customer_id for each in reached if each.customer_id is not None), None
    )
    if not reached:
        customer_id = await customers.by_phone(reads, number)
    if customer_id is None:
        return Known(reached, None, None, (), ())
    session, tenant = reads.session, reads.tenant
    return Known(
        reached,
        await customers.customer(reads, customer_id),
        await values.assignment_of(session, customer_id),
        await invoices.owed(session, tenant, customer_id),
        await orders.orders_in_flight(session, tenant, customer_id, SHOWN),
    )
