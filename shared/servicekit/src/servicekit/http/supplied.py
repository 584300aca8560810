"""What the edge hands to an endpoint, by the annotation of a parameter.

The router takes these parameters out of what FastAPI sees, and fills them in
around the call: a unit of work must be committed before the answer leaves, and
that is the router's business, not a dependency's (docs/decisions/0041).
"""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Annotated

from servicekit.http.sse import Stream
from servicekit.uow import Principal, ReadSession, UnitOfWork


class Supply(Enum):
    """The kinds of parameter the router fills in."""

    WRITES = "writes"
    READS = "reads"
    READING = "reading"
    IF_MATCH = "if-match"
    CALLER = "caller"
    STREAM = "stream"
    IDEMPOTENCY_KEY = "idempotency-key"
    NOW = "now"
    MINIMAL = "minimal"


@dataclass(frozen=True, slots=True)
class Supplied:
    """Marks a parameter as filled in by the router."""

    kind: Supply


Writes = Annotated[UnitOfWork, Supplied(Supply.WRITES)]
"""A unit of work: claimed by Idempotency-Key, committed before the answer leaves."""
Reads = Annotated[ReadSession, Supplied(Supply.READS)]
"""A read-only transaction of the caller's tenant."""
Reading = Annotated[
    Callable[[], AbstractAsyncContextManager[ReadSession]], Supplied(Supply.READING)
]
"""Opens a read-only transaction of the caller's tenant whenever it is called.

For endpoints that work long after reading: a connection held meanwhile is one that others wait for.
"""
IfMatch = Annotated[int, Supplied(Supply.IF_MATCH)]
"""The version the client has seen. Missing: 428. Give it to `uow.lock(expected=...)`: 412."""
Minimal = Annotated[bool, Supplied(Supply.MINIMAL)]
"""Whether the client prefers an answer without its lists (RFC 7240: `Prefer: return=minimal`)."""
Caller = Annotated[Principal, Supplied(Supply.CALLER)]
"""Who is calling, for endpoints that need neither `Reads` nor `Writes`."""
LiveStream = Annotated[Stream, Supplied(Supply.STREAM)]
"""A server-sent event stream to be opened by a GET endpoint."""
Now = Annotated[datetime, Supplied(Supply.NOW)]
"""The instant of the request, in UTC, from the service's clock."""
