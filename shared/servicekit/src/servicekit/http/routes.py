"""A guarded route: who may, then what was sent, then the transaction around the use case.

Everything that can be refused without reading the body is refused before it is
read. A command's answer leaves only after its COMMIT has succeeded.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import replace
from functools import partial
from inspect import Parameter, Signature
from typing import Any

from fastapi import Request
from fastapi.routing import APIRoute
from pydantic import BaseModel, TypeAdapter
from starlette.responses import Response

from servicekit.http import etags
from servicekit.http.auth import Verified
from servicekit.http.edge import SCOPE_KEY, Edge, Exchange
from servicekit.http.failures import is_retryable, respond
from servicekit.http.idempotency import fingerprint, required_key
from servicekit.http.openapi import described, responses_of
from servicekit.http.preferences import APPLIED, wants_minimal
from servicekit.http.problems import PERMISSION_MISSING, TIMED_OUT, EdgeProblem
from servicekit.http.requests import EdgeRequest, check_address, check_headers
from servicekit.http.router import SliceRoute
from servicekit.http.sse import Stream
from servicekit.http.supplied import Supply
from servicekit.http.validation import header_error
from servicekit.tables import Versioned
from servicekit.uow import IdempotencyClaim, StoredAnswer, UnitOfWork

JSON = "application/json"
_LONGEST_EVENT_ID = 200
_LONGEST_LINK = 500


class EdgeRoute(APIRoute):
    """One declared route, ready to be served."""

    def __init__(self, declared: SliceRoute, edge: Edge) -> None:
        self.declared = declared
        self.edge = edge
        super().__init__(
            declared.path,
            _endpoint(declared, edge),
            methods=[declared.method],
            response_model=declared.returns
            if declared.returns is not None and not _is_response(declared.returns)
            else None,
            status_code=declared.status_code,
            tags=list(declared.tags),
            summary=declared.summary,
            description=described(declared),
            operation_id=declared.operation_id,
            responses=responses_of(declared),
        )

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        inner = super().get_route_handler()
        edge, declared = self.edge, self.declared
        limit = max(declared.max_body_bytes or 0, edge.settings.max_body_bytes)
        seconds = edge.settings.request_timeout_seconds
        known = frozenset(
            {field.alias for field in self.dependant.query_params}
            | (declared.listing.parameter_names() if declared.listing else set())
        )

        async def handle(request: Request) -> Response:
            scope = request.scope
            exchange: Exchange = scope[SCOPE_KEY]
            exchange.route = declared.path
            try:
                check_headers(scope)
                await _admit(request, exchange, declared)
                check_address(scope, known)
                if declared.unsafe:
                    required_key(request)
                async with asyncio.timeout(seconds) as deadline:
                    loaded = EdgeRequest(scope, request.receive, limit, declared.deepest)
                    if declared.has_body:
                        await loaded.load()
                    return await inner(loaded)
            except TimeoutError as error:
                if not deadline.expired():
                    return respond(error, exchange, scope["path"])
                late = EdgeProblem(
                    TIMED_OUT, f"It took longer than {seconds:g} s.", headers={"Retry-After": "2"}
                )
                return respond(late, exchange, scope["path"])
            except Exception as error:  # noqa: BLE001  every exception becomes a problem
                return respond(error, exchange, scope["path"])

        return handle


async def _admit(request: Request, exchange: Exchange, declared: SliceRoute) -> None:
    edge = exchange.edge
    authorization = request.headers.get("authorization")
    scheme, _, link = (authorization or "").partition(" ")
    opens = edge.service.opens_links
    if opens is not None and scheme.lower() == "link":
        # Nothing of a link is remembered: it may be revoked at any moment.
        holder = await opens(edge.database, link.strip()[:_LONGEST_LINK], edge.clock.now())
        verified = Verified(holder.principal, holder.expires_at, generation=0)
    else:
        verified = await edge.authenticator.authenticate(authorization)
    exchange.verified = verified
    principal = verified.principal
    edge.limiter.take(principal.tenant, principal.subject)
    if not principal.may(declared.permission):
        raise EdgeProblem(
            PERMISSION_MISSING, f"The permission {declared.permission} is needed here."
        )


def _is_response(returns: Any) -> bool:
    return isinstance(returns, type) and issubclass(returns, Response)


def _endpoint(declared: SliceRoute, edge: Edge) -> Callable[..., Awaitable[Response]]:
    """What FastAPI calls: the declared endpoint with its transaction around it."""
    write = _command(declared, edge) if declared.unsafe else _query(declared, edge)

    async def endpoint(*, edge_request: Request, **values: Any) -> Response:
        return await write(edge_request, values)

    parameters = [
        *declared.signature.parameters.values(),
        Parameter("edge_request", Parameter.KEYWORD_ONLY, annotation=Request),
    ]
    endpoint.__name__ = declared.endpoint.__name__
    endpoint.__doc__ = declared.endpoint.__doc__
    endpoint.__signature__ = Signature(parameters)  # type: ignore[attr-defined]
    return endpoint


def _command(
    declared: SliceRoute, edge: Edge
) -> Callable[[Request, dict[str, Any]], Awaitable[Response]]:
    renderer = _Renderer(declared)
    uow_names = [name for name, kind in declared.supplied.items() if kind is Supply.WRITES]
    others = [(n, k) for n, k in declared.supplied.items() if k is not Supply.WRITES]

    async def once(
        request: Request, exchange: Exchange, values: dict[str, Any], claim: IdempotencyClaim
    ) -> Response:
        async with edge.database.unit_of_work(
            exchange.principal, exchange.correlation_id, idempotency=claim
        ) as uow:
            if uow.stored_answer is not None:
                exchange.replayed = True
                return _replay(uow.stored_answer)
            given = dict.fromkeys(uow_names, uow)
            for name, kind in others:
                given[name] = _supply(kind, request, exchange)
            result = await declared.endpoint(**values, **given)
            answer = renderer.answer(result, request.scope["path"])
            if any(kind is Supply.MINIMAL and given[name] for name, kind in others):
                heard = {**answer.headers, "Preference-Applied": APPLIED}
                answer = replace(answer, headers=heard)
            if "ETag" in answer.headers:
                _require_flushed(uow, declared)
            uow.store_answer(answer.status, answer.headers, answer.body)
        return Response(answer.body or None, answer.status, dict(answer.headers))

    async def run(request: Request, values: dict[str, Any]) -> Response:
        scope = request.scope
        exchange: Exchange = scope[SCOPE_KEY]
        claim = IdempotencyClaim(
            required_key(request),
            fingerprint(scope["path"], scope["query_string"], await request.body()),
            f"{declared.method} {declared.path}",
        )
        try:
            return await once(request, exchange, values, claim)
        except Exception as error:
            if not is_retryable(error):
                raise
        # Somebody else's transaction won. Ours left no trace, so it may run again.
        return await once(request, exchange, values, claim)

    return run


def _query(
    declared: SliceRoute, edge: Edge
) -> Callable[[Request, dict[str, Any]], Awaitable[Response]]:
    renderer = _Renderer(declared)
    reads_names = [name for name, kind in declared.supplied.items() if kind is Supply.READS]
    others = [(n, k) for n, k in declared.supplied.items() if k is not Supply.READS]

    async def run(request: Request, values: dict[str, Any]) -> Response:
        exchange: Exchange = request.scope[SCOPE_KEY]
        for name, kind in others:
            values[name] = _supply(kind, request, exchange)
        if reads_names:
            async with edge.database.reading(exchange.principal) as reads:
                for name in reads_names:
                    values[name] = reads
                result = await declared.endpoint(**values)
        else:
            result = await declared.endpoint(**values)
        if isinstance(result, Response):
            return result
        answer = renderer.answer(result, request.scope["path"])
        if not declared.asks and etags.unchanged(request, answer.headers.get("ETag")):
            return Response(status_code=304, headers={"ETag": answer.headers["ETag"]})
        return Response(answer.body or None, answer.status, dict(answer.headers))

    return run


class _Renderer:
    """From what an endpoint returns to bytes, without validating it a second time."""

    def __init__(self, declared: SliceRoute) -> None:
        self._status = declared.status_code
        returns = declared.returns
        self._adapter = (
            None if returns is None or _is_response(returns) else TypeAdapter(returns).dump_json
        )
        self._created = declared.status_code == 201
        self._tagged = not declared.asks

    def answer(self, result: Any, path: str) -> StoredAnswer:
        if self._adapter is None or result is None:
            return StoredAnswer(204, {}, b"")
        headers = {"Content-Type": JSON}
        if isinstance(result, BaseModel):
            version = getattr(result, "version", None)
            if isinstance(version, int) and self._tagged:
                headers["ETag"] = etags.etag(version)
            if self._created and (identity := getattr(result, "id", None)) is not None:
                headers["Location"] = f"{path}/{identity}"
        return StoredAnswer(self._status, headers, self._adapter(result))


def _replay(stored: StoredAnswer) -> Response:
    headers = {**stored.headers, "Idempotency-Replayed": "true"}
    return Response(stored.body or None, stored.status, headers)


def _require_flushed(uow: UnitOfWork, declared: SliceRoute) -> None:
    session = uow.session
    waiting = [*session.new, *(row for row in session.dirty if session.is_modified(row))]
    if any(isinstance(row, Versioned) for row in waiting):
        raise RuntimeError(
            f"{declared.operation_id} rendered its answer before `await uow.flush()`: "
            "the ETag would be the version before the change"
        )


def _supply(kind: Supply, request: Request, exchange: Exchange) -> Any:
    match kind:
        case Supply.IF_MATCH:
            return etags.expected_version(request)
        case Supply.CALLER:
            return exchange.principal
        case Supply.READING:
            return partial(exchange.edge.database.reading, exchange.principal)
        case Supply.MINIMAL:
            return wants_minimal(request)
        case Supply.NOW:
            return exchange.edge.clock.now()
        case Supply.STREAM:
            return _stream(request, exchange)
    raise AssertionError(kind)


def _stream(request: Request, exchange: Exchange) -> Stream:
    edge, verified = exchange.edge, exchange.verified
    assert verified is not None
    last = request.headers.get("last-event-id")
    if last is not None and (len(last) > _LONGEST_EVENT_ID or not last.isprintable()):
        # Beginning anew would leave out what came since, and nobody would notice.
        raise header_error("Last-Event-ID", "Send the id of an event of this stream, or none.")
    return Stream(
        last_event_id=last or None,
        reading=lambda: edge.database.reading(verified.principal),
        closing=edge.closing,
        seconds_left=edge.authenticator.seconds_left(verified),
        gauge=edge.metrics.stream,
    )
