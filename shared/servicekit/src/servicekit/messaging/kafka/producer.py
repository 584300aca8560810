"""Sending in batches, in order per key.

Where the broker knows idempotent producers, the client's own retries are safe and are left to
it. Where it does not (the embedded broker), a connection that breaks ends the producer: a retry
by the client could reach a broker that has come back empty before its topics exist again, which
the embedded broker takes and then loses. What was in flight counts as not sent, and the relay
sends it again after it has looked at the log.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.conn import CloseReason
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
        self._broken = asyncio.Event()

    async def start(self) -> None:
        if self._producer is not None:
            if not self._broken.is_set():
                return
            await self._abandon()
        options = self._options
        producer = AIOKafkaProducer(
            **options.connection(),
            acks="all",
            enable_idempotence=options.idempotent_producer,
            max_batch_size=262_144,
            max_request_size=options.max_record_bytes,
            linger_ms=0,
        )
        self._broken = asyncio.Event()
        if not options.idempotent_producer:
            _tell_when_broken(producer, self._broken)
        with translated("connect the producer"):
            try:
                await producer.start()
            except BaseException:
                await producer.stop()
                raise
        self._producer = producer

    async def stop(self) -> None:
        if self._broken.is_set():
            await self._abandon()
        producer, self._producer = self._producer, None
        if producer is not None:
            with contextlib.suppress(KafkaError, TimeoutError):
                await asyncio.wait_for(producer.stop(), 15)

    async def _abandon(self) -> None:
        """Close without sending what is left: it is sent again by whoever gave it to us."""
        producer, self._producer = self._producer, None
        if producer is not None:
            with contextlib.suppress(KafkaError, TimeoutError):
                async with asyncio.timeout(5):
                    # The sender first: stop() would wait until it had delivered everything.
                    await producer._sender.close()  # noqa: SLF001
                    await producer.stop()

    async def send(self, records: Sequence[Outgoing]) -> list[Acknowledged | BusError]:
        """Hand all over without waiting in between, then wait for all.

        Waiting for each record would cap the relay at some 140 records a second.
        """
        producer = self._producer
        if producer is None or self._broken.is_set():
            raise BusError("the producer is not connected")
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
            await self._all_or_broken(futures)
        if self._broken.is_set():
            # At once: asking for metadata, as it would now, makes the embedded broker create
            # topics with defaults of its own.
            await self._abandon()
        return [item if isinstance(item, BusError) else _answer(item) for item in waiting]

    async def _all_or_broken(self, futures: Sequence[asyncio.Future[Any]]) -> None:
        everything = asyncio.ensure_future(asyncio.wait(futures))
        broken = asyncio.ensure_future(self._broken.wait())
        try:
            await asyncio.wait({everything, broken}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            everything.cancel()
            broken.cancel()


def _tell_when_broken(producer: AIOKafkaProducer, broken: asyncio.Event) -> None:
    client = producer.client
    pass_on = client._on_connection_closed  # noqa: SLF001

    def closed(connection: Any, reason: CloseReason | None) -> None:
        if reason not in (None, CloseReason.SHUTDOWN):
            broken.set()
        pass_on(connection, reason)

    client._on_connection_closed = closed  # noqa: SLF001


def _answer(future: asyncio.Future[Any]) -> Acknowledged | BusError:
    if not future.done():
        return BusError("the connection broke before the answer came")
    error = future.exception()
    if error is None:
        done = future.result()
        return Acknowledged(done.topic, done.partition, done.offset)
    if getattr(error, "errno", None) in _TOO_LARGE:
        return RecordRefused(repr(error))
    return BusError(repr(error))
