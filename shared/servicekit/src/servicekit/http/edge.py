"""What one service's edge holds while it runs, and what one request carries through it."""

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from opentelemetry.trace import Span

from servicekit.clock import Clock
from servicekit.database import Database
from servicekit.http.auth import Authenticator, Verified
from servicekit.http.cursors import CursorSeal
from servicekit.http.limits import RateLimiter
from servicekit.http.metrics import EdgeMetrics
from servicekit.service import Service
from servicekit.settings import Settings
from servicekit.uow import Principal

if TYPE_CHECKING:
    from servicekit.http.routes import EdgeRoute

SCOPE_KEY = "tradewind"


@dataclass(slots=True)
class Edge:
    """Everything a request needs that outlives it."""

    service: Service
    settings: Settings
    clock: Clock
    database: Database
    authenticator: Authenticator
    limiter: RateLimiter
    seal: CursorSeal
    metrics: EdgeMetrics
    closing: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the process has been told to stop: not ready any more, streams end."""
    schema_head: str = ""
    """The newest migration this build knows."""
    routes: "list[EdgeRoute]" = field(default_factory=list)


@dataclass(slots=True)
class Exchange:
    """One request on its way: found in the ASGI scope under `tradewind`."""

    edge: Edge
    correlation_id: str
    span: Span
    route: str = "unmatched"
    """The route's template, for metrics and logs; never the address itself."""
    verified: Verified | None = None
    replayed: bool = False

    @property
    def principal(self) -> Principal:
        """Who calls. Only guarded routes have one."""
        assert self.verified is not None, "this route is not guarded"
        return self.verified.principal
