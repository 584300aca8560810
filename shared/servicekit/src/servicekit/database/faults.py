"""What can go wrong with a database, and whether trying again helps."""

from __future__ import annotations

from typing import ClassVar

import asyncpg
from sqlalchemy.exc import DBAPIError, InterfaceError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from servicekit.errors import Kind, Refusal


class DatabaseUnavailable(Refusal):
    """The database did not answer in time; nothing is known to be wrong with the request."""

    code: ClassVar[str] = "database-unavailable"
    kind = Kind.UNAVAILABLE
    title = "The database is not available"
    hint = "Repeat the request with the same Idempotency-Key in a few seconds."


class CommitIsUncertain(DatabaseUnavailable):
    """The connection broke during COMMIT: the effect happened wholly or not at all."""

    code = "commit-uncertain"
    title = "It is not known whether the request took effect"
    hint = "Repeat it with the same Idempotency-Key: it takes effect once, and you get the answer."


def is_connection_fault(error: BaseException) -> bool:
    """Tell whether the connection to the database broke, or the server went away."""
    if isinstance(error, DBAPIError):
        if error.connection_invalidated or isinstance(error, InterfaceError):
            return True
        cause = error.orig.__cause__ if error.orig is not None else None
        return cause is not None and is_connection_fault(cause)
    return isinstance(
        error,
        (
            PoolTimeout,
            ConnectionError,
            asyncpg.PostgresConnectionError,
            asyncpg.InterfaceError,
            # The server broke off while the client was reading its error: the client's own state
            # is in the midst of an operation that never ends.
            asyncpg.InternalClientError,
            asyncpg.AdminShutdownError,
            asyncpg.CrashShutdownError,
            asyncpg.CannotConnectNowError,
            asyncpg.TooManyConnectionsError,
            asyncpg.DiskFullError,
        ),
    )


def is_transient(error: BaseException) -> bool:
    """Tell whether trying again later may succeed: lost connections, locks, deadlocks, timeouts."""
    if isinstance(error, DatabaseUnavailable) or is_connection_fault(error):
        return True
    if isinstance(error, DBAPIError):
        cause = error.orig.__cause__ if error.orig is not None else None
        return cause is not None and is_transient(cause)
    return isinstance(
        error,
        (
            TimeoutError,
            asyncpg.DeadlockDetectedError,
            asyncpg.SerializationError,
            asyncpg.LockNotAvailableError,
            asyncpg.QueryCanceledError,
            asyncpg.InsufficientResourcesError,
        ),
    )
