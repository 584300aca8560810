"""The process: it starts, serves, and at SIGTERM finishes what it has begun."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import httpx
import orjson
import pytest

from servicekit.outgoing import HttpClient, http_client
from servicekit.testing.postgres import Databases, ServiceDatabase, free_port
from servicekit.testing.shelf.service import service
from servicekit.testing.tokens import TestIssuer

pytestmark = pytest.mark.slow


@asynccontextmanager
async def key_server(issuer: TestIssuer) -> AsyncIterator[str]:
    """The issuer's JWKS, over HTTP."""
    document = orjson.dumps({"keys": [{**issuer.key.as_dict(private=False), "use": "sig"}]})

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(document)}\r\nConnection: close\r\n\r\n"
        writer.write(head.encode() + document)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/jwks.json"


class Served:
    """A running `serve` process."""

    def __init__(self, process: asyncio.subprocess.Process, client: HttpClient) -> None:
        self.process = process
        self.client = client

    async def ready(self) -> None:
        async with asyncio.timeout(120):
            while True:
                try:
                    if (await self.client.get("/health/ready")).status_code == 200:
                        return
                except httpx.TransportError:
                    pass
                await asyncio.sleep(0.1)

    async def logged(self) -> list[dict[str, Any]]:
        assert self.process.stdout is not None
        return [orjson.loads(line) for line in (await self.process.stdout.read()).splitlines()]


@asynccontextmanager
async def serving(database: ServiceDatabase, issuer: TestIssuer) -> AsyncIterator[Served]:
    async with key_server(issuer) as url:
        port = free_port()
        environment = {
            **os.environ,
            "TRADEWIND_DATABASE_URL": database.addresses.app,
            "TRADEWIND_JWKS_URL": url,
            "TRADEWIND_PORT": str(port),
        }
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "servicekit.testing.shelf", "serve"),
            env=environment,
            stdout=asyncio.subprocess.PIPE,
        )
        headers = {"Authorization": f"Bearer {issuer.token('shelf')}"}
        try:
            async with http_client(f"http://127.0.0.1:{port}") as client:
                client.headers.update(headers)
                served = Served(process, client)
                await served.ready()
                yield served
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()


async def test_at_sigterm_no_request_is_cut_and_streams_end(databases: Databases) -> None:
    async with databases.of(service) as database, serving(database, TestIssuer()) as served:
        client = served.client
        made = await client.post(
            "/v1/books",
            json={"title": "Dune", "isbn": "1"},
            headers={"Idempotency-Key": str(uuid4())},
        )
        assert made.status_code == 201, made.text

        async def listen() -> bytes:
            async with client.stream("GET", "/v1/books/stream") as answer:
                return await answer.aread()

        slow = asyncio.create_task(client.get("/v1/oddities/slow?seconds=2"))
        stream = asyncio.create_task(listen())
        command = asyncio.create_task(
            client.post(
                "/v1/oddities/sql",
                json={"sql": "SELECT pg_sleep(1.5)"},
                headers={"Idempotency-Key": str(uuid4())},
            )
        )
        await asyncio.sleep(0.7)
        began = asyncio.get_running_loop().time()
        served.process.send_signal(signal.SIGTERM)
        assert b'"isbn":"1"' in await asyncio.wait_for(stream, 5)
        await asyncio.sleep(0.2)
        with pytest.raises(httpx.ConnectError):
            await http_client(str(client.base_url)).get("/health/live")
        assert (await slow).status_code == 200
        assert (await command).status_code == 200
        assert await asyncio.wait_for(served.process.wait(), 18) == 0
        assert asyncio.get_running_loop().time() - began < 18
        lines = await served.logged()
    requests = [line for line in lines if line["event"] == "request"]
    assert {line["status"] for line in requests} == {200, 201}
    assert all(line["service"] == "shelf" for line in lines)


async def test_a_listener_that_leaves_frees_its_stream(databases: Databases) -> None:
    async with databases.of(service) as database, serving(database, TestIssuer()) as served:

        async def open_streams() -> str:
            page = (await served.client.get("/metrics")).text
            return next(line for line in page.splitlines() if line.startswith("tradewind_http_str"))

        async with served.client.stream("GET", "/v1/books/stream") as answer:
            assert await anext(answer.aiter_bytes()) == b"retry: 1000\n\n"
            assert await open_streams() == 'tradewind_http_streams{service="shelf"} 1.0'
        async with asyncio.timeout(5):
            while not (await open_streams()).endswith(" 0.0"):
                await asyncio.sleep(0.1)


async def test_the_probe_command_tells_ready_from_gone(databases: Databases) -> None:
    async with databases.of(service) as database, serving(database, TestIssuer()) as served:
        environment = {
            **os.environ,
            "TRADEWIND_DATABASE_URL": database.addresses.app,
            "TRADEWIND_PORT": str(served.client.base_url.port),
        }

        async def probe(*arguments: str) -> tuple[int, str]:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                *("-m", "servicekit.testing.shelf", *arguments),
                env=environment,
                stdout=asyncio.subprocess.PIPE,
            )
            out, _ = await process.communicate()
            assert process.returncode is not None
            return process.returncode, out.decode()

        assert await probe("health") == (0, '{"status":"ok"}\n')
        status, out = await probe("openapi")
        assert status == 0
        assert orjson.loads(out)["info"]["title"] == "Shelf"
        served.process.terminate()
        await served.process.wait()
        status, out = await probe("health", "live")
        assert status == 1
        assert "does not answer" in out
