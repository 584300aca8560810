"""The runner: one consumer's poll loop.

Kafka deals out partitions; the database says where to read in them. After every assignment each
partition is placed at its stored offset, from the loop itself and never inside the assignment
callback. A batch that could not be applied for a passing fault pauses its partition and is read
again later, while polling goes on, so that the group never thinks us dead.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from servicekit.database import Database, is_transient
from servicekit.messaging import metrics
from servicekit.messaging.bus import Bus, BusError, Consumer, Record, TopicPartition
from servicekit.messaging.inbox import Inbox, PositionMoved
from servicekit.messaging.parking import StormGuard, TooManyParked
from servicekit.messaging.positions import Placement, place_partitions, stored_offsets
from servicekit.messaging.subscriptions import One, Subscriptions

log = logging.getLogger(__name__)

_KEEPALIVE_SECONDS = 1.0
_TOPICS_PATIENCE_SECONDS = 10.0
# After a batch a consumer rests twice as long as the batch took, so that it takes a third of a
# loaded machine at the most, and never so long that anybody waits for it.
_GATHERING = 2.0
_LONGEST_GATHERING_SECONDS = 0.06


class Runner:
    """Reads one consumer's topics and applies them until stopped. Times are seconds.

    A transaction takes `batch_size` events at the most, and the subscriptions' `step` where a
    handler is called for each of them. Polls that bring fewer start at least `pace_seconds` apart,
    and more the longer a batch takes: what arrives meanwhile shares a fetch and a transaction, so
    that a busy machine does less for each event, and a lone event waits no longer than that.
    """

    def __init__(
        self,
        *,
        bus: Bus,
        database: Database,
        subscriptions: Subscriptions,
        batch_size: int = 500,
        poll_seconds: float = 0.1,
        pace_seconds: float = 0.02,
        check_seconds: float = 2.0,
        longest_backoff_seconds: float = 15.0,
        storm: StormGuard | None = None,
        inbox: Inbox | None = None,
    ) -> None:
        self.name = subscriptions.name
        self.halted: str | None = None
        self.last_poll = time.monotonic()
        self.reading = False
        self._bus = bus
        self._database = database
        self._topics = subscriptions.topics
        # Handlers called one at a time do the work of a use case each, and hold its locks until
        # the transaction ends: short transactions let people in between.
        self._stepwise = {
            event.topic
            for handler in subscriptions.handlers
            if isinstance(handler, One)
            for event in handler.events
        }
        self._step_size = subscriptions.step
        self._inbox = inbox or Inbox(database, subscriptions, storm=storm)
        self._batch_size = batch_size
        self._poll_seconds = poll_seconds
        self._pace_seconds = pace_seconds
        self._check_seconds = check_seconds
        self._longest_backoff = longest_backoff_seconds
        self._stopping = asyncio.Event()
        self._renew = ""
        self._leave = asyncio.Event()
        self._generation: int | None = None
        self._placement = Placement("", {})
        self._holes: dict[TopicPartition, int] = {}
        self._failures: dict[TopicPartition, int] = {}
        self._retry_at: dict[TopicPartition, float] = {}
        self._newest: dict[str, datetime] = {}

    def stop(self) -> None:
        """Finish the transaction in hand, leave the group, end `run`."""
        self._stopping.set()
        self._leave.set()

    async def run(self) -> None:
        """Read until stopped; after too many parked messages stay halted until stopped."""
        pause = 0.5
        while not self._stopping.is_set():
            try:
                partitions = await self._existing_topics()
                if partitions:
                    await self._read(partitions)
                pause = 0.5
            except BusError as error:
                log.warning("%s: the bus is away (%s); again in %.1f s", self.name, error, pause)
                await self._rest(pause)
                pause = min(pause * 2, 5.0)
            except TooManyParked as error:
                self.halted = str(error)
                log.critical(
                    "%s STOPPED: %s. Look at `parked`, mend the cause, then restart the worker.",
                    self.name,
                    error,
                )
                await self._stopping.wait()
            finally:
                self.reading = False
                metrics.CONSUMER_UP.labels(self.name).set(0)

    async def _existing_topics(self) -> dict[str, int]:
        """How many partitions each topic has, once the owners have created them.

        After a while it goes on with those there are.
        """
        deadline = time.monotonic() + _TOPICS_PATIENCE_SECONDS
        while not self._stopping.is_set():
            self.last_poll = time.monotonic()
            there = await self._bus.partitions(self._topics)
            if len(there) == len(self._topics) or (there and time.monotonic() > deadline):
                return there
            await self._rest(0.5)
        return {}

    async def _read(self, partitions: Mapping[str, int]) -> None:
        consumer = self._bus.consumer(self.name, sorted(partitions))
        await consumer.start()
        self.reading, self._renew, self._generation = True, "", None
        if not self._stopping.is_set():
            self._leave.clear()
        self._placement = Placement("", {})
        metrics.CONSUMER_UP.labels(self.name).set(1)
        watcher = asyncio.create_task(self._watch(consumer, partitions))
        try:
            while not self._leave.is_set():
                await self._turn(consumer)
                if watcher.done():
                    watcher.result()
            if self._renew:
                log.warning("%s: joining its group anew: %s", self.name, self._renew)
        finally:
            watcher.cancel()
            await asyncio.wait([watcher])
            if self._stopping.is_set():
                await consumer.commit_hint(self._placement.offsets)
                await consumer.stop()
            else:  # Its group may be gone with the broker: there is nobody to take leave of.
                await consumer.stop(patience_seconds=1.0)

    async def _turn(self, consumer: Consumer) -> None:
        """Poll once and apply what came."""
        self._resume_due(consumer)
        batches = await self._poll(consumer)
        self.last_poll = time.monotonic()
        if self._leave.is_set():
            return
        if consumer.generation != self._generation:
            # Whatever was polled came from positions that Kafka chose: drop it.
            await self._place(consumer)
        elif batches:
            await self._while_polling(consumer, batches)
            if sum(map(len, batches.values())) < self._batch_size:
                await self._rest(self._pause_after(time.monotonic() - self.last_poll))

    async def _poll(self, consumer: Consumer) -> Mapping[TopicPartition, Sequence[Record]]:
        """Poll, but do not wait for a group that takes its time when we are about to leave it.

        The client's poll has no time limit while partitions are dealt anew, and a broker that
        came back empty may never finish that.
        """
        polling = asyncio.ensure_future(consumer.poll(self._poll_seconds, self._batch_size))
        leaving = asyncio.ensure_future(self._leave.wait())
        try:
            await asyncio.wait({polling, leaving}, return_when=asyncio.FIRST_COMPLETED)
            return polling.result() if polling.done() else {}
        finally:
            leaving.cancel()
            if not polling.done():
                # This leaves the client's own books wrong, which is why it is not used again.
                polling.cancel()
                await asyncio.wait({polling})

    async def _place(self, consumer: Consumer) -> None:
        generation = consumer.generation
        try:
            placement = await place_partitions(
                self._bus, self._database, self.name, sorted(consumer.assignment)
            )
        except Exception as error:
            if not (isinstance(error, BusError) or is_transient(error)):
                raise
            log.warning("%s: its positions cannot be read yet (%s)", self.name, error)
            consumer.pause(consumer.assignment)
            await self._rest(1.0)
            return
        self._placement = placement
        self._holes.clear()
        self._retry_at.clear()
        for place, offset in placement.offsets.items():
            consumer.seek(place, offset)
        consumer.resume(placement.offsets)
        self._generation = generation

    async def _while_polling(
        self, consumer: Consumer, batches: Mapping[TopicPartition, Sequence[Record]]
    ) -> None:
        """Apply, and keep polling with everything paused should that take long."""
        work = asyncio.ensure_future(self._apply_all(consumer, batches))
        paused = False
        try:
            while not (await asyncio.wait({work}, timeout=_KEEPALIVE_SECONDS))[0]:
                paused = True
                consumer.pause(consumer.assignment)
                if await consumer.poll(0, 1):
                    self._generation = None  # Dealt anew meanwhile: these were not placed.
                self.last_poll = time.monotonic()
            work.result()
        finally:
            work.cancel()
            if paused:
                consumer.resume(consumer.assignment - self._retry_at.keys())

    async def _apply_all(
        self, consumer: Consumer, batches: Mapping[TopicPartition, Sequence[Record]]
    ) -> None:
        for place, records in batches.items():
            size = self._step_size if place.topic in self._stepwise else len(records)
            for start in range(0, len(records), size):
                if self._stopping.is_set() or self._generation is None:
                    return  # Not stored, so it comes again.
                part = records[start : start + size]
                if not self._begins_where_we_are(consumer, place, part[0].offset):
                    break
                await self._apply(consumer, place, part)
                if self._placement.offsets.get(place) != part[-1].offset + 1:
                    break  # Put back, or moved by somebody else: read again from there.

    def _begins_where_we_are(self, consumer: Consumer, place: TopicPartition, first: int) -> bool:
        expected = self._placement.offsets.get(place)
        if expected is None or first < expected:
            self._generation = None  # The client was reset; find out what became of the log.
            return False
        if first > expected and self._holes.get(place) != expected:
            # Compaction and retention leave holes, but a client that skipped looks the same:
            # ask once more from exactly here before believing it.
            self._holes[place] = expected
            consumer.seek(place, expected)
            return False
        return True

    async def _apply(
        self, consumer: Consumer, place: TopicPartition, records: Sequence[Record]
    ) -> None:
        offsets = self._placement.offsets
        expected = offsets[place]
        started = time.monotonic()
        try:
            batch = await self._inbox.apply(place, records, expected, self._placement.cluster_id)
        except PositionMoved as moved:
            log.info("%s: %s is at %d by now", self.name, place, moved.offset)
            offsets[place] = moved.offset
            consumer.seek(place, moved.offset)
        except TooManyParked:
            raise
        except Exception as error:  # noqa: BLE001  A consumer outlives every fault of a batch.
            self._put_back(consumer, place, expected, error)
        else:
            metrics.BATCH_SECONDS.labels(self.name).observe(time.monotonic() - started)
            offsets[place] = records[-1].offset + 1
            self._failures.pop(place, None)
            if batch.newest is not None:
                self._newest[place.topic] = batch.newest

    def _put_back(
        self, consumer: Consumer, place: TopicPartition, expected: int, error: Exception
    ) -> None:
        """Pause the partition and read the batch again later."""
        failures = self._failures[place] = self._failures.get(place, 0) + 1
        delay = min(0.2 * 2 ** (failures - 1), self._longest_backoff)
        metrics.RETRIES.labels(self.name).inc()
        if is_transient(error):
            log.warning("%s: %s waits %.1f s: %s", self.name, place, delay, error)
        else:
            log.error("%s: %s waits %.1f s", self.name, place, delay, exc_info=error)
        consumer.pause([place])
        consumer.seek(place, expected)
        self._retry_at[place] = time.monotonic() + delay

    def _resume_due(self, consumer: Consumer) -> None:
        now = time.monotonic()
        due = [place for place, at in self._retry_at.items() if at <= now]
        for place in due:
            del self._retry_at[place]
        consumer.resume(due)

    async def _watch(self, consumer: Consumer, partitions: Mapping[str, int]) -> None:
        """Beside the loop: is it still the log that we knew, and how far behind are we?"""
        sound: dict[TopicPartition, tuple[int, int | None]] = {}
        while True:
            await asyncio.sleep(self._check_seconds)
            try:
                await consumer.commit_hint(dict(self._placement.offsets))
                known = await self._bus.partitions(self._topics)
                if any(partitions.get(topic) != count for topic, count in known.items()):
                    # The client looks for itself only every few minutes, and a member that knows
                    # the topics of a cluster that is gone deals out the partitions that it had.
                    self._join_anew("its topics have other partitions now")
                offsets = {p: at for p, at in self._placement.offsets.items() if at > 0}
                if self._placement.cluster_id not in {"", await self._bus.cluster_id()}:
                    self._join_anew("this is another cluster")
                ends = await self._bus.end_offsets(list(self._placement.offsets), exact=False)
                short = [
                    place
                    for place, at in offsets.items()
                    if ends.get(place, 0) < at and sound.get(place) != (at, ends.get(place))
                ]
                exact = await self._bus.end_offsets(short) if short else {}
                for place in short:
                    if exact.get(place, 0) < offsets[place]:
                        self._join_anew(f"{place} is shorter than what was read")
                    sound[place] = (offsets[place], ends.get(place))
                self._measure(consumer, ends | exact)
                await self._look_back()
            except Exception as error:
                if not (isinstance(error, BusError) or is_transient(error)):
                    raise
                log.debug("%s: cannot look around now: %s", self.name, error)

    def _join_anew(self, reason: str) -> None:
        self._renew = reason
        self._leave.set()

    async def _look_back(self) -> None:
        """Notice that the stored positions went back: a rebuild, or a restored database."""
        # Taken first: while we look, the loop may only move both forward.
        ours = dict(self._placement.offsets)
        stored = await stored_offsets(self._database, self.name)
        if any(stored.get(place, 0) < at for place, at in ours.items()):
            log.warning("%s: its stored positions went back; reading from there", self.name)
            self._generation = None

    def _measure(self, consumer: Consumer, ends: Mapping[TopicPartition, int]) -> None:
        behind = dict.fromkeys(self._topics, 0)
        for place, at in self._placement.offsets.items():
            end = max(ends.get(place, 0), consumer.high_water(place) or 0)
            behind[place.topic] += max(0, end - at)
        for topic, records in behind.items():
            newest = self._newest.get(topic)
            age = (datetime.now(UTC) - newest).total_seconds() if newest and records else 0.0
            metrics.LAG_RECORDS.labels(self.name, topic).set(records)
            metrics.LAG_SECONDS.labels(self.name, topic).set(max(age, 0.0))

    def _pause_after(self, busy: float) -> float:
        """How long to let events gather after a batch that took `busy` seconds."""
        if not self._pace_seconds:
            return 0.0
        return max(self._pace_seconds - busy, min(_GATHERING * busy, _LONGEST_GATHERING_SECONDS))

    async def _rest(self, seconds: float) -> None:
        if seconds <= 0:
            return
        try:
            async with asyncio.timeout(seconds):
                await self._stopping.wait()
        except TimeoutError:
            return
