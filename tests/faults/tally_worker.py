"""The tally's worker as a process of its own, with a place where it may be told to die.

`python tally_worker.py [--kill-after-send N] [--kill-before-commit N] [--twice] [--shuffle SEED]`,
with the settings of any worker in the environment. The faults are put in from outside, by
wrapping the bus and subclassing the inbox: the product has no fault points.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import signal
from collections.abc import Sequence
from typing import Any

from contracts import topic
from servicekit import logging
from servicekit.messaging.bus import Acknowledged, BusError, Outgoing, Producer, TopicSpec
from servicekit.messaging.inbox import Inbox
from servicekit.messaging.kafka import KafkaBus
from servicekit.messaging.runner import Runner
from servicekit.messaging.subscriptions import Subscriptions
from servicekit.messaging.worker import Worker, kafka_options
from servicekit.settings import Settings
from servicekit.testing.tally.service import TOPICS, service


def die() -> None:
    """As the kernel or a power cut would do it: no handler runs."""
    os.kill(os.getpid(), signal.SIGKILL)


class FaultyProducer:
    """Sends what it is given, and more, or in another order, or for the last time."""

    def __init__(self, inner: Producer, faults: argparse.Namespace) -> None:
        self._inner = inner
        self._faults = faults
        self._batches = 0
        self._random = random.Random(faults.shuffle)
        self.start, self.stop = inner.start, inner.stop

    async def send(self, records: Sequence[Outgoing]) -> list[Acknowledged | BusError]:
        order = list(range(len(records)))
        if self._faults.shuffle is not None:
            self._random.shuffle(order)
        answers = await self._inner.send([records[number] for number in order])
        if self._faults.twice:
            answers = await self._inner.send([records[number] for number in order])
        self._batches += 1
        if self._batches == self._faults.kill_after_send:
            die()
        by_place = dict(zip(order, answers, strict=True))
        return [by_place[number] for number in range(len(records))]


class FaultyBus(KafkaBus):
    def __init__(self, settings: Settings, faults: argparse.Namespace) -> None:
        super().__init__(kafka_options(settings))
        self._faults = faults

    def producer(self) -> Any:
        return FaultyProducer(super().producer(), self._faults)


class FaultyInbox(Inbox):
    """Dies when everything is written and nothing committed."""

    batches = 0

    def __init__(self, *arguments: Any, kill_before_commit: int | None, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._kill_at = kill_before_commit

    async def _apply(self, batch: Any, arrivals: Any) -> None:
        await super()._apply(batch, arrivals)
        FaultyInbox.batches += 1
        if FaultyInbox.batches == self._kill_at:
            die()


class TallyWorker(Worker):
    def __init__(self, settings: Settings, faults: argparse.Namespace) -> None:
        self._faults = faults
        super().__init__(service, settings, bus=FaultyBus(settings, faults))

    def topics(self) -> list[TopicSpec]:
        return [TopicSpec(name, 4, topic(name).kind) for name in TOPICS]

    def runner(self, subscriptions: Subscriptions) -> Runner:
        inbox = FaultyInbox(
            self.database, subscriptions, kill_before_commit=self._faults.kill_before_commit
        )
        return Runner(
            bus=self.bus,
            database=self.database,
            subscriptions=subscriptions,
            inbox=inbox,
            batch_size=50,
            check_seconds=0.5,
        )


async def main(faults: argparse.Namespace) -> int:
    settings = Settings.load(service.name)
    logging.configure(service.name, level="INFO")
    worker = TallyWorker(settings, faults)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, worker.request_stop)
    return await worker.run()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--kill-after-send", type=int)
    parser.add_argument("--kill-before-commit", type=int)
    parser.add_argument("--twice", action="store_true")
    parser.add_argument("--shuffle", type=int)
    raise SystemExit(asyncio.run(main(parser.parse_args())))
