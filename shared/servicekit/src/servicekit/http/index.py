"""Finding the route of a request in one walk down a tree.

FastAPI tries every route's regular expression in turn, through two layers per
included router: with sixty routes that is as much work as all the rest of the
request. Fixed segments win over parameters, in whatever order slices are
listed.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from fastapi.routing import APIRoute
from starlette.datastructures import URLPath
from starlette.routing import BaseRoute, Match, NoMatchFound
from starlette.types import Receive, Scope, Send

from servicekit.http.problems import METHOD_NOT_ALLOWED, EdgeProblem


@dataclass(slots=True)
class _Node:
    fixed: dict[str, "_Node"] = field(default_factory=dict)
    parameter: "_Node | None" = None
    routes: dict[str, APIRoute] = field(default_factory=dict)


class RouteIndex(BaseRoute):
    """All guarded routes of a service as one route of the application."""

    def __init__(self, routes: Iterable[APIRoute]) -> None:
        self._root = _Node()
        for route in routes:
            node = self._root
            for segment in route.path.strip("/").split("/"):
                if segment.startswith("{"):
                    node.parameter = node.parameter or _Node()
                    node = node.parameter
                else:
                    node = node.fixed.setdefault(segment, _Node())
            for method in route.methods or ():
                if method in node.routes:
                    raise ValueError(f"{method} {route.path} is declared twice")
                node.routes[method] = route

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """The route of this method, or else any route of this address."""
        if scope["type"] != "http":
            return Match.NONE, {}
        path: str = scope["path"]
        if not path.startswith("/"):
            return Match.NONE, {}
        segments = path[1:].split("/")
        node = _find(self._root, segments, 0)
        if node is None:
            return Match.NONE, {}
        route = node.routes.get(scope["method"])
        if route is None:
            allowed = ", ".join(sorted(node.routes))
            return Match.FULL, {"tradewind.allowed": allowed}
        names = route.path.strip("/").split("/")
        parameters = {
            name[1:-1]: segment
            for name, segment in zip(names, segments, strict=True)
            if name.startswith("{")
        }
        return Match.FULL, {
            "tradewind.route": route,
            "endpoint": route.endpoint,
            "path_params": parameters,
        }

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve the route that was found; raises EdgeProblem(method-not-allowed)."""
        route = scope.get("tradewind.route")
        if route is None:
            allowed = scope["tradewind.allowed"]
            raise EdgeProblem(
                METHOD_NOT_ALLOWED,
                f"This address takes {allowed}, not {scope['method'][:20]}.",
                headers={"Allow": allowed},
            )
        scope["route"] = route
        await route.app(scope, receive, send)

    def url_path_for(self, name: str, /, **path_params: object) -> URLPath:
        """Not offered: links are built from the resource's own path."""
        raise NoMatchFound(name, dict(path_params))


def _find(node: _Node, segments: list[str], at: int) -> _Node | None:
    if at == len(segments):
        return node if node.routes else None
    fixed = node.fixed.get(segments[at])
    if fixed is not None and (found := _find(fixed, segments, at + 1)) is not None:
        return found
    if node.parameter is not None and segments[at]:
        return _find(node.parameter, segments, at + 1)
    return None
