"""The worker: relay, consumers, jobs, sealer and housekeeping of one service.

Each part runs in a task of its own. A part that ends before it was asked to brings the process
down, loudly: half a worker looks healthy and loses time. What a part can outlive by itself (a
broker or a database that is away) it does outlive, and never ends for it.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import asyncpg

from contracts import topics_of
from servicekit.audit.sealing import sealer
from servicekit.database import Database, DatabaseUnavailable, asyncpg_url
from servicekit.garbage import collect_seldom
from servicekit.housekeeping import Housekeeper
from servicekit.job_runner import JobRunner
from servicekit.messaging import metrics
from servicekit.messaging.bus import Bus, TopicSpec
from servicekit.messaging.inbox import Inbox
from servicekit.messaging.kafka import KafkaBus, KafkaOptions
from servicekit.messaging.probes import ProbeServer
from servicekit.messaging.relay import Relay
from servicekit.messaging.runner import Runner
from servicekit.messaging.subscriptions import Subscriptions, merged
from servicekit.service import Service
from servicekit.settings import Settings

log = logging.getLogger(__name__)

_STALE_SECONDS = 120.0
_STOP_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class Part:
    """Something the worker keeps running: how it runs, and how it is asked to stop."""

    name: str
    run: Callable[[], Awaitable[None]]
    stop: Callable[[], None]


class Worker:
    """Everything of a service that is not its API."""

    def __init__(self, service: Service, settings: Settings, *, bus: Bus | None = None) -> None:
        self.service = service
        self.settings = settings
        self.database = Database.app(settings)
        self.platform = Database.platform(settings)
        self.bus: Bus = bus or KafkaBus(kafka_options(settings))
        self.relay = self._relay()
        self.runners = [self.runner(item) for item in merged(service.subscriptions)]
        self.jobs = JobRunner(jobs=service.jobs, database=self.database, platform=self.platform)
        self.sealer = sealer(self.platform, settings)
        self.housekeeper = Housekeeper(self.platform, settings)
        self.probes = ProbeServer(
            settings.host,
            settings.metrics_port,
            {"live": self._live, "ready": self._ready, "started": self._ready},
            self._measure,
        )
        self._stopping = asyncio.Event()

    def topics(self) -> list[TopicSpec]:
        """The topics that the service owns, as it wants them."""
        return [
            TopicSpec(topic.name, self.settings.kafka_partitions, topic.kind)
            for topic in topics_of(self.service.name)
        ]

    def _relay(self) -> Relay:
        relay = Relay(
            dsn=asyncpg_url(self.settings.platform_url()),
            bus=self.bus,
            source=f"/tradewind/{self.service.name}",
            topics=self.topics(),
            batch_size=self.settings.relay_batch,
            poll_seconds=self.settings.relay_poll_seconds,
        )
        self.database.published.append(relay.wake)
        return relay

    def runner(self, subscriptions: Subscriptions) -> Runner:
        """The poll loop of one consumer."""
        return Runner(
            bus=self.bus,
            database=self.database,
            subscriptions=subscriptions,
            inbox=Inbox(self.database, subscriptions, attempts=self.settings.consumer_attempts),
            batch_size=self.settings.consumer_batch,
            poll_seconds=self.settings.consumer_poll_seconds,
            pace_seconds=self.settings.consumer_pace_seconds,
        )

    def request_stop(self) -> None:
        """What SIGTERM does."""
        self._stopping.set()

    async def run(self) -> int:
        """Work until asked to stop; the process's exit status."""
        await self.bus.start()
        await self.probes.start()
        log.info("%s works; probes and metrics on port %d", self.service.name, self.probes.port)
        hearing = [Part(runner.name, runner.run, runner.stop) for runner in self.runners]
        others = [Part("jobs", self.jobs.run, self.jobs.stop), *self._side_work()]
        sending = [Part("relay", self.relay.run, self.relay.stop)]
        tasks: dict[asyncio.Task[None], Part] = {
            asyncio.ensure_future(part.run()): part
            for part in [*hearing, *others, *sending]
            if part.name != "jobs" or any(group.jobs for group in self.service.jobs)
        }
        stopped = asyncio.create_task(self._stopping.wait())
        try:
            await asyncio.wait([stopped, *tasks], return_when=asyncio.FIRST_COMPLETED)
            status = _crashed(tasks)
            # Consumers and jobs first: what they commit last, the relay still sends.
            await self._end(tasks, [*hearing, *others])
            await self._end(tasks, sending)
        finally:
            stopped.cancel()
            for task in tasks:
                task.cancel()
            await self.probes.stop()
            await self.bus.stop()
            await self.database.close()
            await self.platform.close()
        log.info("%s worker ended", self.service.name)
        return status

    async def _end(self, tasks: dict[asyncio.Task[None], Part], parts: Sequence[Part]) -> None:
        for part in parts:
            part.stop()
        waiting = [task for task, part in tasks.items() if part in parts and not task.done()]
        if waiting:
            _, late = await asyncio.wait(waiting, timeout=_STOP_SECONDS)
            for task in late:
                log.error("%s did not stop in time", tasks[task].name)

    def _side_work(self) -> list[Part]:
        measuring = asyncio.Event()
        parts = [Part("parked messages", lambda: self._watch_parked(measuring), measuring.set)]
        return [
            *parts,
            Part("audit sealer", self.sealer.run, self.sealer.stop),
            Part("housekeeping", self.housekeeper.run, self.housekeeper.stop),
        ]

    async def _watch_parked(self, stop: asyncio.Event) -> None:
        """Keep the gauge of parked messages true, whoever parks or redrives them."""
        seen: set[tuple[str, str]] = set()
        while not stop.is_set():
            with contextlib.suppress(DatabaseUnavailable, asyncpg.PostgresError, OSError):
                async with self.platform.connection() as connection:
                    rows = await connection.fetch(
                        "SELECT consumer, kind, count(*) AS number"
                        "  FROM platform_parked_message GROUP BY 1, 2"
                    )
                found = {(row["consumer"], row["kind"]): row["number"] for row in rows}
                for consumer, kind in seen | found.keys():
                    metrics.PARKED.labels(consumer, kind).set(found.get((consumer, kind), 0))
                seen |= found.keys()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(5):
                    await stop.wait()

    async def _live(self) -> str | None:
        """The loops turn. What they wait for is no reason to kill them."""
        now = time.monotonic()
        for runner in self.runners:
            if runner.halted is None and now - runner.last_poll > _STALE_SECONDS:
                return f"{runner.name} has not polled for {now - runner.last_poll:.0f} s"
        if now - self.relay.last_turn > _STALE_SECONDS:
            return f"the relay has not turned for {now - self.relay.last_turn:.0f} s"
        return None

    async def _ready(self) -> str | None:
        for runner in self.runners:
            if runner.halted is not None:
                return f"{runner.name} stopped: {runner.halted}"
        try:
            await self.database.ping(1.0)
        except DatabaseUnavailable as error:
            return error.detail
        return None

    def _measure(self) -> None:
        now = time.monotonic()
        for runner in self.runners:
            metrics.POLL_AGE.labels(runner.name).set(now - runner.last_poll)


def _crashed(tasks: dict[asyncio.Task[None], Part]) -> int:
    status = 0
    for task, part in tasks.items():
        if task.done():
            error = None if task.cancelled() else task.exception()
            log.critical("%s ended unasked: the worker ends too", part.name, exc_info=error)
            status = 1
    return status


def kafka_options(settings: Settings) -> KafkaOptions:
    """The Kafka part of the settings."""
    password = settings.kafka_sasl_password
    session = int(settings.consumer_session_timeout_seconds * 1000)
    return KafkaOptions(
        settings.kafka_bootstrap,
        client_id=settings.kafka_client_id or f"tradewind-{settings.service}",
        idempotent_producer=settings.kafka_idempotent_producer,
        replication_factor=settings.kafka_replication_factor,
        security_protocol=settings.kafka_security_protocol,
        sasl_mechanism=settings.kafka_sasl_mechanism,
        sasl_username=settings.kafka_sasl_username,
        sasl_password=None if password is None else password.get_secret_value(),
        ca_file=_text(settings.kafka_ca_file),
        certificate_file=_text(settings.kafka_certificate_file),
        key_file=_text(settings.kafka_key_file),
        session_timeout_ms=session,
        heartbeat_interval_ms=max(200, session // 5),
        max_poll_interval_ms=int(settings.consumer_max_poll_interval_seconds * 1000),
    )


def _text(path: object) -> str | None:
    return None if path is None else str(path)


def work(service: Service, settings: Settings) -> int:
    """Run the worker in a fresh event loop until SIGTERM or SIGINT; the exit status."""
    import uvloop

    async def main() -> int:
        worker = Worker(service, settings)
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, worker.request_stop)
        collect_seldom()
        return await worker.run()

    return uvloop.run(main())
