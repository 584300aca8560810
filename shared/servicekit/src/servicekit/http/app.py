"""From a Service to an ASGI application."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from servicekit import telemetry
from servicekit.clock import Clock, SystemClock
from servicekit.database import Database
from servicekit.http import health, pages
from servicekit.http.audit_trail import audit_trail
from servicekit.http.auth import Authenticator
from servicekit.http.cursors import CursorSeal
from servicekit.http.edge import SCOPE_KEY, Edge
from servicekit.http.failures import respond
from servicekit.http.index import RouteIndex
from servicekit.http.keys import JwksKeys, KeySource
from servicekit.http.limits import RateLimiter
from servicekit.http.metrics import EdgeMetrics, metrics_page
from servicekit.http.middleware import EdgeMiddleware
from servicekit.http.openapi import document
from servicekit.http.own_pages import own_pages
from servicekit.http.permissions import Roles
from servicekit.http.problems import STATUS
from servicekit.http.routes import EdgeRoute
from servicekit.migrations import runner
from servicekit.service import Service, load_roles
from servicekit.settings import Settings

DEVELOPMENT_CURSOR_KEY = "for development and tests only"


def create_app(
    service: Service,
    settings: Settings | None = None,
    clock: Clock | None = None,
    database: Database | None = None,
    keys: KeySource | None = None,
) -> FastAPI:
    """The application of a service.

    Without arguments it reads its settings from the environment and opens its
    own database. Tests pass a database, a clock, and keys that they can sign
    with (`servicekit.testing.http`). Raises SettingsError, and ValueError when
    a route, role or operation id is wrong: a service must not start with a door
    that nobody guards.
    """
    settings = settings or Settings.load(service.name)
    clock = clock or SystemClock()
    own_database = database is None
    database = database or Database.app(settings, clock)
    signing = keys or JwksKeys(issuer=settings.issuer, url=settings.jwks_url)
    roles = Roles(load_roles(settings.roles_file) if settings.roles_file else service.roles)
    edge = Edge(
        service=service,
        settings=settings,
        clock=clock,
        database=database,
        authenticator=Authenticator(
            keys=signing,
            issuer=settings.issuer,
            audience=settings.expected_audience,
            roles=roles,
        ),
        limiter=RateLimiter(settings.rate_limit_per_second, settings.rate_limit_burst),
        seal=CursorSeal(
            settings.cursor_key.get_secret_value()
            if settings.cursor_key
            else DEVELOPMENT_CURSOR_KEY
        ),
        metrics=EdgeMetrics(service.name),
        schema_head=runner.head(service),
    )
    edge.routes = _routes(service, edge)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        yield
        edge.closing.set()
        if isinstance(signing, JwksKeys):
            await signing.aclose()
        if own_database:
            await edge.database.close()
        telemetry.shutdown()

    app = FastAPI(
        title=service.title,
        version=service.version,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=lifespan,
        exception_handlers={HTTPException: _http_problem},
    )
    app.state.edge = edge
    app.add_middleware(EdgeMiddleware, edge=edge)
    app.router.routes = [
        RouteIndex(edge.routes),
        *_open_routes(),
        *own_pages(service.pages, settings),
    ]
    app.openapi = lambda: _openapi(app, edge)  # type: ignore[method-assign]
    return app


def _routes(service: Service, edge: Edge) -> list[EdgeRoute]:
    routers = (*service.routers, *audit_trail(service.name))
    declared = [route for router in routers for route in router.routes]
    seen: dict[str, str] = {}
    for route in declared:
        where = f"{route.method} {route.path}"
        if not route.permission.startswith(f"{service.name}."):
            raise ValueError(f"{where}: permission {route.permission} is not of {service.name}")
        if route.operation_id in seen:
            raise ValueError(
                f"{where}: the name {route.operation_id} is taken by {seen[route.operation_id]}; "
                "clients call their methods by it"
            )
        seen[route.operation_id] = where
        for refusal in route.refusals:
            assert refusal.kind in STATUS, refusal
    return [EdgeRoute(route, edge) for route in declared]


def _open_routes() -> list[Route]:
    """What needs no token: probes, metrics and documentation."""
    return [
        Route("/health/live", health.live, name="live"),
        Route("/health/ready", health.ready, name="ready"),
        Route("/health/started", health.started, name="started"),
        Route("/metrics", metrics_page, name="metrics"),
        Route("/openapi.json", pages.openapi_json, name="openapi"),
        Route("/docs", pages.reference, name="docs"),
        Route("/docs/{name}", pages.asset, name="docs_asset"),
        Route("/problems", pages.problem_list, name="problems"),
        Route("/problems/{code}", pages.problem_page, name="problem"),
    ]


def _openapi(app: FastAPI, edge: Edge) -> dict[str, Any]:
    if not app.openapi_schema:
        app.openapi_schema = document(edge.service, edge.routes)
    return app.openapi_schema


async def _http_problem(request: Request, error: Exception) -> Response:
    return respond(error, request.scope[SCOPE_KEY], request.scope["path"])
