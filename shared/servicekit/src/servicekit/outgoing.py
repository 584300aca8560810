"""The one place that makes HTTP clients, so that replacing the HTTP library is one import."""

from __future__ import annotations

import httpx

HttpClient = httpx.AsyncClient
HttpResponse = httpx.Response
HttpFailure = httpx.HTTPError


def http_client(
    base_url: str,
    *,
    timeout_seconds: float = 30.0,
    connections: int = 20,
    transport: httpx.AsyncBaseTransport | None = None,
) -> httpx.AsyncClient:
    """A client for one base address; redirects are not followed, proxies of the shell not used."""
    return httpx.AsyncClient(
        base_url=base_url,
        timeout=timeout_seconds,
        limits=httpx.Limits(max_connections=connections, max_keepalive_connections=connections),
        transport=transport,
        trust_env=False,
    )
