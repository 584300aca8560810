"""The relay: from the outbox to the bus, in order, at least once.

One connection per service holds a session advisory lock, so one relay sends at a time. It reads
the oldest unsent rows by id, sends them, waits for every acknowledgement, and marks what was
acknowledged. The row lock on the aggregate's stream makes id order equal sequence order, hence
nothing here needs to sort. Killed between send and mark, the next relay sends again; consumers
recognise the second delivery by its sequence.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Sequence
from typing import Any

import asyncpg

from servicekit.database import is_connection_fault
from servicekit.messaging import metrics
from servicekit.messaging.bus import (
    Acknowledged,
    Bus,
    BusError,
    Outgoing,
    Producer,
    RecordRefused,
    TopicPartition,
    TopicSpec,
)
from servicekit.messaging.envelope import constant_headers, headers, record_key
from servicekit.messaging.relay_log import RelayLog
from servicekit.messaging.replay import run_replay_requests

log = logging.getLogger(__name__)

_FAREWELL_SECONDS = 5.0
_GATHERING_SECONDS = 0.015
LOCK = 0x7477_7265_6C61_79  # "twrelay": the advisory lock of the one relay that sends.

_UNSENT = """
SELECT id, tenant, topic, aggregate_id, sequence, event_id, event_type, dataschema, body,
       occurred_at, correlation_id, causation_id, actor, traceparent, replay
  FROM platform_outbox
 WHERE sent_at IS NULL
 ORDER BY id
 LIMIT $1
"""

_MARK = """
WITH acknowledged AS (
    SELECT * FROM unnest($2::text[], $3::int[], $4::bigint[]) AS a(topic, partition, "offset")
), logged AS (
    INSERT INTO platform_relay_log (topic, partition, acked_offset, cluster_id)
    SELECT topic, partition, "offset", $5 FROM acknowledged
    ON CONFLICT (topic, partition)
    DO UPDATE SET acked_offset = excluded.acked_offset, cluster_id = excluded.cluster_id
)
UPDATE platform_outbox SET sent_at = now(), replay = false WHERE id = ANY($1::bigint[])
"""

_BACKLOG = """
SELECT count(*) AS unsent,
       coalesce(extract(epoch FROM now() - min(occurred_at)), 0)::float8 AS oldest
  FROM (SELECT occurred_at FROM platform_outbox
         WHERE sent_at IS NULL ORDER BY id LIMIT 100000) AS waiting
"""


class Relay:
    """Sends a service's outbox for as long as it holds the lock.

    `dsn` is the platform role's; `source` becomes `ce_source`; `topics` are those the service
    owns, created when missing. Times are seconds.
    """

    def __init__(
        self,
        *,
        dsn: str,
        bus: Bus,
        source: str,
        topics: Sequence[TopicSpec],
        batch_size: int = 500,
        poll_seconds: float = 0.05,
        check_seconds: float = 2.0,
    ) -> None:
        self._dsn = dsn
        self._bus = bus
        self._source = source
        self._topics = list(topics)
        self._batch_size = batch_size
        self._poll_seconds = poll_seconds
        self._check_seconds = check_seconds
        self._woken = asyncio.Event()
        self._stopping = asyncio.Event()
        self._constant: dict[tuple[str, str], tuple[tuple[str, bytes], ...]] = {}
        self.leading = False
        self.last_turn = time.monotonic()

    def wake(self) -> None:
        """Something was committed in this process: look at once instead of at the next poll."""
        self._woken.set()

    def stop(self) -> None:
        """Finish the batch in hand, then end `run`."""
        self._stopping.set()
        self._woken.set()

    async def run(self) -> None:
        """Lead while possible, stand by otherwise; returns after `stop`."""
        pause = 0.2
        while not self._stopping.is_set():
            try:
                await self._connected()
                pause = 0.2
            except Exception as error:
                lost = (OSError, TimeoutError, asyncpg.PostgresError)
                if not (isinstance(error, lost) or is_connection_fault(error)):
                    raise
                log.warning("relay: the database went away (%r); again in %.1f s", error, pause)
                await self._rest(pause)
                pause = min(pause * 2, 5.0)
            finally:
                self.leading = False
                metrics.RELAY_LEADER.set(0)

    async def _connected(self) -> None:
        connection = await asyncpg.connect(
            self._dsn,
            timeout=10,
            command_timeout=60,
            server_settings={
                "application_name": "tradewind-relay",
                # A frozen relay must not keep the lock: its session ends, another takes over.
                "idle_session_timeout": "5s",
                "idle_in_transaction_session_timeout": "5s",
            },
        )
        producer = self._bus.producer()
        try:
            while not await connection.fetchval("SELECT pg_try_advisory_lock($1)", LOCK):
                self.last_turn = time.monotonic()
                if self._stopping.is_set():
                    return
                await self._rest(1.0)
            self.leading = True
            metrics.RELAY_LEADER.set(1)
            await self._lead(connection, producer)
        finally:
            await producer.stop()
            # Not close(): that waits for the server, which may be the one that is gone.
            connection.terminate()

    async def _lead(self, connection: Any, producer: Producer) -> None:
        relay_log = RelayLog(connection, self._bus, self._topics)
        await relay_log.load()
        watch = _Watch(relay_log, self._check_seconds)
        pause = 0.2
        try:
            while not self._stopping.is_set():
                self.last_turn = time.monotonic()
                try:
                    await self._keeping(connection, producer.start())
                    await self._keeping(connection, watch.turn())
                    if watch.news:
                        await relay_log.resend(watch.take())
                        await run_replay_requests(connection)
                        await self._measure(connection)
                    sent = await self._turn(connection, producer, relay_log)
                    pause = 0.2
                except BusError as error:
                    log.warning("relay: the bus is away (%s); again in %.1f s", error, pause)
                    watch.reset()
                    await connection.execute("SELECT 1")
                    await self._rest(pause)
                    pause = min(pause * 2, 2.0)
                    continue
                if sent < self._batch_size:
                    # Consumers of this process wake us at every commit: let a few gather.
                    await asyncio.sleep(min(self._poll_seconds, _GATHERING_SECONDS))
                    await self._rest(self._poll_seconds - _GATHERING_SECONDS)
        finally:
            watch.stop()
        # What consumers and jobs committed last goes out before we leave.
        with contextlib.suppress(BusError, TimeoutError):
            async with asyncio.timeout(_FAREWELL_SECONDS):
                while await self._turn(connection, producer, relay_log) == self._batch_size:
                    pass

    async def _turn(self, connection: Any, producer: Producer, relay_log: RelayLog) -> int:
        """Send one batch; the number of rows read."""
        self._woken.clear()
        rows = await connection.fetch(_UNSENT, self._batch_size)
        if not rows:
            return 0
        answers = await self._keeping(connection, producer.send([self._record(r) for r in rows]))
        done, acknowledged, failures = prefixes(rows, answers)
        if done:
            offsets = relay_log.newest(acknowledged)
            await connection.execute(
                _MARK,
                done,
                [place.topic for place in offsets],
                [place.partition for place in offsets],
                list(offsets.values()),
                relay_log.cluster_id,
            )
            relay_log.acknowledged(acknowledged)
        if failures:
            log.warning(
                "relay: %d of %d events not sent: %s", len(failures), len(rows), failures[0]
            )
            raise BusError(str(failures[0]))
        return len(rows)

    def _record(self, row: Any) -> Outgoing:
        event_type, dataschema = row["event_type"], row["dataschema"]
        constant = self._constant.get((event_type, dataschema))
        if constant is None:
            constant = constant_headers(
                source=self._source, event_type=event_type, dataschema=dataschema
            )
            self._constant[event_type, dataschema] = constant
        tenant, aggregate_id = row["tenant"], row["aggregate_id"]
        return Outgoing(
            row["topic"],
            record_key(tenant, aggregate_id),
            row["body"],
            headers(
                constant,
                event_id=row["event_id"],
                tenant=tenant,
                aggregate_id=aggregate_id,
                sequence=row["sequence"],
                occurred_at=row["occurred_at"],
                correlation_id=row["correlation_id"],
                actor=row["actor"],
                causation_id=row["causation_id"],
                traceparent=row["traceparent"],
                replay=row["replay"],
            ),
        )

    async def _keeping(self, connection: Any, work: Any) -> Any:
        """Wait for the bus while the database session, and with it the lock, stays alive."""
        task = asyncio.ensure_future(work)
        try:
            while not (await asyncio.wait({task}, timeout=1.5))[0]:
                self.last_turn = time.monotonic()
                await connection.execute("SELECT 1")
            return task.result()
        finally:
            task.cancel()

    async def _rest(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._woken.wait()
        except TimeoutError:
            return

    async def _measure(self, connection: Any) -> None:
        row = await connection.fetchrow(_BACKLOG)
        metrics.OUTBOX_UNSENT.set(row["unsent"])
        metrics.OUTBOX_OLDEST_SECONDS.set(max(row["oldest"], 0.0))


class _Watch:
    """Looks at the logs every so often, beside the sending; the first look is waited for."""

    def __init__(self, relay_log: RelayLog, every_seconds: float) -> None:
        self._relay_log = relay_log
        self._every_seconds = every_seconds
        self._task: asyncio.Task[set[str]] | None = None
        self._started: float | None = None
        self._lost: set[str] | None = None

    @property
    def news(self) -> bool:
        """A look has ended since the last `take`."""
        return self._lost is not None

    def take(self) -> set[str]:
        """The lost topics that the last look found."""
        lost, self._lost = self._lost or set(), None
        return lost

    async def turn(self) -> None:
        """Start a look that is due, collect one that has ended; raises its BusError."""
        first = self._started is None
        if self._task is None and (
            self._started is None or time.monotonic() - self._started >= self._every_seconds
        ):
            self._task = asyncio.create_task(self._relay_log.look())
            self._started = time.monotonic()
        if self._task is not None and (first or self._task.done()):
            task, self._task = self._task, None
            try:
                self._lost = await task
            except BaseException:
                self._started = None
                raise

    def reset(self) -> None:
        """The bus failed: it may be another one now, so wait for a look before sending on."""
        self.stop()
        self._task = self._started = None

    def stop(self) -> None:
        """Give up a look that is under way."""
        if self._task is not None:
            self._task.cancel()


def prefixes(
    rows: Sequence[Any], answers: Sequence[Acknowledged | BusError]
) -> tuple[list[int], list[Acknowledged], list[BusError]]:
    """Which rows may be marked: of each aggregate, those before its first failure."""
    broken: set[tuple[str, str, str]] = set()
    done: list[int] = []
    acknowledged: list[Acknowledged] = []
    failures: list[BusError] = []
    sent: dict[tuple[str, bool], int] = {}
    for row, answer in zip(rows, answers, strict=True):
        aggregate = (row["topic"], row["tenant"], row["aggregate_id"])
        if isinstance(answer, BusError):
            broken.add(aggregate)
            metrics.RELAY_FAILED.labels(row["topic"]).inc()
            if isinstance(answer, RecordRefused):
                log.error("relay: outbox row %d will never be taken: %s", row["id"], answer)
            failures.append(answer)
            continue
        acknowledged.append(answer)
        if aggregate not in broken:
            done.append(row["id"])
            kind = (row["topic"], row["replay"])
            sent[kind] = sent.get(kind, 0) + 1
    for (topic, replay), count in sent.items():
        metrics.RELAY_SENT.labels(topic, str(replay).lower()).inc(count)
    return done, acknowledged, failures


def plain_dsn(url: str) -> str:
    """A SQLAlchemy URL as asyncpg takes it."""
    return url.replace("postgresql+asyncpg://", "postgresql://", 1)


__all__ = ["LOCK", "Relay", "TopicPartition", "plain_dsn"]
