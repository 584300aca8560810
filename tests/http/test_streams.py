"""Live lists: resumed where the client stopped, alive when nothing happens, ended in order."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import orjson
import pytest

from servicekit.http.sse import LiveEvent, Stream
from servicekit.testing.http import Api


class Listener:
    """Reads a stream from the ASGI application as a server would send it."""

    def __init__(self, api: Api, headers: dict[str, str]) -> None:
        self.api = api
        self.headers = {"authorization": f"Bearer {api.token}", **headers}
        self.status = 0
        self.sent: dict[bytes, bytes] = {}
        self.ended = asyncio.Event()
        self._chunks: asyncio.Queue[bytes] = asyncio.Queue()
        self._gone = asyncio.Event()
        self._text = b""

    @asynccontextmanager
    async def open(self, path: str) -> AsyncIterator["Listener"]:
        scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "method": "GET",
            "path": path,
            "raw_path": path.encode(),
            "query_string": b"",
            "headers": [(k.encode(), v.encode()) for k, v in self.headers.items()],
            "state": {},
        }
        task = asyncio.create_task(self.api.app(scope, self._receive, self._send))
        try:
            yield self
        finally:
            self._gone.set()
            async with asyncio.timeout(5):
                await asyncio.wait([task])

    async def _receive(self) -> dict[str, Any]:
        await self._gone.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Any) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.sent = dict(message["headers"])
            return
        self._chunks.put_nowait(message.get("body", b""))
        if not message.get("more_body", False):
            self.ended.set()

    async def next(self) -> str:
        """The next block of the stream."""
        async with asyncio.timeout(5):
            while b"\n\n" not in self._text:
                self._text += await self._chunks.get()
        block, _, self._text = self._text.partition(b"\n\n")
        return block.decode()

    async def event(self) -> dict[str, Any]:
        while True:
            lines = dict(
                line.split(": ", 1) for line in (await self.next()).splitlines() if ": " in line
            )
            if "data" in lines:
                return {"id": lines["id"], **orjson.loads(lines["data"])}


def book(number: int) -> dict[str, Any]:
    return {"title": f"Book {number}", "isbn": str(number)}


async def test_a_stream_shows_what_is_there_and_what_comes(api: Api) -> None:
    await api.post("/v1/books", book(1))
    async with Listener(api, {}).open("/v1/books/stream") as listener:
        assert (await listener.event())["isbn"] == "1"
        assert listener.status == 200
        assert listener.sent[b"content-type"].startswith(b"text/event-stream")
        await api.post("/v1/books", book(2))
        second = await listener.event()
        assert second["isbn"] == "2"
        await api.post("/v1/books", book(3))
    async with Listener(api, {"last-event-id": second["id"]}).open("/v1/books/stream") as again:
        assert (await again.event())["isbn"] == "3"


async def test_a_stream_shows_only_its_tenant(api: Api) -> None:
    stranger = api.signed_in(tenant="stream-stranger")
    async with Listener(stranger, {}).open("/v1/books/stream") as listener:
        await api.post("/v1/books", book(1))
        await stranger.post("/v1/books", book(2))
        assert (await listener.event())["isbn"] == "2"


async def test_a_stream_needs_a_token_like_everything_else(api: Api) -> None:
    answer = await api.with_token(None).get("/v1/books/stream")
    assert answer.json()["code"] == "token-missing"


async def test_a_place_that_no_stream_gave_is_refused(api: Api) -> None:
    answer = await api.get("/v1/books/stream", headers={"Last-Event-ID": "9" * 201})
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["field"] == "header.Last-Event-ID"


async def test_a_stream_ends_when_the_service_stops(api: Api) -> None:
    async with Listener(api, {}).open("/v1/books/stream") as listener:
        await listener.next()
        edge = api.app.state.edge
        edge.closing.set()
        try:
            async with asyncio.timeout(2):
                await listener.ended.wait()
        finally:
            edge.closing.clear()


async def test_a_client_that_leaves_is_noticed(api: Api) -> None:
    streams = api.app.state.edge.metrics.streams
    async with Listener(api, {}).open("/v1/books/stream") as listener:
        await listener.next()
        assert streams._value.get() == 1
    await asyncio.sleep(0.2)
    assert streams._value.get() == 0


async def test_a_quiet_stream_says_that_it_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("servicekit.http.sse.HEARTBEAT_SECONDS", 0.05)

    async def nothing(reads: object, last: str | None) -> list[LiveEvent]:
        return []

    @asynccontextmanager
    async def reading() -> AsyncIterator[Any]:
        yield None

    stream = Stream(None, reading, asyncio.Event(), seconds_left=0.2)
    answer = await stream.open(nothing, every=0.01)
    blocks = [block async for block in answer.body_iterator]
    assert blocks[0] == b"retry: 1000\n\n"
    assert b": still here\n\n" in blocks
    # And it ended by itself, because the token did.


def test_an_event_keeps_to_its_lines() -> None:
    encoded = LiveEvent("1", "note", {"text": "two\nlines"}).encode()
    assert encoded == b'id: 1\nevent: note\ndata: {"text":"two\\nlines"}\n\n'
