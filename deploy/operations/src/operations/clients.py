"""Clients of the three services for the tools here: token, idempotency keys, problems as errors."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Final, Self

from servicekit.outgoing import HttpClient, HttpFailure, HttpResponse, http_client

SERVICES: Final = ("crm", "erp", "cpq")
TOKEN_RENEWAL_SECONDS: Final = 3000
TRIES_WHEN_UNAVAILABLE: Final = 6


class CallRefused(Exception):
    """A service answered with a problem; ``problem`` is its RFC 9457 document."""

    def __init__(self, method: str, url: str, status: int, problem: Mapping[str, Any]) -> None:
        detail = problem.get("detail") or problem.get("title") or "no detail"
        super().__init__(f"{method} {url} answered {status} {problem.get('code', '')}: {detail}")
        self.status = status
        self.problem = dict(problem)
        self.code = str(problem.get("code", ""))


class ServiceUnreachable(Exception):
    """Nothing answers at the address; usually the system is not running."""


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Where the services and the token issuer answer (base URLs)."""

    issuer: str = "http://127.0.0.1:8100"
    crm: str = "http://127.0.0.1:8101"
    erp: str = "http://127.0.0.1:8102"
    cpq: str = "http://127.0.0.1:8103"

    def of(self, service: str) -> str:
        """The base URL of ``crm``, ``erp`` or ``cpq``."""
        return str(getattr(self, service))


@dataclass(slots=True)
class Services:
    """The three services as one principal sees them. Use as an asynchronous context manager."""

    endpoints: Endpoints
    client_id: str
    client_secret: str
    connections: int = 20
    _clients: dict[str, HttpClient] = field(default_factory=dict)
    _token: str = ""
    _token_taken: float = 0.0

    async def __aenter__(self) -> Self:
        for name in (*SERVICES, "issuer"):
            self._clients[name] = http_client(
                self.endpoints.of(name), timeout_seconds=120.0, connections=self.connections
            )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for client in self._clients.values():
            await client.aclose()

    async def token(self) -> str:
        """A valid access token, fetched anew before the old one expires."""
        if not self._token or time.monotonic() - self._token_taken > TOKEN_RENEWAL_SECONDS:
            response = await self._send(
                "issuer",
                "POST",
                "/token",
                data={
                    "grant_type": "client_credentials",
                    "client_id": self.client_id,
                    "client_secret": self.client_secret,
                },
            )
            if response.status_code >= 400:
                raise CallRefused("POST", "/token", response.status_code, _problem(response))
            self._token = str(response.json()["access_token"])
            self._token_taken = time.monotonic()
        return self._token

    async def get(self, service: str, path: str, **parameters: str | int) -> Any:
        """Read a resource as JSON.

        Raises:
            CallRefused: the service answered with a problem.
            ServiceUnreachable: nothing answers there.
        """
        return (await self.call(service, "GET", path, params=parameters)).json()

    async def post(self, service: str, path: str, body: object, *, key: str | None = None) -> Any:
        """Send a command; ``key`` is its Idempotency-Key, a fresh one when not given."""
        return (await self.call(service, "POST", path, json=body, key=key)).json()

    async def call(
        self,
        service: str,
        method: str,
        path: str,
        *,
        json: object = None,
        params: Mapping[str, str | int] | None = None,
        key: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> HttpResponse:
        """Any call; retried under the same key while the service says that it is unavailable."""
        all_headers = {"Authorization": f"Bearer {await self.token()}", **(headers or {})}
        if method != "GET":
            all_headers["Idempotency-Key"] = key or str(uuid.uuid4())
        for attempt in range(TRIES_WHEN_UNAVAILABLE):
            response = await self._send(
                service, method, path, json=json, params=params, headers=all_headers
            )
            if attempt == TRIES_WHEN_UNAVAILABLE - 1 or not _passes(response):
                break
            await asyncio.sleep(min(5.0, 0.25 * 2**attempt))
        if response.status_code >= 400:
            raise CallRefused(method, path, response.status_code, _problem(response))
        return response

    async def _send(self, service: str, method: str, path: str, **options: Any) -> HttpResponse:
        try:
            return await self._clients[service].request(method, path, **options)
        except HttpFailure as error:
            raise ServiceUnreachable(
                f"{service} does not answer at {self.endpoints.of(service)} "
                f"({type(error).__name__}); start the system with 'make run'"
            ) from error


def _passes(response: HttpResponse) -> bool:
    """Whether the same call may well succeed a moment later."""
    if response.status_code in (429, 503):
        return True
    return response.status_code == 409 and _problem(response).get("code") in {
        "concurrent-change",
        "request-in-flight",
    }


def _problem(response: HttpResponse) -> Mapping[str, Any]:
    try:
        document = response.json()
    except ValueError:
        return {"detail": response.text[:500]}
    return document if isinstance(document, dict) else {"detail": str(document)[:500]}
