"""The inbox: one partition batch, one transaction, each event once and in order.

The transaction locks the partition's offset row, reads the marks of all aggregates in the batch,
and applies the batch under one savepoint. Should anything fail for good, it starts over with a
savepoint per message, so that the bad one alone is parked. Effects, outgoing events, marks,
parked messages and the new offset commit together, or the batch comes again.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.exc import IntegrityError

from servicekit.database import Database, Transaction, is_transient
from servicekit.errors import Kind, Refusal
from servicekit.messaging import marks as marking
from servicekit.messaging import metrics, parking
from servicekit.messaging.arrivals import Arrival, EventIsUnreadable, Route, Router, is_state
from servicekit.messaging.bus import Record, TopicPartition
from servicekit.messaging.marks import Aggregate, Mark, Position
from servicekit.messaging.parking import PARKED, WAITING, Failure, StormGuard
from servicekit.messaging.received import Received
from servicekit.messaging.subscriptions import BatchHandler, Subscriptions
from servicekit.telemetry import span_from
from servicekit.uow import Principal

log = logging.getLogger(__name__)

# A consumer frozen inside its transaction must not keep its partition from others for long.
_BEGIN = "SET LOCAL idle_in_transaction_session_timeout = '15s'"
# A server that fails right after such a commit forgets it whole, position included, so the batch
# comes again. Only events that the relay may have sent meanwhile must never be forgotten.
_WITHOUT_WAITING = "SET LOCAL synchronous_commit TO off"
# A deferred constraint must speak while its message can still be told from the others; at
# COMMIT it would take the batch down, again and again.
_CHECK_NOW = "SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED"


class PositionMoved(Exception):
    """Somebody else has moved on in this partition; read again from `offset`."""

    def __init__(self, offset: int) -> None:
        super().__init__(f"the stored position is {offset}")
        self.offset = offset


@dataclass(slots=True)
class Batch:
    """A transaction's view of one topic: its marks, and what became of its messages."""

    transaction: Transaction
    topic: str
    state: bool
    marks: dict[Aggregate, Mark]
    counts: dict[str, int] = field(default_factory=dict)
    newest: datetime | None = None

    def count(self, outcome: str, number: int = 1) -> None:
        """Remember for the metrics; they count only what was committed."""
        self.counts[outcome] = self.counts.get(outcome, 0) + number


@dataclass(slots=True)
class _Sweep:
    """The savepoint around a whole batch, set together with the first handler's tenant."""

    begun: bool = False

    def begin(self) -> str:
        """The statement that sets it; nothing when it is set already."""
        first = not self.begun
        self.begun = True
        return "SAVEPOINT sweep" if first else ""


class Inbox:
    """Applies batches for one consumer of a service."""

    def __init__(
        self,
        database: Database,
        subscriptions: Subscriptions,
        *,
        storm: StormGuard | None = None,
        attempts: int = 5,
    ) -> None:
        self.consumer = subscriptions.name
        self._database = database
        self.router = Router(subscriptions)
        self._storm = storm or StormGuard()
        self._attempts = attempts

    async def apply(
        self, place: TopicPartition, records: Sequence[Record], expected: int, cluster_id: str
    ) -> Batch:
        """Apply what is new among the records, and store the offset after the last of them.

        Raises PositionMoved when the stored offset is not `expected`, TooManyParked, and passing
        faults of the database (`is_transient`); in each case nothing has happened.
        """
        opening = f"{_BEGIN}; {marking.locking(self.consumer, place, expected)}"
        async with self._database.transaction(opening) as transaction:
            connection = transaction.connection
            if transaction.opened != marking.LOCKED:
                stored = await marking.lock_position(connection, self.consumer, place)
                if stored != expected:
                    raise PositionMoved(stored)
            arrivals = [self.router.arrival(record) for record in records]
            batch = await self._batch(transaction, place.topic, arrivals)
            await self._apply(batch, arrivals)
            await marking.save_marks(connection, self.consumer, place.topic, batch.marks)
            last = arrivals[-1]
            event_id = None if last.envelope is None else str(last.envelope.event_id)
            position = Position(last.record.offset + 1, cluster_id, event_id)
            transaction.closing.append(marking.moving(self.consumer, place, position))
            if not any(uow.published for uow in transaction.done):
                transaction.closing.append(_WITHOUT_WAITING)
        for outcome, number in batch.counts.items():
            metrics.EVENTS.labels(self.consumer, outcome).inc(number)
        return batch

    async def _batch(
        self, transaction: Transaction, topic: str, arrivals: Sequence[Arrival]
    ) -> Batch:
        wanted = dict.fromkeys(a.aggregate for a in arrivals if a.envelope is not None)
        loaded = await marking.load_marks(transaction.connection, self.consumer, topic, wanted)
        batch = Batch(transaction, topic, is_state(topic), loaded)
        times = [a.envelope.occurred_at for a in arrivals if a.envelope is not None]
        batch.newest = max(times, default=None)
        return batch

    async def _apply(self, batch: Batch, arrivals: Sequence[Arrival]) -> None:
        plain, odd = self._split(batch, arrivals)
        if plain:
            try:
                await self._together(batch, plain)
            except Exception as error:
                if is_transient(error):
                    raise
                log.info("%s: a batch failed (%r); one by one now", self.consumer, error)
                odd = list(arrivals)
                batch.counts.clear()
        for arrival in odd:
            await self.take(batch, arrival)

    def _split(
        self, batch: Batch, arrivals: Sequence[Arrival]
    ) -> tuple[list[tuple[Arrival, Route | None]], list[Arrival]]:
        """Those that may go in one sweep, and those of aggregates that need a closer look."""
        plain: list[tuple[Arrival, Route | None]] = []
        odd: list[Arrival] = []
        reached: dict[Aggregate, int] = {}
        strange: set[Aggregate] = set()
        for arrival in arrivals:
            aggregate, envelope = arrival.aggregate, arrival.envelope
            if envelope is None or aggregate in strange or batch.marks[aggregate].parked:
                odd.append(arrival)
                continue
            at = reached.get(aggregate, batch.marks[aggregate].sequence)
            if envelope.sequence > at and (batch.state or envelope.sequence == at + 1):
                try:
                    plain.append((arrival, self.router.route(envelope)))
                except EventIsUnreadable:
                    strange.add(aggregate)
                    odd.append(arrival)
                else:
                    reached[aggregate] = envelope.sequence
            elif envelope.sequence <= at:
                batch.count("duplicate")
            else:
                strange.add(aggregate)
                odd.append(arrival)
        return plain, odd

    async def _together(self, batch: Batch, plain: list[tuple[Arrival, Route | None]]) -> None:
        """The fast path: one savepoint for everything, newest states only where that is enough."""
        connection, done = batch.transaction.connection, len(batch.transaction.done)
        sweep = _Sweep()
        try:
            for tenant in dict.fromkeys(arrival.tenant for arrival, _ in plain):
                mine = [(a, r) for a, r in plain if r is not None and a.tenant == tenant]
                await self._one_after_another(batch, mine, sweep)
                await self._newest_states(batch, tenant, mine, sweep)
            if sweep.begun:
                await connection.execute(f"{_CHECK_NOW}; RELEASE sweep")
        except BaseException:
            del batch.transaction.done[done:]
            if sweep.begun and not connection.is_closed():
                await connection.execute("ROLLBACK TO sweep; RELEASE sweep")
            raise
        for arrival, route in plain:
            batch.marks[arrival.aggregate].move(arrival.sequence)
            batch.count("skipped" if route is None else "applied")

    async def _one_after_another(
        self, batch: Batch, routed: Sequence[tuple[Arrival, Route]], sweep: _Sweep
    ) -> None:
        entered = False
        for arrival, route in routed:
            if route.ones:
                received = self.router.received(arrival, route)
                await self._call(
                    batch, received, route.ones, savepoint=False, same_tenant=entered, sweep=sweep
                )
                entered = True

    async def _newest_states(
        self,
        batch: Batch,
        tenant: str,
        routed: Sequence[tuple[Arrival, Route]],
        sweep: _Sweep,
    ) -> None:
        heard: dict[BatchHandler, dict[str, tuple[Arrival, Route]]] = {}
        for arrival, route in routed:
            for handler in route.newest:
                heard.setdefault(handler, {})[arrival.aggregate_id] = (arrival, route)
        parsed: dict[int, Received[Any]] = {}
        for handler, by_aggregate in heard.items():
            received = []
            for arrival, route in by_aggregate.values():
                if id(arrival) not in parsed:
                    parsed[id(arrival)] = self.router.received(arrival, route)
                received.append(parsed[id(arrival)])
            last = received[-1]
            with span_from(last.traceparent, f"{self.consumer} process {batch.topic}"):
                async with batch.transaction.acting(
                    self._principal(tenant),
                    last.correlation_id,
                    last,
                    savepoint=False,
                    first=sweep.begin(),
                ) as uow:
                    await handler(received, uow)

    async def take(self, batch: Batch, arrival: Arrival) -> None:
        """The careful path: this message alone, in its aggregate's order."""
        connection = batch.transaction.connection
        if arrival.envelope is None:
            await self._park(batch, arrival, Failure(arrival.fault))
            return
        mark = batch.marks[arrival.aggregate]
        if arrival.sequence <= mark.sequence:
            batch.count("duplicate")
            return
        if mark.parked:
            aside = await parking.parked_of(
                connection, self.consumer, batch.topic, *arrival.aggregate
            )
            blocking = next((item for item in aside if item.kind == PARKED), None)
            if blocking is not None:
                await self._wait(batch, arrival, f"behind sequence {blocking.sequence}", "waiting")
                return
        if not batch.state and arrival.sequence > mark.sequence + 1:
            await self._wait(batch, arrival, f"sequence {mark.sequence + 1} has not come", "gap")
            return
        failure = await self._attempt(batch, arrival)
        if failure is not None:
            await self._park(batch, arrival, failure)
            mark.set_parked(True)
            return
        mark.move(arrival.sequence)
        if mark.parked:
            await self.drain(batch, arrival.aggregate)

    async def drain(self, batch: Batch, aggregate: Aggregate) -> int:
        """Apply what waits for this aggregate as far as it goes; how many were applied.

        The first that fails is parked, and the rest keep waiting behind it.
        """
        connection, mark, healed = batch.transaction.connection, batch.marks[aggregate], 0
        aside = await parking.parked_of(connection, self.consumer, batch.topic, *aggregate)
        left = len(aside)
        for item in aside:
            arrival = self.router.arrival(item.record)
            if arrival.envelope is None:
                break
            fresh = arrival.sequence > mark.sequence
            if fresh and not batch.state and arrival.sequence > mark.sequence + 1:
                break
            failure = await self._attempt(batch, arrival) if fresh else None
            if failure is not None:
                await parking.fail_again(connection, aggregate[0], item.id, failure)
                break
            await parking.remove(connection, aggregate[0], item.id)
            mark.move(arrival.sequence)
            left -= 1
            healed += fresh
        mark.set_parked(left > 0)
        batch.count("healed", healed)
        return healed

    async def _attempt(self, batch: Batch, arrival: Arrival) -> Failure | None:
        """Hand one message to its handlers inside a savepoint; what went wrong, if it did."""
        assert arrival.envelope is not None
        for left in reversed(range(self._attempts)):
            try:
                route = self.router.route(arrival.envelope)
                if route is None:
                    batch.count("skipped")
                    return None
                received = self.router.received(arrival, route)
                calls = (*route.ones, *map(_alone, route.newest))
                await self._call(batch, received, calls, savepoint=True)
            except Exception as error:
                if is_transient(error):
                    raise
                if not (left and _may_be_a_race(error)):
                    return Failure.of(error)
            else:
                batch.count("applied")
                return None
        raise AssertionError("the last attempt returns")

    async def _call(
        self,
        batch: Batch,
        received: Received[Any],
        calls: Sequence[Any],
        *,
        savepoint: bool,
        same_tenant: bool = False,
        sweep: _Sweep | None = None,
    ) -> None:
        name = f"{self.consumer} process {batch.topic}"
        with span_from(received.traceparent, name):
            async with batch.transaction.acting(
                self._principal(received.tenant),
                received.correlation_id,
                received,
                savepoint=savepoint,
                same_tenant=same_tenant,
                first="" if sweep is None else sweep.begin(),
            ) as uow:
                for call in calls:
                    await call(received.event, uow)
                if savepoint:
                    await uow.flush()
                    await uow.connection.execute(_CHECK_NOW)

    async def _wait(self, batch: Batch, arrival: Arrival, reason: str, outcome: str) -> None:
        connection = batch.transaction.connection
        new = await parking.park(connection, self.consumer, arrival, WAITING, Failure(reason))
        batch.marks[arrival.aggregate].set_parked(True)
        batch.count(outcome if new else "duplicate")

    async def _park(self, batch: Batch, arrival: Arrival, failure: Failure) -> None:
        connection = batch.transaction.connection
        if await parking.park(connection, self.consumer, arrival, PARKED, failure):
            if not failure.refused:
                self._storm.count()
            batch.count("parked")
            log.error(
                "%s parked %s offset %d of %s: %s",
                self.consumer,
                batch.topic,
                arrival.record.offset,
                arrival.aggregate,
                failure.reason,
            )

    def _principal(self, tenant: str) -> Principal:
        return Principal.of_service(self._database.service, tenant)


def _alone(handler: BatchHandler) -> Any:
    async def call(event: Any, uow: Any) -> None:
        await handler([uow.cause], uow)

    return call


def _may_be_a_race(error: BaseException) -> bool:
    """Somebody wrote the same row at the same time; a second look sees what they wrote."""
    stale = isinstance(error, Refusal) and error.kind is Kind.STALE
    return stale or isinstance(error, IntegrityError)
