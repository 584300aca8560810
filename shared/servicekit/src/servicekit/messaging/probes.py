"""The worker's own small HTTP server: probes and metrics, on a port of its own.

Not the service's HTTP edge: a worker has no routes, no tokens and no reason to load them.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable
from http import HTTPStatus

from prometheus_client import REGISTRY, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

log = logging.getLogger(__name__)

Probe = Callable[[], Awaitable[str | None]]
"""Why not; None when all is well."""


class ProbeServer:
    """Answers GET /health/{live,ready,started} and /metrics."""

    def __init__(
        self, host: str, port: int, probes: dict[str, Probe], measure: Callable[[], None]
    ) -> None:
        self._host = host
        self._port = port
        self._probes = probes
        self._measure = measure
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        """Listen; raises OSError when the port is taken."""
        self._server = await asyncio.start_server(self._serve, self._host, self._port)

    @property
    def port(self) -> int:
        """The port listened on, which the system chose if 0 was asked for."""
        if self._server is None:
            raise RuntimeError("the probe server is not started")
        return int(self._server.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        """Stop listening."""
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()
            self._server = None

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(5):
                head = await reader.readuntil(b"\r\n\r\n")
                writer.write(await self._answer(head))
                await writer.drain()
        except (TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, OSError):
            log.debug("a probe connection ended early")
        finally:
            writer.close()

    async def _answer(self, head: bytes) -> bytes:
        method, _, rest = head.partition(b" ")
        path = rest.partition(b" ")[0].partition(b"?")[0].decode("latin-1")
        if method not in {b"GET", b"HEAD"}:
            return _response(HTTPStatus.METHOD_NOT_ALLOWED, "text/plain", b"")
        if path == "/metrics":
            self._measure()
            return _response(HTTPStatus.OK, CONTENT_TYPE_LATEST, generate_latest(REGISTRY))
        probe = self._probes.get(path.removeprefix("/health/")) if path[:8] == "/health/" else None
        if probe is None:
            return _response(HTTPStatus.NOT_FOUND, "text/plain", b"")
        why_not = await probe()
        body = {"status": "ok"} if why_not is None else {"status": "unavailable", "reason": why_not}
        status = HTTPStatus.OK if why_not is None else HTTPStatus.SERVICE_UNAVAILABLE
        return _response(status, "application/json", json.dumps(body).encode())


def _response(status: HTTPStatus, content_type: str, body: bytes) -> bytes:
    head = (
        f"HTTP/1.1 {status.value} {status.phrase}\r\nContent-Type: {content_type}\r\n"
        f"Content-Length: {len(body)}\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n"
    )
    return head.encode("latin-1") + body
