"""Which queue a caller goes to, and why. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from servicekit.errors import InvalidInput, NotFound

MOST_ROUTES = 50


class CallNotFound(NotFound):
    """The call does not exist, or belongs to another tenant."""

    code = "call-not-found"
    title = "No such call"
    hint = "List the calls with GET /v1/caller-lookups."


class RoutesLeaveCallersOut(InvalidInput):
    """Somebody answers every call."""

    code = "routes-leave-callers-out"
    title = "The last route takes every caller"
    hint = "Let the last route have no conditions: what no other takes goes to its queue."


@dataclass(frozen=True, slots=True)
class Caller:
    """What is known when the telephone rings."""

    known: bool
    tier: str | None = None
    overdue: bool = False
    orders_in_flight: int = 0
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Route:
    """A queue, and who goes there; a condition of None holds for everybody."""

    queue: str
    known: bool | None = None
    tiers: tuple[str, ...] | None = None
    overdue: bool | None = None
    orders_in_flight: bool | None = None
    languages: tuple[str, ...] | None = None

    @property
    def open(self) -> bool:
        """Whether it takes everybody."""
        conditions = (self.known, self.tiers, self.overdue, self.orders_in_flight, self.languages)
        return all(condition is None for condition in conditions)


DEFAULT_ROUTES = (
    Route("reception", known=False),
    Route("receivables", overdue=True),
    Route("key-accounts", tiers=("gold", "platinum")),
    Route("orders", orders_in_flight=True),
    Route("sales"),
)
"""Who owes is asked first, whoever they are; a tenant sets its own."""


@dataclass(frozen=True, slots=True)
class Tried:
    """A route that was looked at: whether it fits, and what decided that."""

    queue: str
    fits: bool
    because: str


@dataclass(frozen=True, slots=True)
class Routed:
    """The queue, and every route that was looked at on the way there."""

    queue: str
    trace: tuple[Tried, ...]


def check_routes(routes: Sequence[Route]) -> None:
    """Raise `RoutesLeaveCallersOut` unless the last route takes everybody."""
    if not routes or not routes[-1].open:
        raise RoutesLeaveCallersOut("Nobody answers who fits no route.", field="routes")


def route(caller: Caller, routes: Sequence[Route]) -> Routed:
    """The first route that fits; raises `RoutesLeaveCallersOut` where none does."""
    trace: list[Tried] = []
    for one in routes:
        misfit = _misfit(caller, one)
        if misfit is not None:
            trace.append(Tried(one.queue, fits=False, because=misfit))
            continue
        because = "It takes everybody." if one.open else "Every condition holds."
        trace.append(Tried(one.queue, fits=True, because=because))
        return Routed(one.queue, tuple(trace))
    raise RoutesLeaveCallersOut("Nobody answers who fits no route.", field="routes")


def _misfit(caller: Caller, one: Route) -> str | None:
    """The first condition of a route that does not hold, in words."""
    if one.known is not None and one.known != caller.known:
        return "The caller is known." if caller.known else "Nobody is known by this number."
    if one.tiers is not None and caller.tier not in one.tiers:
        return f"The tier is {caller.tier or 'not known'}, not {' or '.join(one.tiers)}."
    if one.overdue is not None and one.overdue != caller.overdue:
        return "Something is overdue." if caller.overdue else "Nothing is overdue."
    if one.orders_in_flight is not None and one.orders_in_flight != bool(caller.orders_in_flight):
        return f"{caller.orders_in_flight or 'No'} orders are in flight."
    if one.languages is not None and caller.language not in one.languages:
        return f"The language is {caller.language or 'not known'}."
    return None
