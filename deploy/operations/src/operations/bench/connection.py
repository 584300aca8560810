"""A keep-alive HTTP/1.1 connection that costs little: the load shares the cores with the system."""

from __future__ import annotations

import asyncio
import json
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit


class Connection:
    """One connection to one service; requests go one after another."""

    def __init__(self, base_url: str, token: str) -> None:
        address = urlsplit(base_url)
        self._host = address.hostname or "127.0.0.1"
        self._port = address.port or 80
        self._common = (
            f"Host: {self._host}:{self._port}\r\nAuthorization: Bearer {token}\r\n"
            "Content-Type: application/json\r\n"
        )
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def __aenter__(self) -> Self:
        self._reader, self._writer = await asyncio.open_connection(self._host, self._port)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._writer is not None:
            self._writer.close()

    async def post(self, path: str, body: object, key: str) -> tuple[int, Any]:
        """Send a command and answer with (status, document)."""
        return _parsed(*await self._exchange(self._posting(path, body, key)))

    async def raw(self, path: str, body: object) -> tuple[int, bytes]:
        """Ask with a body and answer with (status, content): parsing it is left to others."""
        return await self._exchange(self._posting(path, body, None))

    async def get(self, path: str) -> tuple[int, Any]:
        """Read a resource and answer with (status, document)."""
        request = f"GET {path} HTTP/1.1\r\n{self._common}\r\n".encode()
        return _parsed(*await self._exchange(request))

    async def call(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        key: str | None = None,
        version: int | None = None,
        minimal: bool = False,
    ) -> tuple[int, bytes]:
        """Any request, with an Idempotency-Key and an If-Match; answers with (status, content).

        `minimal` prefers an answer without lists.
        """
        payload = b"" if body is None else json.dumps(body).encode()
        named = "" if key is None else f"Idempotency-Key: {key}\r\n"
        named += "" if version is None else f'If-Match: "{version}"\r\n'
        named += "Prefer: return=minimal\r\n" if minimal else ""
        head = (
            f"{method} {path} HTTP/1.1\r\n{self._common}{named}"
            f"Content-Length: {len(payload)}\r\n\r\n"
        )
        return await self._exchange(head.encode() + payload)

    def _posting(self, path: str, body: object, key: str | None) -> bytes:
        payload = json.dumps(body).encode()
        named = "" if key is None else f"Idempotency-Key: {key}\r\n"
        head = (
            f"POST {path} HTTP/1.1\r\n{self._common}{named}Content-Length: {len(payload)}\r\n\r\n"
        )
        return head.encode() + payload

    async def _exchange(self, request: bytes) -> tuple[int, bytes]:
        if self._reader is None or self._writer is None:
            raise RuntimeError("the connection is not open: use it as a context manager")
        self._writer.write(request)
        head = await self._reader.readuntil(b"\r\n\r\n")
        status = int(head[9:12])
        lowered = head.lower()
        at = lowered.find(b"content-length:")
        if at < 0:
            return status, b""
        length = int(lowered[at + 15 : lowered.index(b"\r\n", at)])
        return status, await self._reader.readexactly(length)


def _parsed(status: int, content: bytes) -> tuple[int, Any]:
    return status, json.loads(content) if content else None
