"""Sending in batches, in order per key."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, MessageSizeTooLargeError

from servicekit.messaging.bus import Acknowledged, BusError, Outgoing, RecordRefused
from servicekit.messaging.kafka.options import KafkaOptions
from servicekit.messaging.kafka.translation import translated

_TOO_LARGE = frozenset({10, 18})  # MESSAGE_TOO_LARGE, RECORD_LIST_TOO_LARGE.


class KafkaProducer:
    """Sends batches. One partition has one request in flight, so retries keep the order."""

    def __init__(self, options: KafkaOptions) -> None:
        self._options = options
        self._producer: AIOKafkaProducer | None = None

    async def start(self) -> None:
        if self._producer is not None:
            return
        options = self._options
        producer = AIOKafkaProducer(
            **options.connection(),
            acks="all",
            enable_idempotence=options.idempotent_producer,
            max_batch_size=262_144,
            max_request_size=options.max_record_bytes,
            linger_ms=0,
        )
        with translated("connect the producer"):
            try:
                await producer.start()
            except BaseException:
                await producer.stop()
                raise
        self._producer = producer

    async def stop(self) -> None:
        producer, self._producer = self._producer, None
        if producer is not None:
            with contextlib.suppress(KafkaError, TimeoutError):
                await asyncio.wait_for(producer.stop(), 15)

    async def send(self, records: Sequence[Outgoing]) -> list[Acknowledged | BusError]:
        """Hand all over without waiting in between, then wait for all.

        Waiting for each record would cap the relay at some 140 records a second.
        """
        producer = self._producer
        if producer is None:
            raise BusError("the producer is not started")
        waiting: list[asyncio.Future[Any] | BusError] = []
        for record in records:
            try:
                waiting.append(
                    await producer.send(
                        record.topic, record.value, key=record.key, headers=record.headers
                    )
                )
            except MessageSizeTooLargeError as error:
                waiting.append(RecordRefused(f"{record.topic}: {error}"))
            except (KafkaError, OSError, AssertionError) as error:
                waiting.append(BusError(f"send to {record.topic}: {error!r}"))
        futures = [item for item in waiting if not isinstance(item, BusError)]
        if futures:
            await asyncio.wait(futures)
        return [item if isinstance(item, BusError) else _answer(item) for item in waiting]


def _answer(future: asyncio.Future[Any]) -> Acknowledged | BusError:
    error = future.exception()
    if error is None:
        done = future.result()
        return Acknowledged(done.topic, done.partition, done.offset)
    if getattr(error, "errno", None) in _TOO_LARGE:
        return RecordRefused(repr(error))
    return BusError(repr(error))
