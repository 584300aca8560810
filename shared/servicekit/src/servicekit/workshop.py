"""Work that keeps a processor busy, beside the event loop: few threads, a short queue, a deadline.

The event loop answers everybody; a question that takes a second of computing must not run on it.
More threads than processors answer nobody sooner, and a long queue only makes everybody wait for
answers that nobody needs any more: what does not fit is refused at once.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Lock
from typing import TypeVar

from prometheus_client import Counter, Gauge, Histogram

from servicekit.errors import Kind, Refusal

T = TypeVar("T")

WAITING = Gauge(
    "tradewind_workshop_waiting", "Pieces of work that wait for a thread.", ["workshop"]
)
BUSY = Gauge("tradewind_workshop_busy", "Pieces of work under way.", ["workshop"])
REFUSED = Counter(
    "tradewind_workshop_refused",
    "Pieces of work that were not begun, by reason.",
    ["workshop", "reason"],
)
WAITED = Histogram(
    "tradewind_workshop_wait_seconds",
    "Time between asking and beginning.",
    ["workshop"],
    buckets=(0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10),
)


class TooMuchWork(Refusal):
    """The process has as much to compute as it can answer in time."""

    code = "too-much-work"
    kind = Kind.UNAVAILABLE
    title = "Too much is being computed just now"
    hint = "Wait as long as Retry-After says and try again; another replica may be free."


class Workshop:
    """A few threads for computing, shared by everything in the process that computes.

    Work must bound itself: a thread cannot be stopped. It is given the seconds that are left of its
    deadline after waiting.
    """

    def __init__(self, name: str, *, threads: int, waiting: int) -> None:
        """Make one; `waiting` is how many pieces of work may queue beside those under way."""
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix=name)
        self._room = threads + waiting
        self._inside, self._door = 0, Lock()
        self._waiting, self._busy = WAITING.labels(name), BUSY.labels(name)
        self._full = REFUSED.labels(name, "full")
        self._late = REFUSED.labels(name, "late")
        self._waited = WAITED.labels(name)

    async def do(self, work: Callable[[float], T], *, seconds: float) -> T:
        """Run `work(seconds_left)` in a thread and return what it returns.

        Raises `TooMuchWork` when the queue is full, or when the deadline passed while waiting. When
        the caller gives up, work that has not begun is dropped.
        """
        self._enter()
        asked_at = time.monotonic()
        begun = False

        def run() -> T:
            nonlocal begun
            begun = True
            self._waiting.dec()
            waited = time.monotonic() - asked_at
            self._waited.observe(waited)
            if waited >= seconds:
                self._late.inc()
                raise TooMuchWork(f"it waited {waited:.1f} s for its turn")
            with self._busy.track_inprogress():
                return work(seconds - waited)

        def leave(job: Future[T]) -> None:
            if not begun:
                self._waiting.dec()
            with self._door:
                self._inside -= 1

        job = self._threads.submit(run)
        job.add_done_callback(leave)
        return await asyncio.wrap_future(job)

    def _enter(self) -> None:
        with self._door:
            if self._inside >= self._room:
                self._full.inc()
                raise TooMuchWork(f"{self._inside} pieces of work are waiting or under way")
            self._inside += 1
        self._waiting.inc()

    def close(self) -> None:
        """Begin nothing more; what is under way ends by itself."""
        self._threads.shutdown(wait=False, cancel_futures=True)
