"""aiokafka's faults and records in the port's words, so that nobody above imports aiokafka."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from aiokafka.errors import KafkaError

from servicekit.messaging.bus import BusError, Record


@contextlib.contextmanager
def translated(what: str) -> Iterator[None]:
    """Faults of the client become the port's own, so that nobody above imports aiokafka."""
    try:
        yield
    except (KafkaError, OSError, TimeoutError) as error:
        raise BusError(f"{what}: {error!r}") from error


def read_record(item: Any) -> Record:
    return Record(
        item.topic, item.partition, item.offset, item.key, item.value, item.headers, item.timestamp
    )
