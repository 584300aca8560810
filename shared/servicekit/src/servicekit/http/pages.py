"""Pages for people: the API reference and one page for each problem code. Nothing from a CDN."""

from html import escape
from importlib.resources import files

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from servicekit.http.edge import Edge
from servicekit.http.problems import UNKNOWN_ROUTE, EdgeProblem, ProblemType, registry

_ASSETS = {
    "swagger-ui-bundle.js": "text/javascript",
    "swagger-ui.css": "text/css",
    "favicon.png": "image/png",
}
_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:46rem;margin:3rem auto;padding:0 1rem}"
    "code{background:#eee;padding:.1em .3em;border-radius:3px}table{border-collapse:collapse}"
    "td,th{text-align:left;padding:.3em .8em .3em 0;vertical-align:top}"
)
_POLICY = {"Content-Security-Policy": "default-src 'self'; style-src 'self' 'unsafe-inline'"}


async def openapi_json(request: Request) -> Response:
    """The OpenAPI document."""
    app = request.app
    return JSONResponse(app.openapi())


async def reference(request: Request) -> Response:
    """Swagger UI on this service's document."""
    edge: Edge = request.app.state.edge
    title = escape(edge.service.title)
    page = (
        f"<!doctype html><html lang=en><head><meta charset=utf-8><title>{title}</title>"
        "<link rel=icon href=/docs/favicon.png><link rel=stylesheet href=/docs/swagger-ui.css>"
        "</head><body><div id=swagger-ui></div><script src=/docs/swagger-ui-bundle.js></script>"
        "<script src=/docs/start.js></script></body></html>"
    )
    policy = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:"
    return HTMLResponse(page, headers={"Content-Security-Policy": policy})


async def asset(request: Request) -> Response:
    """One file of the reference page."""
    name = request.path_params["name"]
    if name == "start.js":
        return Response(_START, media_type="text/javascript")
    media_type = _ASSETS.get(name)
    if media_type is None:
        raise EdgeProblem(UNKNOWN_ROUTE, f"There is no asset {name[:80]}.")
    content = files("fastapi_offline").joinpath("static", name).read_bytes()
    return Response(
        content, media_type=media_type, headers={"Cache-Control": "public, max-age=86400"}
    )


_START = """
SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#swagger-ui",
  deepLinking: true,
  persistAuthorization: true,
  tryItOutEnabled: true,
  displayRequestDuration: true,
  requestInterceptor: (request) => {
    const unsafe = !["GET", "HEAD"].includes(request.method || "GET");
    if (unsafe && !request.headers["Idempotency-Key"]) {
      request.headers["Idempotency-Key"] = crypto.randomUUID();
    }
    return request;
  },
});
"""


async def problem_list(request: Request) -> Response:
    """Every problem this service can answer with."""
    edge: Edge = request.app.state.edge
    rows = "".join(
        f'<tr><td><a href="{escape(p.uri)}"><code>{escape(p.code)}</code></a></td>'
        f"<td>{p.status}</td><td>{escape(p.title)}</td></tr>"
        for p in registry(edge.service.name).values()
    )
    body = f"<table><tr><th>Code</th><th>Status</th><th>Meaning</th></tr>{rows}</table>"
    return _page("Problems", body)


async def problem_page(request: Request) -> Response:
    """What one code means and what to do about it."""
    code = request.path_params["code"]
    edge: Edge = request.app.state.edge
    problem = registry(edge.service.name).get(code)
    if problem is None:
        raise EdgeProblem(UNKNOWN_ROUTE, f"There is no problem called {code[:80]}.")
    if "application/json" in request.headers.get("accept", ""):
        return JSONResponse(
            {
                "code": problem.code,
                "status": problem.status,
                "title": problem.title,
                "hint": problem.hint,
            }
        )
    return _page(problem.title, _explained(problem))


def _explained(problem: ProblemType) -> str:
    return (
        f"<p>Code <code>{escape(problem.code)}</code>, status {problem.status}.</p>"
        f"<h2>What to do</h2><p>{escape(problem.hint)}</p>"
        "<p>The answer's <code>detail</code> says what happened this time, <code>errors</code> "
        "which fields are concerned, and <code>trace_id</code> finds it in the logs.</p>"
        '<p><a href="/problems">All problems</a></p>'
    )


def _page(title: str, body: str) -> HTMLResponse:
    head = f"<meta charset=utf-8><title>{escape(title)}</title><style>{_STYLE}</style>"
    return HTMLResponse(
        f"<!doctype html><html lang=en><head>{head}</head>"
        f"<body><h1>{escape(title)}</h1>{body}</body></html>",
        headers=_POLICY,
    )
