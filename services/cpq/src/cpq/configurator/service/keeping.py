"""What is kept in memory for the next request: models and engines, bounded in bytes.

The one used longest ago goes first. Two threads that want the same thing make it once.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Condition
from typing import Generic, TypeVar

from prometheus_client import Counter, Gauge

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

HITS = Counter("tradewind_cpq_kept_hits", "What was asked for and there.", ["kind"])
MISSES = Counter("tradewind_cpq_kept_misses", "What had to be made.", ["kind"])
GONE = Counter("tradewind_cpq_kept_dropped", "What was dropped, by reason.", ["kind", "reason"])
BYTES = Gauge("tradewind_cpq_kept_bytes", "Bytes that are kept.", ["kind"])
COUNT = Gauge("tradewind_cpq_kept", "How many are kept.", ["kind"])


class Kept(Generic[K, V]):
    """Values by key, up to a number of bytes. Safe for threads."""

    def __init__(self, kind: str, *, limit: int, size_of: Callable[[V], int]) -> None:
        """Keep nothing yet; `kind` names them in metrics, `limit` and `size_of` are in bytes."""
        self._kept: OrderedDict[K, V] = OrderedDict()
        self._sizes: dict[K, int] = {}
        self._making: set[K] = set()
        self._changed = Condition()
        self._limit, self._size_of = limit, size_of
        self._hits, self._misses = HITS.labels(kind), MISSES.labels(kind)
        self._full, self._over = GONE.labels(kind, "full"), GONE.labels(kind, "over")
        self._bytes, self._count = BYTES.labels(kind), COUNT.labels(kind)

    @property
    def size_bytes(self) -> int:
        """Bytes that are kept now."""
        return sum(self._sizes.values())

    def __len__(self) -> int:
        return len(self._kept)

    def __contains__(self, key: K) -> bool:
        return key in self._kept

    def find(self, key: K) -> V | None:
        """What is kept under the key, if anything."""
        with self._changed:
            value = self._kept.get(key)
            if value is not None:
                self._kept.move_to_end(key)
                self._hits.inc()
            return value

    def get(self, key: K, make: Callable[[], V]) -> V:
        """What is kept under the key, or what `make` makes, which is kept if there is room.

        While one thread makes it, others that want it wait. What `make` raises, each of them meets.
        """
        with self._changed:
            while key in self._making:
                self._changed.wait()
            value = self._kept.get(key)
            if value is not None:
                self._kept.move_to_end(key)
                self._hits.inc()
                return value
            self._making.add(key)
        self._misses.inc()
        try:
            made = make()
            with self._changed:
                self._keep(key, made)
            return made
        finally:
            with self._changed:
                self._making.discard(key)
                self._changed.notify_all()

    def put(self, key: K, value: V) -> None:
        """Keep what was made elsewhere, if there is room."""
        self._misses.inc()
        with self._changed:
            self._keep(key, value)

    def used(self, key: K) -> None:
        """Weigh again what has just been used: an engine grows with what it learns."""
        with self._changed:
            value = self._kept.get(key)
            if value is not None:
                self._keep(key, value)

    def drop(self, over: Callable[[K], bool]) -> int:
        """Forget the keys that are over; return how many there were."""
        with self._changed:
            gone = [key for key in self._kept if over(key)]
            for key in gone:
                del self._kept[key], self._sizes[key]
            self._over.inc(len(gone))
            self._tell()
        return len(gone)

    def known(self) -> list[K]:
        """What is kept, the one used longest ago first."""
        with self._changed:
            return [*self._kept]

    def _keep(self, key: K, value: V) -> None:
        size = self._size_of(value)
        self._kept[key], self._sizes[key] = value, size
        self._kept.move_to_end(key)
        total = sum(self._sizes.values())
        while total > self._limit and self._kept:
            oldest, _ = self._kept.popitem(last=False)
            total -= self._sizes.pop(oldest)
            self._full.inc()
        self._tell()

    def _tell(self) -> None:
        self._bytes.set(sum(self._sizes.values()))
        self._count.set(len(self._kept))
