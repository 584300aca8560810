"""Prometheus metrics of the HTTP edge: rate, errors and duration by route template.

The route is the template, `/v1/customers/{customer_id}`, never the address: an
address in a label is an unbounded number of time series.
"""

from prometheus_client import REGISTRY, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from starlette.requests import Request
from starlette.responses import Response

from servicekit.database import Database

_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)

REQUESTS = Counter(
    "tradewind_http_requests",
    "Requests answered, by route template and status.",
    ["service", "method", "route", "status"],
)
SECONDS = Histogram(
    "tradewind_http_request_seconds",
    "Time to answer a request, by route template.",
    ["service", "method", "route"],
    buckets=_BUCKETS,
)
IN_FLIGHT = Gauge("tradewind_http_requests_in_flight", "Requests being answered.", ["service"])
REPLAYED = Counter(
    "tradewind_http_replayed_answers", "Commands answered from a stored answer.", ["service"]
)
REFUSED = Counter(
    "tradewind_http_problems", "Requests refused, by problem code.", ["service", "code"]
)
STREAMS = Gauge("tradewind_http_streams", "Open server-sent event streams.", ["service"])
POOL = Gauge(
    "tradewind_database_pool_connections",
    "Connections of the pool by state: in_use, idle, allowed.",
    ["service", "state"],
)


class EdgeMetrics:
    """One service's children of the metrics; looking a child up costs more than counting."""

    def __init__(self, service: str) -> None:
        self._service = service
        self._seconds: dict[tuple[str, str], Histogram] = {}
        self._requests: dict[tuple[str, str, int], Counter] = {}
        self.in_flight = IN_FLIGHT.labels(service)
        self.replayed = REPLAYED.labels(service)
        self.streams = STREAMS.labels(service)

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one answer."""
        histogram = self._seconds.get((method, route))
        if histogram is None:
            histogram = self._seconds[method, route] = SECONDS.labels(self._service, method, route)
        histogram.observe(seconds)
        counter = self._requests.get((method, route, status))
        if counter is None:
            counter = REQUESTS.labels(self._service, method, route, str(status))
            self._requests[method, route, status] = counter
        counter.inc()

    def refused(self, code: str) -> None:
        """Count one problem."""
        REFUSED.labels(self._service, code).inc()

    def stream(self, change: int) -> None:
        """Count a stream in (1) or out (-1)."""
        self.streams.inc(change)

    def pool(self, database: Database) -> None:
        """Look at the pool; called when the metrics are read."""
        pool = database.engine.pool
        for state, method in (("in_use", "checkedout"), ("idle", "checkedin"), ("allowed", "size")):
            count = getattr(pool, method, None)
            if count is not None:
                POOL.labels(self._service, state).set(count())


async def metrics_page(request: Request) -> Response:
    """All metrics of the process in Prometheus' text format."""
    edge = request.app.state.edge
    edge.metrics.pool(edge.database)
    return Response(generate_latest(REGISTRY), headers={"Content-Type": CONTENT_TYPE_LATEST})
