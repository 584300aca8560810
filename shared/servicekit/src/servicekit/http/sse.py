"""Server-sent events: a list that goes on, resumed by Last-Event-ID.

The database is asked again every half second rather than notified, because a
NOTIFY in business transactions serialises their commits (docs/decisions/0045).
No transaction and no connection is held between two questions.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field

import orjson
from pydantic import BaseModel
from starlette.responses import StreamingResponse

from servicekit.uow import ReadSession

HEARTBEAT_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class LiveEvent:
    """One event of a stream. `id` is where a client that comes back goes on."""

    id: str
    event: str
    data: BaseModel | dict[str, object]

    def encode(self) -> bytes:
        """The event in the wire format of the HTML standard."""
        data = (
            self.data.model_dump_json().encode()
            if isinstance(self.data, BaseModel)
            else orjson.dumps(self.data)
        )
        return b"id: %b\nevent: %b\ndata: %b\n\n" % (self.id.encode(), self.event.encode(), data)


type_of_since = Callable[[ReadSession, str | None], Awaitable[Sequence[LiveEvent]]]


class EventStream(StreamingResponse):
    """The answer of a streaming endpoint."""

    media_type = "text/event-stream"


@dataclass(slots=True)
class Stream:
    """What a streaming endpoint needs: where the client stopped, and how to go on."""

    last_event_id: str | None
    reading: Callable[[], AbstractAsyncContextManager[ReadSession]]
    closing: asyncio.Event
    seconds_left: float
    """Until the caller's token expires; the stream ends then and the client comes back."""
    gauge: Callable[[int], None] = field(default=lambda change: None)

    async def open(self, since: type_of_since, *, every: float = 0.5) -> EventStream:
        """Send what `since(reads, last_id)` returns, and ask again every `every` seconds.

        The first question is asked before the answer starts, so that a refusal
        (such as 404) is still a problem with its own status.
        """
        async with self.reading() as reads:
            first = await since(reads, self.last_event_id)
        return EventStream(
            self._events(first, since, every),
            headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
        )

    async def _events(
        self, batch: Sequence[LiveEvent], since: type_of_since, every: float
    ) -> AsyncIterator[bytes]:
        loop = asyncio.get_running_loop()
        ends_at = loop.time() + self.seconds_left
        beat_at = loop.time() + HEARTBEAT_SECONDS
        last = self.last_event_id
        self.gauge(1)
        try:
            yield b"retry: 1000\n\n"
            while True:
                for event in batch:
                    yield event.encode()
                    last = event.id
                if batch:
                    beat_at = loop.time() + HEARTBEAT_SECONDS
                elif loop.time() >= beat_at:
                    yield b": still here\n\n"
                    beat_at = loop.time() + HEARTBEAT_SECONDS
                try:
                    async with asyncio.timeout(every):
                        await self.closing.wait()
                except TimeoutError:
                    pass
                if self.closing.is_set() or loop.time() >= ends_at:
                    return
                async with self.reading() as reads:
                    batch = await since(reads, last)
        finally:
            self.gauge(-1)
