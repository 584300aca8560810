"""What clients send and receive about calls."""

from datetime import date, datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field

from crm.caller_lookup.models import Call
from crm.caller_lookup.queries import Known
from crm.caller_lookup.rules import MOST_ROUTES, Route
from servicekit.http import In, MoneyOut, Out
from servicekit.http.schemas import Code, CountryCode, PhoneIn
from servicekit.values import Money

Codes = Annotated[list[Code], Field(min_length=1, max_length=50)]


class CallIn(In):
    """A call that comes in."""

    phone: PhoneIn
    """The number that calls, as the exchange tells it."""
    country: CountryCode | None = None
    """Where a number in national form is dialled (ISO 3166-1 alpha-2)."""


class TriedRouteOut(Out):
    """A route that was looked at."""

    queue: str
    fits: bool
    """Whether the call goes there: the last of the trace does."""
    because: str
    """The first condition that does not hold, or that all do."""


class CallerPersonOut(Out):
    """Somebody who answers the number."""

    person_id: UUID
    name: str
    job_title: str | None
    language: str | None
    customer_id: UUID | None
    """The company where the number is that of a role; null: a number of their own."""
    customer_name: str | None
    ends_on: date | None


class CallerCompanyOut(Out):
    """The company that is taken to be calling, and how it stands."""

    customer_id: UUID
    number: str
    """The number that people know the company by."""
    name: str
    active: bool
    tier: str
    """What it is worth to us."""
    tier_reason: str | None
    """Why the policy gave that tier; null: it was set by hand, or never weighed."""
    value: MoneyOut | None
    """What the policy expected of it when it gave the tier."""


class CallerOrderOut(Out):
    """An order in flight."""

    order_id: UUID
    number: str
    status: str
    """Where it stands, in the ERP's words."""
    promised_on: date | None
    as_of: datetime


class CallOut(Out):
    """A call: which queue it goes to, and why."""

    id: UUID
    number: str
    """In E.164 form."""
    queue: str
    trace: list[TriedRouteOut]
    """Every route that was looked at, in order; the last one fits."""
    person_id: UUID | None
    """Who was taken to be calling; null: a company's own number, or nobody known."""
    customer_id: UUID | None
    called_at: datetime
    called_by: str
    """Who asked: the subject of their access token."""

    @classmethod
    def of(cls, call: Call) -> Self:
        """Render a call."""
        return cls.model_validate(call)


class CallerOut(CallOut):
    """A call with who is calling and how they stand at this moment."""

    people: list[CallerPersonOut]
    """Everybody who answers the number, those in a role today first."""
    company: CallerCompanyOut | None
    """Null: nobody is known by the number, or they have no company."""
    overdue: list[MoneyOut]
    """What the company owes too late, by currency."""
    open_invoices: int
    orders: list[CallerOrderOut]
    """The newest orders in flight, five at most."""

    @classmethod
    def of_known(cls, call: Call, found: Known) -> Self:
        """Render a call with what was found."""
        customer, assignment = found.customer, found.assignment
        company = None
        if customer is not None:
            company = CallerCompanyOut(
                customer_id=customer.id,
                number=customer.number,
                name=customer.name,
                active=customer.active,
                tier=customer.tier,
                tier_reason=None if assignment is None else assignment.reason,
                value=(
                    None
                    if assignment is None
                    else MoneyOut(amount=assignment.value, currency=assignment.currency)
                ),
            )
        return cls(
            **CallOut.of(call).__dict__,
            people=[CallerPersonOut.model_validate(each) for each in found.reached],
            company=company,
            overdue=[
                MoneyOut.of(Money(each.overdue, each.currency))
                for each in found.owed
                if each.overdue
            ],
            open_invoices=sum(each.open_count for each in found.owed),
            orders=[CallerOrderOut.model_validate(each) for each in found.orders],
        )


class CallerRouteIn(In):
    """A queue, and who goes there. A condition that is left out holds for everybody."""

    queue: Code
    known: bool | None = None
    """Whether somebody is known by the number."""
    tiers: Codes | None = None
    """The company has one of these tiers."""
    overdue: bool | None = None
    """Whether the company owes anything too late."""
    orders_in_flight: bool | None = None
    """Whether the company has orders that are not at their end."""
    languages: Codes | None = None
    """The person speaks one of these."""

    def route(self) -> Route:
        """The value the rules work with."""
        return Route(
            self.queue,
            self.known,
            None if self.tiers is None else tuple(self.tiers),
            self.overdue,
            self.orders_in_flight,
            None if self.languages is None else tuple(self.languages),
        )


class CallerRoutesIn(In):
    """The routes in their order: the first that fits decides, the last takes everybody."""

    routes: Annotated[list[CallerRouteIn], Field(min_length=1, max_length=MOST_ROUTES)]
    """The routes."""


class CallerRouteOut(Out):
    """A queue, and who goes there; null: that holds for everybody."""

    queue: str
    known: bool | None
    """Whether somebody is known by the number."""
    tiers: list[str] | None
    overdue: bool | None
    """Whether the company owes anything too late."""
    orders_in_flight: bool | None
    """Whether the company has orders that are not at their end."""
    languages: list[str] | None

    @classmethod
    def of(cls, route: Route) -> Self:
        """Render a route."""
        return cls(
            queue=route.queue,
            known=route.known,
            tiers=None if route.tiers is None else list(route.tiers),
            overdue=route.overdue,
            orders_in_flight=route.orders_in_flight,
            languages=None if route.languages is None else list(route.languages),
        )


class CallerRoutesOut(Out):
    """The routes in their order; version 0: the default ones."""

    version: int
    routes: list[CallerRouteOut]
