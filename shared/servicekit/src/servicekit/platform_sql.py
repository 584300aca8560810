"""The statements with which a unit of work begins and ends, beneath the ORM.

Each is one round trip. PostgreSQL's simple protocol takes several statements at once but no
parameters, so everything that varies is written as a hexadecimal literal, a number, or a tenant
slug that has been checked: nothing a caller can type reaches the SQL text.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import asyncpg
import orjson

from servicekit.tenancy import SETTING, checked
from servicekit.uow import (
    IdempotencyClaim,
    IdempotencyKeyReused,
    Principal,
    RequestInFlight,
    StoredAnswer,
    UnitOfWork,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

CLAIM_WAIT_MILLISECONDS = 150


def set_tenant(tenant: str) -> str:
    """The statement that makes a tenant current until the transaction ends."""
    return f"SELECT set_config('{SETTING}', '{checked(tenant)}', true)"


async def begin(connection: asyncpg.Connection, tenant: str) -> None:
    """Begin a transaction that writes for a tenant."""
    await connection.execute(f"BEGIN; {set_tenant(tenant)}")


async def begin_reading(connection: asyncpg.Connection, tenant: str) -> None:
    """Begin a read-only transaction; all its queries see one snapshot."""
    await connection.execute(
        f"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; {set_tenant(tenant)}"
    )


async def begin_claiming(
    connection: asyncpg.Connection, principal: Principal, claim: IdempotencyClaim
) -> StoredAnswer | None:
    """Begin a transaction and claim its idempotency key in the same round trip."""
    return await _claim(connection, f"BEGIN; {set_tenant(principal.tenant)}; ", principal, claim)


async def claim(
    connection: asyncpg.Connection, principal: Principal, claim: IdempotencyClaim
) -> StoredAnswer | None:
    """Claim an idempotency key inside a transaction that has begun."""
    return await _claim(connection, "", principal, claim)


async def _claim(
    connection: asyncpg.Connection, prefix: str, principal: Principal, claim: IdempotencyClaim
) -> StoredAnswer | None:
    """Take the key's lock, then look for its row.

    The lock is an advisory one, so that the row is written once, complete, when the answer is
    known; the row's primary key stands behind it. The status line of the last statement tells
    whether a row was found, which saves a round trip in the usual case.
    """
    digest = claim_digest(principal, claim)
    lock = int.from_bytes(digest[:8], "big", signed=True)
    tenant = checked(principal.tenant)
    statement = "; ".join(
        [
            f"{prefix}SET LOCAL lock_timeout = '{CLAIM_WAIT_MILLISECONDS}ms'",
            f"SELECT pg_advisory_xact_lock({lock})",
            "SET LOCAL lock_timeout TO DEFAULT",
            "SELECT 1 FROM platform_idempotency "  # noqa: S608
            f"WHERE tenant = '{tenant}' AND digest = '\\x{digest.hex()}'::bytea",
        ]
    )
    try:
        status = await connection.execute(statement)
    except asyncpg.LockNotAvailableError as error:
        raise RequestInFlight(
            f"the request with Idempotency-Key {claim.key!r} is still being worked on"
        ) from error
    if status == "SELECT 0":
        return None
    row = await connection.fetchrow(
        "SELECT fingerprint, status, headers, body FROM platform_idempotency "
        "WHERE tenant = $1 AND digest = $2",
        principal.tenant,
        digest,
    )
    if row["fingerprint"] != claim.fingerprint:
        raise IdempotencyKeyReused(
            f"Idempotency-Key {claim.key!r} was used for another request", field="Idempotency-Key"
        )
    headers = row["headers"]
    return StoredAnswer(
        row["status"],
        orjson.loads(headers) if isinstance(headers, str | bytes) else headers,
        row["body"],
    )


def claim_digest(principal: Principal, claim: IdempotencyClaim) -> bytes:
    """Identify a claimed request: SHA-256 of principal, route and key."""
    parts = (principal.subject, claim.route, claim.key)
    return hashlib.sha256("\x1f".join(parts).encode("utf-8", "surrogatepass")).digest()


def finish_statement(uow: UnitOfWork, *, register_tenant: bool) -> str | None:
    """The statement that writes outbox, audit trail and stored answer; None when all are empty."""
    if not (uow.published or uow.audited or uow.answer or register_tenant):
        return None
    document = {
        "tenant": uow.tenant,
        "now": uow.now.astimezone(UTC).isoformat(),
        "actor": uow.principal.subject,
        "correlation_id": uow.correlation_id,
        "causation_id": None if uow.cause is None else uow.cause.event_id,
        "traceparent": uow.traceparent,
        "register_tenant": register_tenant,
        "events": [
            {
                "topic": item.event.topic,
                "aggregate_id": item.event.key,
                "event_id": item.event_id,
                "event_type": item.event.event_type,
                "dataschema": item.event.dataschema,
                "body": item.event.payload().decode(),
            }
            for item in uow.published
        ],
        "audit": [
            {
                "action": entry.action,
                "subject_type": entry.subject_type,
                "subject_id": entry.subject_id,
                "details": entry.details,
            }
            for entry in uow.audited
        ],
        **({} if uow.answer is None else {"answer": _answer(uow.answer, uow)}),
    }
    payload = orjson.dumps(document, default=_plain)
    return f"SELECT platform_finish(convert_from('\\x{payload.hex()}', 'UTF8')::jsonb)"


def _answer(answer: StoredAnswer, uow: UnitOfWork) -> Mapping[str, Any]:
    assert uow.claim is not None
    return {
        "digest": claim_digest(uow.principal, uow.claim).hex(),
        "key": uow.claim.key,
        "principal": uow.principal.subject,
        "route": uow.claim.route,
        "fingerprint": uow.claim.fingerprint.hex(),
        "status": answer.status,
        "headers": answer.headers,
        "body": answer.body.hex(),
    }


def _plain(value: object) -> object:
    """Write what JSON has no word for: decimals without exponent, money as amount and currency."""
    from decimal import Decimal

    from servicekit.values import Money, Quantity
    from servicekit.values.decimals import plain

    if isinstance(value, Decimal):
        return plain(value)
    if isinstance(value, Money):
        return {"amount": plain(value.amount), "currency": value.currency}
    if isinstance(value, Quantity):
        return {"amount": plain(value.amount), "unit": value.unit}
    if isinstance(value, frozenset | set):
        return sorted(value)
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value)
