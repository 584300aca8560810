"""Calling a service in tests: its real application and database, without a socket.

@pytest.fixture
async def api(service_database: MakesDatabases) -> AsyncIterator[Api]:
    async with Api.of(await service_database(service)) as api:
        yield api

created = await api.post("/v1/customers", {"name": "Ada"})
assert created.status_code == 201
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import httpx
import orjson

from servicekit.http.app import create_app
from servicekit.outgoing import HttpClient, HttpResponse, http_client
from servicekit.testing.tokens import TestIssuer

if TYPE_CHECKING:
    from fastapi import FastAPI

    from servicekit.testing.postgres import ServiceDatabase


@dataclass(frozen=True, slots=True)
class Api:
    """A client of one service, signed in as somebody."""

    app: FastAPI
    client: HttpClient
    issuer: TestIssuer
    service: str
    token: str | None

    @classmethod
    @asynccontextmanager
    async def of(cls, database: ServiceDatabase, **settings: Any) -> AsyncIterator[Api]:
        """The service's application on a test database, signed in as admin of tenant acme."""
        issuer = TestIssuer()
        app = create_app(
            database.service,
            database.settings(**settings),
            clock=database.clock,
            database=database.app,
            keys=issuer.keys,
        )
        name = database.service.name
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with http_client("http://service.test", transport=transport) as client:
            yield cls(app, client, issuer, name, issuer.token(name))

    def signed_in(self, **claims: Any) -> Api:
        """The same service as somebody else: `tenant=`, `roles=`, `subject=`, other claims."""
        return replace(self, token=self.issuer.token(self.service, **claims))

    def with_token(self, token: str | None) -> Api:
        """The same service with this very token, or with none."""
        return replace(self, token=token)

    async def get(
        self, path: str, *, headers: Mapping[str, str] | None = None, **query: Any
    ) -> HttpResponse:
        """Read; give filters such as `created_at[gte]` by `**{...}`."""
        return await self.send("GET", path, headers=headers, query=query)

    async def post(
        self,
        path: str,
        body: object = None,
        *,
        version: int | None = None,
        key: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> HttpResponse:
        """Command, with a fresh Idempotency-Key unless `key` is given; `version` is If-Match."""
        return await self.send("POST", path, body, version=version, key=key, headers=headers)

    async def patch(
        self, path: str, body: object, *, version: int | None = None, key: str | None = None
    ) -> HttpResponse:
        """Change part of a resource."""
        return await self.send("PATCH", path, body, version=version, key=key)

    async def put(
        self, path: str, body: object, *, version: int | None = None, key: str | None = None
    ) -> HttpResponse:
        """Replace a resource."""
        return await self.send("PUT", path, body, version=version, key=key)

    async def delete(
        self, path: str, *, version: int | None = None, key: str | None = None
    ) -> HttpResponse:
        """Remove a resource."""
        return await self.send("DELETE", path, version=version, key=key)

    async def send(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        version: int | None = None,
        key: str | None = None,
        headers: Mapping[str, str] | None = None,
        query: Mapping[str, Any] | None = None,
    ) -> HttpResponse:
        """Any request; `body` may be bytes, to send what is not JSON."""
        sent: dict[str, str] = {}
        if self.token is not None:
            sent["Authorization"] = f"Bearer {self.token}"
        if method != "GET":
            sent["Idempotency-Key"] = key or str(uuid4())
        if version is not None:
            sent["If-Match"] = f'"{version}"'
        content = (
            body if isinstance(body, bytes) or body is None else orjson.dumps(body, default=str)
        )
        if content is not None:
            sent["Content-Type"] = "application/json"
        sent |= headers or {}
        return await self.client.request(
            method, path, content=content, headers=sent, params=query or None
        )
