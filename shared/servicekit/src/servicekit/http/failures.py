"""From an exception to a problem: the last word on what a client gets to see."""

import traceback
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import asyncpg
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm.exc import StaleDataError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from servicekit.database import is_connection_fault
from servicekit.errors import Kind, Refusal
from servicekit.http.problems import (
    CONFLICT,
    INTERNAL_ERROR,
    INVALID_INPUT,
    MALFORMED_REQUEST,
    METHOD_NOT_ALLOWED,
    MOST_ERRORS,
    TRY_AGAIN,
    UNAVAILABLE,
    UNKNOWN_ROUTE,
    EdgeProblem,
    FieldError,
    ProblemType,
    of_refusal,
    refusal_errors,
    render,
)
from servicekit.http.validation import field_errors
from servicekit.logging import get_logger

if TYPE_CHECKING:
    from servicekit.http.edge import Exchange

log = get_logger(__name__)

_RETRY_SECONDS = {"Retry-After": "2"}


@dataclass(frozen=True, slots=True)
class Failure:
    """What a client is told about an exception."""

    problem: ProblemType
    detail: str = ""
    errors: list[FieldError] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)


def respond(error: Exception, exchange: "Exchange", path: str) -> Response:
    """The problem response for an exception; bugs are logged, refusals counted."""
    failure = explain(error)
    if failure.problem.status >= 500:
        _log(error, failure, exchange)
    exchange.edge.metrics.refused(failure.problem.code)
    return render(
        failure.problem,
        failure.detail,
        instance=path,
        errors=failure.errors,
        headers=failure.headers,
    )


def explain(error: Exception) -> Failure:
    """Which problem an exception is."""
    if isinstance(error, EdgeProblem):
        return Failure(error.problem, error.detail, list(error.errors), dict(error.headers))
    if isinstance(error, Refusal):
        headers = _RETRY_SECONDS if error.kind is Kind.UNAVAILABLE else {}
        return Failure(of_refusal(type(error)), error.detail, refusal_errors(error), dict(headers))
    if isinstance(error, RequestValidationError):
        errors = field_errors(error.errors()[:MOST_ERRORS], body_first=True)
        first = errors[0]
        return Failure(INVALID_INPUT, f"{first.field}: {first.message}", errors)
    if isinstance(error, HTTPException):
        return _of_http(error)
    if isinstance(error, ClientDisconnect):
        return Failure(MALFORMED_REQUEST, "The client went away before the body was complete.")
    return _of_database(error) or Failure(INTERNAL_ERROR)


def is_retryable(error: Exception) -> bool:
    """Whether the same command, run once more, may well succeed."""
    if isinstance(error, StaleDataError):
        return True
    return isinstance(
        _driver_error(error), (asyncpg.SerializationError, asyncpg.DeadlockDetectedError)
    )


def _of_http(error: HTTPException) -> Failure:
    headers = dict(error.headers or {})
    if error.status_code == 404:
        return Failure(UNKNOWN_ROUTE, headers=headers)
    if error.status_code == 405:
        return Failure(METHOD_NOT_ALLOWED, headers=headers)
    if error.status_code < 500:
        return Failure(MALFORMED_REQUEST, str(error.detail), headers=headers)
    return Failure(INTERNAL_ERROR, headers=headers)


def _of_database(error: Exception) -> Failure | None:
    if isinstance(error, StaleDataError):
        return Failure(TRY_AGAIN, headers=dict(_RETRY_SECONDS))
    if is_connection_fault(error):
        return Failure(UNAVAILABLE, "The database does not answer.", headers=dict(_RETRY_SECONDS))
    cause = _driver_error(error)
    match cause:
        case (
            asyncpg.SerializationError()
            | asyncpg.DeadlockDetectedError()
            | asyncpg.LockNotAvailableError()
        ):
            return Failure(
                TRY_AGAIN,
                "Others are changing the same records just now.",
                headers={"Retry-After": "1"},
            )
        case asyncpg.QueryCanceledError() | asyncpg.InsufficientResourcesError():
            return Failure(UNAVAILABLE, "The database is overloaded.", headers=dict(_RETRY_SECONDS))
        case asyncpg.IntegrityConstraintViolationError():
            # Slices name their constraints in `__refusals__`; what is left is
            # a law of the database that no rule has put into words yet.
            log.warning(
                "constraint without a refusal",
                constraint=getattr(cause, "constraint_name", None),
                table=getattr(cause, "table_name", None),
            )
            return Failure(CONFLICT)
        case asyncpg.DataError():
            return Failure(INVALID_INPUT, "A value is too large, too small or not storable.", [])
    if isinstance(error, IntegrityError):
        return Failure(CONFLICT)
    return None


def _driver_error(error: BaseException | None) -> BaseException | None:
    """asyncpg's own exception, through SQLAlchemy's wrappings."""
    while isinstance(error, DBAPIError):
        error = error.orig
    if error is None or isinstance(error, asyncpg.PostgresError):
        return error
    # SQLAlchemy's dialect wraps once more, and keeps the original as cause.
    return error.__cause__ if error.__cause__ is not None else error


def _log(error: Exception, failure: Failure, exchange: "Exchange") -> None:
    if failure.problem is INTERNAL_ERROR:
        log.error(
            "request failed",
            route=exchange.route,
            error=type(error).__name__,
            # SQL parameters are the client's data: the traceback without the values.
            traceback="".join(traceback.format_tb(error.__traceback__)),
            message=str(error.orig) if isinstance(error, DBAPIError) else str(error),
        )
    else:
        log.warning(
            "request could not be served",
            route=exchange.route,
            code=failure.problem.code,
            error=type(error).__name__,
            cause=type(error.__cause__).__name__ if error.__cause__ else None,
        )
