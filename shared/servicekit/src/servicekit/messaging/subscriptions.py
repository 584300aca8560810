"""Who hears what: a consumer's handlers, declared beside the code that they call.

A `Subscriptions` is one consumer: one Kafka group, one namespace of marks and offsets, one
thing that stops, lags, parks and can be rebuilt. Slices of one service may declare the same
consumer name; the worker merges them.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from contracts import Event, TopicKind, topic_of
from servicekit.messaging.received import Received

if TYPE_CHECKING:
    from servicekit.uow import UnitOfWork

OneHandler = Callable[[Any, "UnitOfWork"], Awaitable[None]]
BatchHandler = Callable[[Sequence[Received[Any]], "UnitOfWork"], Awaitable[None]]
H = TypeVar("H", bound=OneHandler)
B = TypeVar("B", bound=BatchHandler)

_NAME = re.compile(r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+$")


class BadSubscription(TypeError):
    """A subscription that could never work, refused when the service is imported."""


@dataclass(frozen=True, slots=True)
class One:
    """A handler that hears each event of an aggregate, one at a time, in order."""

    events: tuple[type[Event], ...]
    call: OneHandler


@dataclass(frozen=True, slots=True)
class Newest:
    """A handler that hears only the newest state of each aggregate, many at a time."""

    events: tuple[type[Event], ...]
    call: BatchHandler


Handler = One | Newest


@dataclass(slots=True)
class Subscriptions:
    """One consumer of a service.

    `name` is `<service>.<consumer>`, for example `erp.reactions`. `rebuild` lists the tables
    (mapped classes or table names) that hold nothing but what this consumer was told; naming
    them allows `rebuild --consumer NAME` to empty them and read the topics again from their
    start. A consumer with other effects (orders opened, journal entries posted) must not list
    any, and cannot be rebuilt.

    `step` is how many events heard one at a time share a transaction. A handler that locks what
    people lock too takes 1: locks of several use cases held together wait for each other in a
    ring.
    """

    name: str
    rebuild: Sequence[object] = ()
    step: int = 50
    handlers: list[Handler] = field(default_factory=list)

    def __post_init__(self) -> None:
        if not _NAME.match(self.name):
            raise BadSubscription(
                f"{self.name!r} is no consumer name: write <service>.<consumer>, as erp.reactions"
            )

    def on(self, *events: type[Event]) -> Callable[[H], H]:
        """Hear these events one at a time, in order per aggregate.

        The handler runs in a transaction that also claims the event, so a redelivery never
        reaches it. `uow.cause` is the `Received`. Raising a `Refusal` (or anything else that is
        not a passing fault of the database) parks the event.
        """
        self._check(events)

        def register(handler: H) -> H:
            self.handlers.append(One(events, handler))
            return handler

        return register

    def on_state(self, *events: type[Event]) -> Callable[[B], B]:
        """Hear the newest event of each aggregate, in batches of one tenant.

        Only for compacted topics, whose events carry the aggregate's whole state; the handler
        must write that state whatever it had before. A batch holds an aggregate at most once.
        `uow.cause` is the last of the batch.
        """
        self._check(events)
        for event in events:
            if topic_of(event).kind is not TopicKind.STATE:
                raise BadSubscription(
                    f"{event.__name__} travels on the log topic {event.topic}: each of its events "
                    "is a step of its own, so hear it with on(), not on_state()"
                )

        def register(handler: B) -> B:
            self.handlers.append(Newest(events, handler))
            return handler

        return register

    @property
    def topics(self) -> tuple[str, ...]:
        """The topics that the consumer reads, sorted."""
        return tuple(sorted({event.topic for h in self.handlers for event in h.events}))

    @property
    def events(self) -> tuple[type[Event], ...]:
        """The events that some handler hears, each once."""
        return tuple(dict.fromkeys(event for h in self.handlers for event in h.events))

    @property
    def rebuild_tables(self) -> tuple[str, ...]:
        """Names of the tables that a rebuild empties, each once."""
        return tuple(dict.fromkeys(_table_name(item) for item in self.rebuild))

    def _check(self, events: tuple[type[Event], ...]) -> None:
        if not events:
            raise BadSubscription(f"{self.name}: name at least one event class to hear")
        for event in events:
            if not event.event_type:
                raise BadSubscription(f"{event.__name__} is no published event (no V<number>)")


def merged(subscriptions: Iterable[Subscriptions]) -> list[Subscriptions]:
    """One `Subscriptions` per consumer name, with the handlers and tables of all its parts."""
    by_name: dict[str, Subscriptions] = {}
    for part in subscriptions:
        whole = by_name.setdefault(part.name, Subscriptions(part.name, rebuild=()))
        whole.handlers.extend(part.handlers)
        whole.rebuild = (*whole.rebuild, *part.rebuild)
        whole.step = min(whole.step, part.step)
    return list(by_name.values())


def _table_name(item: object) -> str:
    if isinstance(item, str):
        return item
    name = getattr(item, "__tablename__", None) or getattr(item, "name", None)
    if not isinstance(name, str):
        raise BadSubscription(f"{item!r} is neither a mapped class, a table nor a table's name")
    return name
