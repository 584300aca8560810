"""SliceRouter: how a slice declares its addresses.

    router = SliceRouter(prefix="/v1/customers", tags=["customers"])

    @router.post("", permission="crm.customers.write", status_code=201, refusals=(TaxIdIsTaken,))
    async def create_customer(body: CustomerIn, uow: Writes) -> CustomerOut: ...

A route without a permission cannot be declared. What the parameters annotated
`Writes`, `Reads`, `Reading`, `IfMatch`, `Minimal`, `Caller`, `LiveStream` and
`Now` mean is in `servicekit.http.supplied`.
"""

import inspect
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from starlette.responses import Response

from servicekit.errors import Refusal
from servicekit.http.paging import Listing
from servicekit.http.rendered import Rendered, form_of
from servicekit.http.supplied import Supplied, Supply

Endpoint = TypeVar("Endpoint", bound=Callable[..., Awaitable[Any]])

_PERMISSION = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+\Z")
UNSAFE = frozenset({"POST", "PUT", "PATCH", "DELETE"})


@dataclass(frozen=True, slots=True)
class SliceRoute:
    """One address of a slice, as declared."""

    method: str
    path: str
    endpoint: Callable[..., Awaitable[Any]]
    permission: str
    status_code: int
    refusals: tuple[type[Refusal], ...]
    max_body_bytes: int | None
    tags: tuple[str, ...]
    operation_id: str
    summary: str
    supplied: dict[str, Supply]
    listing: Listing | None
    signature: inspect.Signature
    """The endpoint's signature without the supplied parameters, annotations resolved."""
    returns: Any
    deepest: int | None = None
    """Levels that a body may have, where it may have more than usual."""
    rendered: bool = False
    """The endpoint writes its answer itself."""
    asks: bool = False
    """A POST that only asks: what it asks is too long for an address."""
    produces: tuple[str, ...] = ()
    """Media types of an answer that is not JSON."""

    @property
    def has_body(self) -> bool:
        """Whether the request has a body to be read."""
        return self.method in UNSAFE

    @property
    def unsafe(self) -> bool:
        """Whether it changes something, hence needs an Idempotency-Key."""
        return self.has_body and not self.asks

    def wants(self, kind: Supply) -> bool:
        """Whether the endpoint has a parameter of this kind."""
        return kind in self.supplied.values()


class SliceRouter:
    """The addresses of one slice, under one prefix."""

    def __init__(self, *, prefix: str, tags: Sequence[str]) -> None:
        if not prefix.startswith("/v") or prefix.endswith("/"):
            raise ValueError(f"prefix {prefix!r}: begin with the API version, as in /v1/customers")
        self.prefix = prefix
        self.tags = tuple(tags)
        self.routes: list[SliceRoute] = []

    def get(
        self,
        path: str,
        *,
        permission: str,
        refusals: Sequence[type[Refusal]] = (),
        summary: str | None = None,
        produces: Sequence[str] = (),
    ) -> Callable[[Endpoint], Endpoint]:
        """Declare a read. Give the endpoint `Reads`.

        `produces` names the media types of an endpoint that returns a `Response` of its own.
        """
        return self._declare(
            "GET", path, permission, 200, refusals, None, summary, produces=produces
        )

    def post(
        self,
        path: str,
        *,
        permission: str,
        status_code: int = 200,
        refusals: Sequence[type[Refusal]] = (),
        max_body_bytes: int | None = None,
        deepest: int | None = None,
        summary: str | None = None,
    ) -> Callable[[Endpoint], Endpoint]:
        """Declare a command.

        `max_body_bytes` raises the service's limit for bulk bodies, `deepest` the levels that a
        body may have: for documents that nest by their nature.
        """
        return self._declare(
            "POST", path, permission, status_code, refusals, max_body_bytes, summary, deepest
        )

    def query(
        self,
        path: str,
        *,
        permission: str,
        refusals: Sequence[type[Refusal]] = (),
        max_body_bytes: int | None = None,
        deepest: int | None = None,
        summary: str | None = None,
    ) -> Callable[[Endpoint], Endpoint]:
        """Declare a POST that changes nothing and asks with a body.

        It needs no Idempotency-Key, since asking twice is harmless. Give the endpoint `Reads`, or
        `Reading` where it works longer than a connection should be held.
        """
        return self._declare(
            "POST", path, permission, 200, refusals, max_body_bytes, summary, deepest, asks=True
        )

    def put(
        self,
        path: str,
        *,
        permission: str,
        status_code: int = 200,
        refusals: Sequence[type[Refusal]] = (),
        max_body_bytes: int | None = None,
        deepest: int | None = None,
        summary: str | None = None,
    ) -> Callable[[Endpoint], Endpoint]:
        """Declare a command that replaces a resource."""
        return self._declare(
            "PUT", path, permission, status_code, refusals, max_body_bytes, summary, deepest
        )

    def patch(
        self,
        path: str,
        *,
        permission: str,
        status_code: int = 200,
        refusals: Sequence[type[Refusal]] = (),
        max_body_bytes: int | None = None,
        summary: str | None = None,
    ) -> Callable[[Endpoint], Endpoint]:
        """Declare a command that changes part of a resource."""
        return self._declare(
            "PATCH", path, permission, status_code, refusals, max_body_bytes, summary
        )

    def delete(
        self,
        path: str,
        *,
        permission: str,
        status_code: int = 204,
        refusals: Sequence[type[Refusal]] = (),
        summary: str | None = None,
    ) -> Callable[[Endpoint], Endpoint]:
        """Declare a command that removes a resource."""
        return self._declare("DELETE", path, permission, status_code, refusals, None, summary)

    def _declare(
        self,
        method: str,
        path: str,
        permission: str,
        status_code: int,
        refusals: Sequence[type[Refusal]],
        max_body_bytes: int | None,
        summary: str | None,
        deepest: int | None = None,
        *,
        asks: bool = False,
        produces: Sequence[str] = (),
    ) -> Callable[[Endpoint], Endpoint]:
        full = self.prefix + path
        where = f"{method} {full}"
        if not _PERMISSION.match(permission):
            raise ValueError(f"{where}: permission {permission!r} is not like crm.customers.write")
        if full != "/" and full.endswith("/"):
            raise ValueError(f"{where}: no slash at the end")

        def register(endpoint: Endpoint) -> Endpoint:
            if not _is_async(endpoint):
                raise TypeError(f"{where}: {endpoint.__name__} must be async")
            supplied, signature, returns = _split(endpoint)
            route = SliceRoute(
                method=method,
                path=full,
                endpoint=endpoint,
                permission=permission,
                status_code=status_code,
                refusals=tuple(refusals),
                max_body_bytes=max_body_bytes,
                tags=self.tags,
                operation_id=endpoint.__name__,
                summary=summary or endpoint.__name__.replace("_", " ").capitalize(),
                supplied=supplied,
                listing=_listing(signature, where),
                signature=signature,
                returns=form_of(returns),
                rendered=get_origin(returns) is Rendered,
                deepest=deepest,
                asks=asks,
                produces=tuple(produces),
            )
            _check(route, where)
            self.routes.append(route)
            return endpoint

        return register


def _is_async(endpoint: Callable[..., Any]) -> bool:
    return inspect.iscoroutinefunction(endpoint)


def _split(
    endpoint: Callable[..., Any],
) -> tuple[dict[str, Supply], inspect.Signature, Any]:
    hints = get_type_hints(endpoint, include_extras=True)
    supplied: dict[str, Supply] = {}
    left: list[inspect.Parameter] = []
    for name, parameter in inspect.signature(endpoint).parameters.items():
        annotation = hints.get(name, parameter.annotation)
        marks = [mark for mark in get_args(annotation) if isinstance(mark, Supplied)]
        if marks:
            supplied[name] = marks[0].kind
        else:
            # Keyword-only, since FastAPI calls by name and defaults may stand anywhere.
            left.append(
                parameter.replace(annotation=annotation, kind=inspect.Parameter.KEYWORD_ONLY)
            )
    returns = hints.get("return", Any)
    return supplied, inspect.Signature(left), None if returns is type(None) else returns


def _listing(signature: inspect.Signature, where: str) -> Listing | None:
    found = [
        mark.dependency
        for parameter in signature.parameters.values()
        for mark in get_args(parameter.annotation)
        if isinstance(getattr(mark, "dependency", None), Listing)
    ]
    if len(found) > 1:
        raise ValueError(f"{where}: one listing an address")
    return found[0] if found else None


def _check(route: SliceRoute, where: str) -> None:
    if route.unsafe and not route.wants(Supply.WRITES):
        raise TypeError(f"{where}: a command takes `uow: Writes`; only then is it safe to repeat")
    if not route.unsafe and route.wants(Supply.WRITES):
        raise TypeError(f"{where}: a read must not write; take `reads: Reads`")
    if route.asks and (route.wants(Supply.IF_MATCH) or route.wants(Supply.STREAM)):
        raise TypeError(f"{where}: a query neither changes a version nor opens a stream")
    if route.wants(Supply.WRITES) and route.wants(Supply.READS):
        raise TypeError(f"{where}: `Writes` reads too; take only that")
    if route.returns is None and route.status_code != 204:
        raise TypeError(f"{where}: an endpoint that returns nothing answers 204; say status_code")
    returns = route.returns
    written = isinstance(returns, type) and issubclass(returns, Response)
    if written and not (route.unsafe or route.produces or route.wants(Supply.STREAM)):
        raise TypeError(f"{where}: an endpoint that writes its own answer says what it `produces`")
    if (written or route.rendered) and route.unsafe:
        raise TypeError(f"{where}: a command returns a model, so that its answer can be stored")
