"""The unit of work: one use case, one transaction, and everything that commits with it."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeVar, cast
from uuid import UUID

from sqlalchemy import event as sqlalchemy_event
from sqlalchemy import inspect
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session
from sqlalchemy.orm.base import NO_VALUE
from sqlalchemy.orm.exc import StaleDataError

from contracts import Event
from servicekit import ids
from servicekit.errors import Kind, Refusal, Stale
from servicekit.tables import ServiceBase, Versioned

if TYPE_CHECKING:
    import asyncpg

    from servicekit.messaging.received import Received

T = TypeVar("T", bound=ServiceBase)

ALL_PERMISSIONS = frozenset({"*"})


@lru_cache(maxsize=4_096)
def allows(granted: frozenset[str], permission: str) -> bool:
    """Tell whether grants, patterns such as `crm.*` and `*` included, cover a permission."""
    if permission in granted or "*" in granted:
        return True
    parts = permission.split(".")
    return any(".".join(parts[:end]) + ".*" in granted for end in range(1, len(parts)))


@dataclass(frozen=True, slots=True)
class Principal:
    """Who acts: a person or a service, with what the access token and the roles grant.

    `permissions` are names `<service>.<slice>.<verb>`; `"crm.*"` grants all that begin with
    `crm.`, and `"*"` every one of them.
    """

    subject: str
    tenant: str
    roles: frozenset[str] = frozenset()
    permissions: frozenset[str] = frozenset()
    name: str = ""

    @classmethod
    def of_service(cls, service: str, tenant: str) -> Principal:
        """The service itself, acting for a tenant: consumers and jobs."""
        return cls(f"service:{service}", tenant, frozenset(), ALL_PERMISSIONS, service)

    def may(self, permission: str) -> bool:
        """Tell whether a role of the principal grants the permission."""
        return allows(self.permissions, permission)


class IdempotencyKeyReused(Refusal):
    """An Idempotency-Key belongs to one request; this one came with another body."""

    code = "idempotency-key-reused"
    kind = Kind.INVALID
    title = "This Idempotency-Key was used for another request"
    hint = "Send a fresh key with a new request; repeat a key only with the same body."


class RequestInFlight(Refusal):
    """The same request is being worked on right now."""

    code = "request-in-flight"
    kind = Kind.RULE
    title = "The same request is still being worked on"
    hint = "Wait a moment and repeat it with the same Idempotency-Key."


@dataclass(frozen=True, slots=True)
class IdempotencyClaim:
    """A request that must happen once: key, fingerprint of the body (SHA-256), method and route.

    It is scoped to the tenant and the principal of the unit of work.
    """

    key: str
    fingerprint: bytes
    route: str


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """The answer that a request got the first time."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Published:
    """A published event, ready for the outbox."""

    event: Event
    event_id: UUID


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """Who did what to what."""

    action: str
    subject_type: str
    subject_id: str
    details: Mapping[str, object]


@dataclass(slots=True)
class ReadSession:
    """A read-only transaction with the tenant set; one snapshot for all its queries."""

    session: AsyncSession
    principal: Principal
    now: datetime

    @property
    def tenant(self) -> str:
        return self.principal.tenant

    async def get(self, model: type[T], id: UUID) -> T:  # noqa: A002
        """Return the tenant's row; raises the model's `__missing__` refusal (NotFound)."""
        return await _get(self.session, model, self.tenant, id)


@dataclass(slots=True)
class UnitOfWork:
    """One use case in one transaction. Slices use it and never commit.

    `now` is an aware UTC instant, the same for the whole unit of work; `cause` is the event that
    a consumer is handling. `stored_answer` is set when the request it claims was answered before:
    then nothing is left to do but to give that answer again.
    """

    session: AsyncSession
    principal: Principal
    now: datetime
    correlation_id: str
    cause: Received[Any] | None = None
    traceparent: str | None = None
    stored_answer: StoredAnswer | None = None
    connection: asyncpg.Connection = field(repr=False, kw_only=True)
    claim: IdempotencyClaim | None = field(default=None, kw_only=True)
    published: list[Published] = field(default_factory=list, kw_only=True)
    audited: list[AuditEntry] = field(default_factory=list, kw_only=True)
    answer: StoredAnswer | None = field(default=None, kw_only=True)

    def __post_init__(self) -> None:
        self.session.sync_session.info["now"] = self.now

    @property
    def tenant(self) -> str:
        return self.principal.tenant

    def new_id(self) -> UUID:
        """Return a fresh time-ordered UUID."""
        return ids.new_id()

    def add(self, *rows: ServiceBase) -> None:
        """Add rows; they are inserted at the next flush."""
        self.session.add_all(rows)

    async def get(self, model: type[T], id: UUID) -> T:  # noqa: A002
        """Return the tenant's row; raises the model's `__missing__` refusal (NotFound)."""
        return await _get(self.session, model, self.tenant, id)

    async def lock(self, model: type[T], id: UUID, expected: int | None = None) -> T:  # noqa: A002
        """Return the tenant's row locked until the end of the transaction (SELECT … FOR UPDATE).

        `expected` is the version that the caller has seen. Raises the model's `__missing__`
        refusal, and Stale when the row has another version by now.
        """
        row = await self.session.get(
            model, (self.tenant, id), with_for_update=True, populate_existing=True
        )
        if row is None:
            raise _missing(model, id)
        if expected is not None:
            version = getattr(row, "version", None)
            if version != expected:
                raise Stale(
                    f"version {expected} was expected, but the {_noun(model)} is at version "
                    f"{version} by now",
                    expected=expected,
                    current=version,
                )
        return row

    def publish(self, event: Event) -> None:
        """Announce a fact; it reaches the outbox when the transaction commits.

        The event's sequence within its aggregate is allotted at commit, in the order of the calls.
        """
        self.published.append(Published(event, ids.new_id()))

    def audit(
        self,
        action: str,
        subject_type: str,
        subject_id: UUID | str,
        details: Mapping[str, object] | None = None,
    ) -> None:
        """Record who did what to what; the entry commits with the transaction or not at all.

        Details are JSON values (decimals, dates and UUIDs are written as strings) and stay for
        ever: leave personal data out.
        """
        self.audited.append(AuditEntry(action, subject_type, str(subject_id), details or {}))

    async def flush(self) -> None:
        """Write pending rows now.

        Raises Stale when another transaction changed a row first, and the refusal that the
        model's `__refusals__` names for a violated constraint.
        """
        session = self.session.sync_session
        if session.new or session.dirty or session.deleted:
            with refusing():
                await self.session.flush()

    @asynccontextmanager
    async def savepoint(self) -> AsyncIterator[None]:
        """Run a part that may fail alone: an exception undoes its rows, events and audit entries.

        The exception is raised on. Bulk commands run each row in one.
        """
        events, entries = len(self.published), len(self.audited)
        try:
            with refusing():
                async with self.session.begin_nested():
                    yield
                    await self.flush()
        except BaseException:
            del self.published[events:]
            del self.audited[entries:]
            raise

    async def claim_idempotency(
        self, key: str, fingerprint: bytes, route: str
    ) -> StoredAnswer | None:
        """Claim a request after the unit of work has begun; costs a round trip of its own.

        `Database.unit_of_work(…, idempotency=…)` claims while it begins. Returns the answer when
        the request was answered before. Raises RequestInFlight after 150 ms of waiting for the
        same key and IdempotencyKeyReused when the fingerprint differs.
        """
        from servicekit.platform_sql import claim

        self.claim = IdempotencyClaim(key, fingerprint, route)
        self.stored_answer = await claim(self.connection, self.principal, self.claim)
        return self.stored_answer

    def store_answer(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        """Keep the answer for the claimed request; it commits with the effect."""
        if self.claim is None:
            raise RuntimeError("no idempotency key was claimed")
        self.answer = StoredAnswer(status, dict(headers), body)


async def _get(session: AsyncSession, model: type[T], tenant: str, id: UUID) -> T:  # noqa: A002
    row = await session.get(model, (tenant, id))
    if row is None:
        raise _missing(model, id)
    return row


def _missing(model: type[ServiceBase], id: UUID) -> Refusal:  # noqa: A002
    return model.__missing__(f"there is no {_noun(model)} {id}", id=str(id))


def _noun(model: type[ServiceBase]) -> str:
    """`ShipmentLine` -> `shipment line`: what people call a row."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", model.__name__).lower()


@contextmanager
def refusing() -> Iterator[None]:
    """Turn what the database says no to into the refusals that the models name for it."""
    try:
        yield
    except StaleDataError as error:
        raise Stale("another transaction changed the row first") from error
    except IntegrityError as error:
        refusal = _named_refusal(error)
        if refusal is None:
            raise
        raise refusal from error


def _named_refusal(error: IntegrityError) -> Refusal | None:
    cause = getattr(error.orig, "__cause__", None)
    constraint, table = getattr(cause, "constraint_name", None), getattr(cause, "table_name", None)
    for mapper in ServiceBase.registry.mappers:
        if table is not None and getattr(mapper.local_table, "name", None) == table:
            make = mapper.class_.__refusals__.get(constraint)
            return None if make is None else cast("Refusal", make())
    return None


@sqlalchemy_event.listens_for(Session, "before_flush")
def _stamp_versioned_rows(session: Session, context: object, instances: object) -> None:
    """Fill created_at and updated_at from the unit of work, never from the machine's clock."""
    now = session.info.get("now")
    if now is None:
        return
    for row in session.new:
        if isinstance(row, Versioned):
            if inspect(row).attrs.created_at.loaded_value is NO_VALUE:
                row.created_at = now
            row.updated_at = now
    for row in session.dirty:
        if isinstance(row, Versioned) and session.is_modified(row):
            row.updated_at = now
