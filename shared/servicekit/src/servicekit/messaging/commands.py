"""The worker, and what operators do about messages: parked, replay, rebuild, after-restore."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

from servicekit.cli import Command
from servicekit.service import Service
from servicekit.settings import Settings

AsyncRun = Callable[[Service, Settings, argparse.Namespace], Coroutine[Any, Any, int]]


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")


def _async(run: AsyncRun) -> Callable[[Service, argparse.Namespace], int]:
    def command(service: Service, arguments: argparse.Namespace) -> int:
        return asyncio.run(run(service, Settings.load(service.name), arguments))

    return command


@asynccontextmanager
async def _databases(settings: Settings) -> AsyncIterator[tuple[Any, Any]]:
    from servicekit.database import Database

    database, platform = Database.app(settings), Database.platform(settings)
    try:
        yield database, platform
    finally:
        await database.close()
        await platform.close()


def _consumer(service: Service, name: str) -> Any:
    from servicekit.messaging.subscriptions import merged

    known = {item.name: item for item in merged(service.subscriptions)}
    if name not in known:
        raise SystemExit(f"{service.name} has no consumer {name!r}, only {', '.join(known)}")
    return known[name]


def _work(service: Service, arguments: argparse.Namespace) -> int:
    from servicekit import logging, telemetry
    from servicekit.messaging.worker import work

    settings = Settings.load(service.name)
    logging.configure(service.name, level=settings.log_level, form=settings.log_format)
    telemetry.configure(
        service.name,
        version=service.version,
        environment=settings.environment,
        otlp_endpoint=settings.otlp_endpoint,
    )
    try:
        return work(service, settings)
    finally:
        telemetry.shutdown()


async def _parked(service: Service, settings: Settings, arguments: argparse.Namespace) -> int:
    from servicekit.messaging.parking import parked_messages

    async with _databases(settings) as (_, platform), platform.connection() as connection:
        rows = await parked_messages(connection, arguments.consumer)
    if not rows:
        _say("Nothing is set aside.")
    for row in rows:
        _say(
            f"{row['id']:>8}  {row['kind']:<8} {row['consumer']}  {row['topic']}"
            f"  tenant {row['tenant']}  aggregate {row['aggregate_id'] or '?'}"
            f"  sequence {row['sequence'] or '?'}  {row['event_type'] or ''}"
            f"  since {row['parked_at']:%Y-%m-%d %H:%M:%SZ}\n          {row['reason']}"
        )
        if arguments.trace and row["trace"]:
            _say(row["trace"])
    return 0


def _parked_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("what", nargs="?", choices=["list"], default="list")
    parser.add_argument("--consumer", help="only this consumer's")
    parser.add_argument("--trace", action="store_true", help="show the traceback of each failure")


async def _redrive(service: Service, settings: Settings, arguments: argparse.Namespace) -> int:
    from servicekit.messaging.recovery import redrive

    subscriptions = _consumer(service, arguments.consumer)
    async with _databases(settings) as (database, platform):
        done = await redrive(
            database,
            platform,
            subscriptions,
            by=arguments.by,
            tenant=arguments.tenant,
            aggregate_id=arguments.aggregate,
        )
    for item in done:
        _say(
            f"{item.topic} tenant {item.tenant} aggregate {item.aggregate_id or '?'}: "
            f"{item.applied} applied, {item.left} left"
        )
    if not done:
        _say("Nothing is set aside there.")
    return 1 if any(item.left for item in done) else 0


def _redrive_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--consumer", required=True)
    parser.add_argument("--tenant", help="only this tenant's")
    parser.add_argument("--aggregate", help="only this aggregate's")
    parser.add_argument("--by", required=True, help="who asks; it goes to the audit trail")


async def _discard(service: Service, settings: Settings, arguments: argparse.Namespace) -> int:
    from servicekit.messaging.recovery import NotParked, discard

    subscriptions = _consumer(service, arguments.consumer)
    try:
        async with _databases(settings) as (database, platform):
            done = await discard(
                database,
                platform,
                subscriptions,
                arguments.id,
                by=arguments.by,
                approved_by=arguments.approved_by,
                reason=arguments.reason,
            )
    except (NotParked, ValueError) as error:
        _say(str(error))
        return 1
    _say(f"Discarded. {done.applied} that waited behind it are applied, {done.left} are left.")
    return 0


def _discard_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--consumer", required=True)
    parser.add_argument("--id", type=int, required=True, help="the number that `parked` shows")
    parser.add_argument("--reason", required=True)
    parser.add_argument("--by", required=True)
    parser.add_argument("--approved-by", required=True, help="a second person")


async def _replay(service: Service, settings: Settings, arguments: argparse.Namespace) -> int:
    from servicekit.messaging.replay import ReplayRequest, request_replay, wait_for_replay

    if not (arguments.since or arguments.topic or arguments.aggregate or arguments.all):
        _say("Say what to send again: --since, --topic, --aggregate, or --all.")
        return 2
    request = ReplayRequest(
        requested_by=arguments.by,
        topic=arguments.topic,
        tenant=arguments.tenant,
        aggregate_id=arguments.aggregate,
        since=arguments.since,
    )
    async with _databases(settings) as (_, platform), platform.connection() as connection:
        number = await request_replay(connection, request)
        count = await wait_for_replay(connection, number, arguments.wait)
    if count is None:
        _say(f"Replay {number} is noted; no worker took it within {arguments.wait:.0f} s.")
        return 1
    _say(f"Replay {number}: {count} events go out again.")
    return 0


def _replay_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--since", type=_instant, help="instant, such as 2026-11-23T08:00:00Z")
    parser.add_argument("--topic", help="only this topic")
    parser.add_argument("--tenant", help="only this tenant's")
    parser.add_argument("--aggregate", help="only this aggregate's id")
    parser.add_argument("--all", action="store_true", help="everything retained")
    parser.add_argument("--by", default="cli", help="who asks; kept with the request")
    parser.add_argument("--wait", type=float, default=15.0, help="seconds to wait for the worker")


def _instant(text: str) -> datetime:
    value = datetime.fromisoformat(text)
    if value.tzinfo is None:
        raise argparse.ArgumentTypeError(f"{text} needs an offset, such as Z at its end")
    return value


async def _rebuild(service: Service, settings: Settings, arguments: argparse.Namespace) -> int:
    from servicekit.messaging.recovery import CannotRebuild, rebuild

    subscriptions = _consumer(service, arguments.consumer)
    try:
        async with _databases(settings) as (database, platform):
            await rebuild(database, platform, subscriptions)
    except CannotRebuild as error:
        _say(str(error))
        return 1
    _say(
        f"{subscriptions.name} starts over: {', '.join(subscriptions.rebuild_tables)} are empty, "
        f"and the worker reads {', '.join(subscriptions.topics)} from their start."
    )
    return 0


def _rebuild_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--consumer", required=True)


async def _lag(service: Service, settings: Settings, arguments: argparse.Namespace) -> int:
    from servicekit.messaging.bus import BusError
    from servicekit.messaging.kafka import KafkaBus
    from servicekit.messaging.lag import lags
    from servicekit.messaging.subscriptions import merged
    from servicekit.messaging.worker import kafka_options

    bus = KafkaBus(kafka_options(settings))
    behind = 0
    try:
        async with _databases(settings) as (database, _):
            for subscriptions in merged(service.subscriptions):
                for item in await lags(bus, database, subscriptions):
                    behind += item.records
                    _say(f"{item.consumer:<28} {item.topic:<20} {item.records:>10} records behind")
    except BusError as error:
        _say(f"The broker does not answer: {error}")
        return 1
    finally:
        await bus.stop()
    return 1 if arguments.fail and behind else 0


def _lag_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--fail", action="store_true", help="exit 1 unless everything is read")


async def _after_restore(
    service: Service, settings: Settings, arguments: argparse.Namespace
) -> int:
    from contracts.registry import topics_of
    from servicekit.messaging.bus import BusError
    from servicekit.messaging.kafka import KafkaBus
    from servicekit.messaging.restoring import WorkersAreRunning, after_restore
    from servicekit.messaging.worker import kafka_options

    bus = KafkaBus(kafka_options(settings))
    topics = {topic.name: topic.kind for topic in topics_of(service.name)}
    try:
        async with _databases(settings) as (_, platform):
            done = await after_restore(bus, platform, topics, by=arguments.by)
    except (WorkersAreRunning, BusError) as error:
        _say(str(error))
        return 1
    finally:
        await bus.stop()
    _say(
        f"{done.raised} aggregates go on behind what their topics say; the states of "
        f"{done.announced} are announced again when a worker starts."
    )
    for topic, tenant, aggregate_id in done.unknown:
        _say(f"not in this database any more: {topic}  tenant {tenant}  aggregate {aggregate_id}")
    return 0


def _after_restore_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--by", required=True, help="who restored; it goes with the events")


WORK = Command(_work)
PARKED = Command(_async(_parked), _parked_arguments)
REDRIVE = Command(_async(_redrive), _redrive_arguments)
DISCARD = Command(_async(_discard), _discard_arguments)
REPLAY = Command(_async(_replay), _replay_arguments)
REBUILD = Command(_async(_rebuild), _rebuild_arguments)
LAG = Command(_async(_lag), _lag_arguments)
AFTER_RESTORE = Command(_async(_after_restore), _after_restore_arguments)
