"""A library that repeats itself while something is away is let speak once, then summed up.

aiokafka writes five lines a second and client while a broker does not answer;
a worker with three consumers fills a disk with them and hides everything else.
"""

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import Protocol

EVERY_SECONDS = 60.0
QUIET_SECONDS = 30.0
"""Longer than aiokafka waits between two attempts, so that a pause is no return."""
_MOST_KINDS = 50
_TOLD_KINDS = 5


class Starts(Protocol):
    """Calls `function` after `seconds`, on another thread."""

    def __call__(self, seconds: float, function: Callable[[], None]) -> object: ...


def _start_timer(seconds: float, function: Callable[[], None]) -> object:
    timer = threading.Timer(seconds, function)
    timer.daemon = True  # A process that ends does not wait to sum up.
    timer.start()
    return timer


class FloodGate(logging.Filter):
    """Lets the first record of a library pass, and sums up those that follow.

    A summary once in EVERY_SECONDS says how many were held back since the last
    one and what they were; when none has come for QUIET_SECONDS a last one says
    so, and the next record passes again. Critical records always pass.
    """

    def __init__(
        self,
        library: str,
        *,
        service: str,
        now: Callable[[], float] = time.monotonic,
        start: Starts = _start_timer,
    ) -> None:
        super().__init__()
        self._library = library
        self._service = service
        self._now = now
        self._start = start
        self._lock = threading.Lock()
        self._since: float | None = None
        self._last = self._told = 0.0
        self._held: Counter[str] = Counter()
        self._held_in_all = 0

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the record is written."""
        name, library = record.name, self._library
        if name != library and not name.startswith(f"{library}."):
            return True
        if record.levelno >= logging.CRITICAL:
            return True
        with self._lock:
            self._last = self._now()
            if self._since is None:
                self._since = self._told = self._last
                self._start(QUIET_SECONDS, self._look)
                return True
            # What it says before the values are put in, so that a node's number makes no kind.
            kind = str(record.msg)[:200]
            if kind not in self._held and len(self._held) >= _MOST_KINDS:
                kind = "other"
            self._held[kind] += 1
            self._held_in_all += 1
            return False

    def _look(self) -> None:
        """Say what was held back if it is time, and look again unless it is quiet."""
        with self._lock:
            since, now = self._since, self._now()
            if since is None:
                return
            quiet = now - self._last >= QUIET_SECONDS
            due = now - self._told >= EVERY_SECONDS
            held, in_all = self._held, self._held_in_all
            if quiet:
                self._since, self._held, self._held_in_all = None, Counter(), 0
            else:
                if due:
                    self._told, self._held = now, Counter()
                ahead = min(self._last + QUIET_SECONDS, self._told + EVERY_SECONDS) - now
                self._start(max(ahead, 0.1), self._look)
        if quiet and in_all:
            self._say("is quiet again", self._last - since, held, in_all)
        elif due and held.total():
            self._say("is still in trouble", now - since, held, in_all)

    def _say(self, what: str, seconds: float, held: Counter[str], in_all: int) -> None:
        logging.getLogger(__name__).warning(
            "%s %s",
            self._library,
            what,
            extra={
                # The timer's thread does not inherit it.
                "service": self._service,
                "trouble_seconds": round(seconds),
                "held_back": held.total(),
                "held_back_in_all": in_all,
                "most": [f"{times} x {kind}" for kind, times in held.most_common(_TOLD_KINDS)],
            },
        )
