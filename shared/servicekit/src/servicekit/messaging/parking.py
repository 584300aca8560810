"""Messages set aside: parked ones wait for a person, waiting ones for an earlier event.

A parked message failed for a reason that trying again will not cure. Later events of its
aggregate wait behind it, and so does an event of a log topic that came before its predecessor.
Other aggregates go on. Rows leave the table when they are applied or discarded; the audit trail
keeps what people did.
"""

from __future__ import annotations

import base64
import json
import time
import traceback
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from servicekit.errors import Refusal
from servicekit.messaging.arrivals import UNADDRESSED, Arrival
from servicekit.messaging.bus import Record
from servicekit.platform_sql import set_tenant

PARKED = "parked"
WAITING = "waiting"
_TRACE_CHARACTERS = 8_000

__all__ = ["PARKED", "UNADDRESSED", "WAITING", "Failure", "Parked", "StormGuard", "TooManyParked"]

_COLUMNS = (
    'id, consumer, topic, partition, "offset", tenant, aggregate_id, sequence, event_id,'
    " event_type, key, body, headers, kind, reason, attempts, parked_at"
)


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a message could not be applied."""

    reason: str
    trace: str = ""
    refused: bool = False
    """A rule refused this message; that says nothing about the messages after it."""

    @classmethod
    def of(cls, error: BaseException) -> Failure:
        """A refusal tells its code and detail; anything else its type and text."""
        if isinstance(error, Refusal):
            reason = f"{error.code}: {error.detail}"
        else:
            reason = f"{type(error).__name__}: {error}"
        trace = "".join(traceback.format_exception(error))
        refused = isinstance(error, Refusal)
        return cls(_clean(reason)[:2_000], _clean(trace)[-_TRACE_CHARACTERS:], refused)


@dataclass(frozen=True, slots=True)
class Parked:
    """A row of the table, with the record as it came."""

    id: int
    kind: str
    sequence: int | None
    reason: str
    attempts: int
    record: Record


class TooManyParked(Exception):
    """Messages fail one after the other: something is wrong with us, not with them."""


class StormGuard:
    """Stops a consumer that would park everything: more than `limit` in `seconds`.

    Refusals do not count: what one tenant may not do must not hold up the others.
    """

    def __init__(
        self, limit: int = 20, seconds: float = 60.0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._limit = limit
        self._seconds = seconds
        self._clock = clock
        self._times: deque[float] = deque()

    def count(self) -> None:
        """One more was parked; raises TooManyParked when that is too many."""
        now = self._clock()
        self._times.append(now)
        while self._times[0] <= now - self._seconds:
            self._times.popleft()
        if len(self._times) > self._limit:
            raise TooManyParked(
                f"more than {self._limit} messages parked within {self._seconds:.0f} s"
            )


async def park(
    connection: Any, consumer: str, arrival: Arrival, kind: str, failure: Failure
) -> bool:
    """Set a record aside; False when it already was."""
    record, envelope = arrival.record, arrival.envelope
    await connection.execute(set_tenant(arrival.tenant))
    status = await connection.execute(
        'INSERT INTO platform_parked_message (consumer, topic, partition, "offset", tenant,'
        " aggregate_id, sequence, event_id, event_type, key, body, headers, kind, reason, trace)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)"
        " ON CONFLICT (consumer, topic, tenant, aggregate_id, sequence) DO NOTHING",
        consumer,
        record.topic,
        record.partition,
        record.offset,
        arrival.tenant,
        arrival.aggregate_id,
        None if envelope is None else envelope.sequence,
        None if envelope is None else str(envelope.event_id),
        None if envelope is None else _clean(envelope.event_type),
        record.key,
        record.value,
        _headers_text(record),
        kind,
        failure.reason,
        failure.trace,
    )
    return str(status) == "INSERT 0 1"


async def parked_of(
    connection: Any, consumer: str, topic: str, tenant: str, aggregate_id: str
) -> list[Parked]:
    """What is set aside of one aggregate, in order."""
    await connection.execute(set_tenant(tenant))
    rows = await connection.fetch(
        f"SELECT {_COLUMNS} FROM platform_parked_message"  # noqa: S608
        " WHERE consumer = $1 AND topic = $2 AND tenant = $3 AND aggregate_id = $4"
        " ORDER BY sequence NULLS FIRST, id",
        consumer,
        topic,
        tenant,
        aggregate_id,
    )
    return [_parked(row) for row in rows]


async def parked_messages(connection: Any, consumer: str | None = None) -> list[Any]:
    """Every message set aside, of all tenants; for the platform role."""
    return list(
        await connection.fetch(
            f"SELECT {_COLUMNS}, trace FROM platform_parked_message"  # noqa: S608
            " WHERE $1::text IS NULL OR consumer = $1"
            " ORDER BY consumer, topic, tenant, aggregate_id, sequence NULLS FIRST, id",
            consumer,
        )
    )


async def remove(connection: Any, tenant: str, parked_id: int) -> None:
    """The message was applied, superseded or discarded."""
    await connection.execute(set_tenant(tenant))
    await connection.execute("DELETE FROM platform_parked_message WHERE id = $1", parked_id)


async def fail_again(connection: Any, tenant: str, parked_id: int, failure: Failure) -> None:
    """The message was tried once more in vain; it is parked now, if it only waited before."""
    await connection.execute(set_tenant(tenant))
    await connection.execute(
        "UPDATE platform_parked_message SET kind = 'parked', reason = $2, trace = $3,"
        " attempts = attempts + 1 WHERE id = $1",
        parked_id,
        failure.reason,
        failure.trace,
    )


def _parked(row: Any) -> Parked:
    text = row["headers"]
    pairs = json.loads(text) if isinstance(text, str | bytes) else text
    headers = [(name, None if value is None else base64.b64decode(value)) for name, value in pairs]
    record = Record(
        row["topic"],
        row["partition"],
        row["offset"],
        row["key"],
        row["body"],
        headers,
        0,
    )
    return Parked(row["id"], row["kind"], row["sequence"], row["reason"], row["attempts"], record)


def _headers_text(record: Record) -> str:
    return json.dumps(
        [
            [_clean(name), None if value is None else base64.b64encode(value).decode()]
            for name, value in record.headers
        ]
    )


def _clean(text: str) -> str:
    """PostgreSQL's text holds neither NUL nor lone surrogates."""
    return text.replace("\x00", "\\0").encode("utf-8", "backslashreplace").decode()
