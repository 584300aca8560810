"""Pages that a service brings along: plain files, and a policy that lets them load nothing else.

A page is open to everybody, as the API document is; what it shows it asks the API for, with a
token of whoever looks at it.
"""

from collections.abc import Awaitable, Callable, Mapping
from hashlib import sha256
from pathlib import Path

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from servicekit.http.problems import UNKNOWN_ROUTE, EdgeProblem
from servicekit.settings import Settings

_MEDIA_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
_SETTINGS = "settings.json"

Serves = Callable[[Request], Awaitable[Response]]


def own_pages(pages: Mapping[str, Path], settings: Settings) -> list[Route]:
    """The routes of a service's pages: each address, and the files beside its `index.html`.

    Files are read once, at the start. `settings.json` names the issuer of tokens in development,
    where a page may offer to sign in; elsewhere it names none, and the page's user brings a token.
    """
    routes = []
    for address, directory in pages.items():
        serve = _server(directory, settings)
        name = address.strip("/")
        routes += [
            Route(address, serve, name=name),
            Route(f"{address}/{{name}}", serve, name=f"{name}_file"),
        ]
    return routes


def _server(directory: Path, settings: Settings) -> Serves:
    issuer = settings.issuer if settings.environment == "development" else None
    files = {
        path.name: path.read_bytes()
        for path in sorted(directory.iterdir())
        if path.suffix in _MEDIA_TYPES
    }
    if "index.html" not in files:
        raise ValueError(f"{directory} has no index.html")
    documents = {
        name: (content, _MEDIA_TYPES[Path(name).suffix]) for name, content in files.items()
    }
    documents[_SETTINGS] = (orjson.dumps({"issuer": issuer}), "application/json")
    headers = {
        "Content-Security-Policy": _policy(issuer),
        "Cache-Control": "no-cache",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }

    async def serve(request: Request) -> Response:
        name = request.path_params.get("name", "index.html")
        found = documents.get(name)
        if found is None:
            raise EdgeProblem(UNKNOWN_ROUTE, f"This page has no file {name[:80]}.")
        content, media_type = found
        tag = f'"{sha256(content).hexdigest()[:32]}"'
        sent = {**headers, "ETag": tag}
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers=sent)
        return Response(content, headers={**sent, "Content-Type": media_type})

    return serve


def _policy(issuer: str | None) -> str:
    """Scripts, styles and calls from here alone; no inline code, no frame around the page."""
    calls = "'self'" if issuer is None else f"'self' {issuer}"
    return (
        f"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        f"connect-src {calls}; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
    )
