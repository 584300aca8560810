"""Rate limit: a token bucket for each principal of each tenant, in this process.

It protects the service from a client in a loop; it is no quota. Several
processes each allow the full rate, which keeps the check free of I/O.
"""

import math
import time
from collections import OrderedDict
from collections.abc import Callable

from servicekit.http.problems import TOO_MANY_REQUESTS, EdgeProblem

_BUCKETS = 10_000


class RateLimiter:
    """Allows `per_second` requests on average and `burst` at once; 0 per second is no limit."""

    def __init__(
        self, per_second: float, burst: int, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._per_second = per_second
        self._burst = float(max(burst, 1))
        self._now = now
        self._buckets: OrderedDict[tuple[str, str], tuple[float, float]] = OrderedDict()

    def take(self, tenant: str, subject: str) -> None:
        """Count one request; raises EdgeProblem(too-many-requests) with Retry-After."""
        if self._per_second <= 0:
            return
        now = self._now()
        key = (tenant, subject)
        left, at = self._buckets.pop(key, (self._burst, now))
        left = min(self._burst, left + (now - at) * self._per_second)
        if len(self._buckets) >= _BUCKETS:
            self._buckets.popitem(last=False)
        if left < 1:
            self._buckets[key] = (left, now)
            wait = math.ceil((1 - left) / self._per_second)
            raise EdgeProblem(
                TOO_MANY_REQUESTS,
                f"At most {self._per_second:g} requests a second, {self._burst:g} at once.",
                headers={"Retry-After": str(wait)},
            )
        self._buckets[key] = (left - 1, now)
