"""The outermost layer, as plain ASGI: trace, log line, metrics, headers, last resort.

Starlette's BaseHTTPMiddleware would copy the context and wrap the body in a
task group for every request; this costs a few function calls.
"""

import re
import time
from typing import Any

from opentelemetry import context, trace
from opentelemetry.trace import SpanKind, Status, StatusCode
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from servicekit import telemetry
from servicekit.http.edge import SCOPE_KEY, Edge, Exchange
from servicekit.http.failures import respond
from servicekit.logging import access_log

_CORRELATION = re.compile(rb"[A-Za-z0-9._:-]{1,100}\Z")
_PLAIN_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"cache-control", b"no-store"),
)
_QUIET = ("/health", "/metrics")


class EdgeMiddleware:
    """Wraps every HTTP request of a service in an Exchange."""

    def __init__(self, app: ASGIApp, edge: Edge) -> None:
        self._app = app
        self._edge = edge

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        edge, method = self._edge, scope["method"]
        traceparent, correlation = _incoming(scope["headers"])
        span = telemetry.start_span(
            method, parent=telemetry.parse_traceparent(traceparent), kind=SpanKind.SERVER
        )
        trace_id = f"{span.get_span_context().trace_id:032x}"
        exchange = Exchange(edge, correlation or trace_id, span)
        scope[SCOPE_KEY] = exchange
        status = 0

        async def send_on(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                _add_headers(message, trace_id)
            await send(message)

        token = context.attach(trace.set_span_in_context(span))
        edge.metrics.in_flight.inc()
        try:
            await self._app(scope, receive, send_on)
        except Exception as error:
            if status and isinstance(error, ClientDisconnect):
                return  # A listener went away, as listeners do.
            if status:
                raise  # Half an answer is out; the server must cut the connection.
            response = respond(error, exchange, scope["path"])
            await response(scope, receive, send_on)
        finally:
            edge.metrics.in_flight.dec()
            seconds = time.perf_counter() - started
            self._finish(exchange, method, status, seconds, scope["path"])
            context.detach(token)

    def _finish(
        self, exchange: Exchange, method: str, status: int, seconds: float, path: str
    ) -> None:
        edge, span = self._edge, exchange.span
        edge.metrics.answered(method, exchange.route, status, seconds)
        if exchange.replayed:
            edge.metrics.replayed.inc()
        verified = exchange.verified
        if span.is_recording():
            span.update_name(f"{method} {exchange.route}")
            span.set_attributes(
                {
                    "http.request.method": method,
                    "http.route": exchange.route,
                    "http.response.status_code": status,
                }
            )
            if verified is not None:
                span.set_attribute("tradewind.tenant", verified.principal.tenant)
            if status >= 500:
                span.set_status(Status(StatusCode.ERROR))
        span.end()
        if path.startswith(_QUIET) and status < 500:
            return
        access_log(
            edge.service.name,
            span.get_span_context(),
            method=method,
            route=exchange.route,
            status=status,
            milliseconds=round(seconds * 1000, 2),
            correlation_id=exchange.correlation_id,
            tenant=verified.principal.tenant if verified else None,
            principal=verified.principal.subject if verified else None,
        )


def _incoming(headers: list[tuple[bytes, bytes]]) -> tuple[str | None, str | None]:
    traceparent = correlation = None
    for name, value in headers:
        if name == b"traceparent":
            traceparent = value.decode("latin-1")
        elif name == b"x-correlation-id" and _CORRELATION.match(value):
            correlation = value.decode("latin-1")
    return traceparent, correlation


def _add_headers(message: Any, trace_id: str) -> None:
    headers = message["headers"]
    present = {name for name, _ in headers}
    headers.append((b"x-trace-id", trace_id.encode()))
    headers.extend(header for header in _PLAIN_HEADERS if header[0] not in present)
