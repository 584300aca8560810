"""Connections under one role, and where transactions begin and end."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

import asyncpg
import orjson
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession, create_async_engine

from servicekit import ids, platform_sql, telemetry, tenancy
from servicekit.clock import Clock, SystemClock
from servicekit.database.addresses import sqlalchemy_url
from servicekit.database.faults import CommitIsUncertain, DatabaseUnavailable, is_connection_fault
from servicekit.errors import Refusal
from servicekit.uow import IdempotencyClaim, Principal, ReadSession, UnitOfWork, refusing

if TYPE_CHECKING:
    from servicekit.messaging.received import Received
    from servicekit.settings import Settings

_CLEANUP_SECONDS = 2.0
_NO_CONNECTION = (OSError, TimeoutError, DBAPIError, asyncpg.PostgresError)
"""What opening a connection fails with, beside what breaks one that was open."""


class Database:
    """Connections to one database under one role, and the transactions on them.

    `published` functions are called after every commit that wrote to the outbox; the worker uses
    one to wake its relay.
    """

    def __init__(
        self,
        url: str,
        *,
        service: str,
        clock: Clock | None = None,
        pool_size: int = 8,
        pool_timeout_seconds: float = 5.0,
        statement_timeout_seconds: float = 30.0,
        lock_timeout_seconds: float = 5.0,
    ) -> None:
        self.url = url
        self.service = service
        self.clock = clock or SystemClock()
        self.published: list[Callable[[], None]] = []
        self._known_tenants: set[str] = set()
        # SQLAlchemy's pool lets newcomers overtake those who wait, and a few of 32 clients on 8
        # connections then wait until they time out; a semaphore serves first come, first served.
        self._turns = asyncio.Semaphore(pool_size)
        self._turn_seconds = pool_timeout_seconds
        self.engine: AsyncEngine = create_async_engine(
            sqlalchemy_url(url),
            # BEGIN and COMMIT are ours (platform_sql), so that they share round trips with what
            # goes with them; SQLAlchemy must add none of its own.
            isolation_level="AUTOCOMMIT",
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=pool_timeout_seconds,
            pool_recycle=3600,
            json_serializer=lambda value: orjson.dumps(value, default=str).decode(),
            json_deserializer=orjson.loads,
            connect_args={
                "prepared_statement_cache_size": 500,
                "timeout": pool_timeout_seconds,
                "server_settings": {
                    "application_name": f"tradewind-{service}",
                    "jit": "off",
                    "timezone": "UTC",
                    "statement_timeout": _milliseconds(statement_timeout_seconds),
                    "lock_timeout": _milliseconds(lock_timeout_seconds),
                    "idle_in_transaction_session_timeout": _milliseconds(
                        2 * statement_timeout_seconds
                    ),
                },
            },
        )

    @classmethod
    def app(cls, settings: Settings, clock: Clock | None = None) -> Database:
        """The application role: row-level security decides what it sees."""
        return cls._of(settings, settings.database_url, clock, settings.database_pool_size)

    @classmethod
    def platform(cls, settings: Settings, clock: Clock | None = None) -> Database:
        """The platform role: platform tables of all tenants, no business table."""
        return cls._of(settings, settings.platform_url(), clock, 3)

    @classmethod
    def _of(cls, settings: Settings, url: str, clock: Clock | None, pool_size: int) -> Database:
        return cls(
            url,
            service=settings.service,
            clock=clock,
            pool_size=pool_size,
            pool_timeout_seconds=settings.database_pool_timeout_seconds,
            statement_timeout_seconds=settings.database_statement_timeout_seconds,
            lock_timeout_seconds=settings.database_lock_timeout_seconds,
        )

    async def close(self) -> None:
        """Close every connection."""
        await self.engine.dispose()

    async def ping(self, timeout_seconds: float = 1.0) -> None:
        """Run a trivial statement; raises DatabaseUnavailable when there is no answer in time."""
        try:
            async with asyncio.timeout(timeout_seconds), self.connection() as connection:
                await connection.execute("SELECT 1")
        except TimeoutError as error:
            raise DatabaseUnavailable(
                f"the database did not answer within {timeout_seconds} s"
            ) from error

    @contextlib.asynccontextmanager
    async def connection(self) -> AsyncIterator[asyncpg.Connection]:
        """A pooled connection without a transaction, for statements that stand alone."""
        async with self._checked_out() as (_, raw):
            yield raw

    @contextlib.asynccontextmanager
    async def unit_of_work(
        self,
        principal: Principal,
        correlation_id: str | None = None,
        cause: Received[Any] | None = None,
        now: datetime | None = None,
        *,
        idempotency: IdempotencyClaim | None = None,
    ) -> AsyncIterator[UnitOfWork]:
        """One use case in one transaction of the principal's tenant.

        Commits when the block ends, with outbox, audit trail and stored answer; any exception
        rolls everything back. `idempotency` claims the request while beginning: look at
        `uow.stored_answer` first. Raises RequestInFlight, IdempotencyKeyReused,
        DatabaseUnavailable, CommitIsUncertain, and what `UnitOfWork.flush` raises.
        """
        async with self._checked_out() as (pooled, raw):
            stored = None
            if idempotency is None:
                await platform_sql.begin(raw, principal.tenant)
            else:
                stored = await platform_sql.begin_claiming(raw, principal, idempotency)
            uow = self._unit_of_work(pooled, raw, principal, correlation_id, cause, now)
            uow.claim, uow.stored_answer = idempotency, stored
            async with _entered(uow):
                yield uow
                await uow.flush()
            finish = self._finish(uow)
            await _commit(raw, finish)
            self._committed([uow])

    @contextlib.asynccontextmanager
    async def reading(
        self, principal: Principal, *, now: datetime | None = None
    ) -> AsyncIterator[ReadSession]:
        """A read-only transaction of the principal's tenant; all queries see one snapshot."""
        async with self._checked_out() as (pooled, raw):
            await platform_sql.begin_reading(raw, principal.tenant)
            session = AsyncSession(bind=pooled, expire_on_commit=False, autoflush=False)
            try:
                yield ReadSession(session, principal, now or self.clock.now())
            finally:
                await _close(session)
            await raw.execute("COMMIT")

    @contextlib.asynccontextmanager
    async def transaction(self, opening: str = "") -> AsyncIterator[Transaction]:
        """One transaction that acts for several tenants in turn (a consumer's batch).

        `opening` are statements without parameters that go out with BEGIN; the status of the last
        of them is `Transaction.opened`. `Transaction.closing` goes out with COMMIT.
        """
        async with self._checked_out() as (pooled, raw):
            opened = await raw.execute(f"BEGIN; {opening}" if opening else "BEGIN")
            transaction = Transaction(self, pooled, raw, opened)
            yield transaction
            await _commit(raw, "; ".join(transaction.closing) or None)
            self._committed(transaction.done)

    def _unit_of_work(
        self,
        pooled: AsyncConnection,
        raw: asyncpg.Connection,
        principal: Principal,
        correlation_id: str | None,
        cause: Received[Any] | None,
        now: datetime | None,
    ) -> UnitOfWork:
        if correlation_id is None:
            correlation_id = str(ids.new_id()) if cause is None else cause.correlation_id
        return UnitOfWork(
            session=AsyncSession(bind=pooled, expire_on_commit=False),
            principal=principal,
            now=now or self.clock.now(),
            correlation_id=correlation_id,
            cause=cause,
            traceparent=telemetry.current_traceparent(),
            connection=raw,
        )

    def _finish(self, uow: UnitOfWork) -> str | None:
        return platform_sql.finish_statement(
            uow, register_tenant=uow.tenant not in self._known_tenants
        )

    def _committed(self, units: list[UnitOfWork]) -> None:
        self._known_tenants.update(uow.tenant for uow in units)
        if any(uow.published for uow in units):
            for wake in self.published:
                wake()

    @contextlib.asynccontextmanager
    async def _checked_out(self) -> AsyncIterator[tuple[AsyncConnection, asyncpg.Connection]]:
        """Lend a connection, first come, first served; take it back clean or not at all."""
        await self._take_turn()
        try:
            async with self._lent() as lent:
                yield lent
        finally:
            self._turns.release()

    async def _take_turn(self) -> None:
        if not self._turns.locked():
            await self._turns.acquire()
            return
        try:
            async with asyncio.timeout(self._turn_seconds):
                await self._turns.acquire()
        except TimeoutError as error:
            raise DatabaseUnavailable("no connection to the database could be had") from error

    @contextlib.asynccontextmanager
    async def _lent(self) -> AsyncIterator[tuple[AsyncConnection, asyncpg.Connection]]:
        pooled, raw = await self._healthy_connection()
        try:
            yield pooled, raw
        except BaseException as error:
            await _to_the_end(_abandon(pooled, raw))
            if is_connection_fault(error) and not isinstance(error, Refusal):
                raise DatabaseUnavailable("the connection to the database broke") from error
            raise
        if raw.is_closed() or raw.is_in_transaction():
            await _to_the_end(_abandon(pooled, raw))
        else:
            await pooled.close()

    async def _healthy_connection(self) -> tuple[AsyncConnection, asyncpg.Connection]:
        try:
            # One more round than there are connections: after a restart every pooled one is dead.
            for _ in range(self.engine.pool.size() + 2):  # type: ignore[attr-defined]
                pooled = await self.engine.connect()
                assert pooled.sync_connection is not None
                raw = pooled.sync_connection.connection.driver_connection
                assert raw is not None
                if not raw.is_closed() and not raw.is_in_transaction():
                    return pooled, raw
                await pooled.invalidate()
                await pooled.close()
        except Exception as error:
            if not (is_connection_fault(error) or isinstance(error, _NO_CONNECTION)):
                raise
            raise DatabaseUnavailable("no connection to the database could be had") from error
        raise DatabaseUnavailable("no connection to the database stays open")


class Transaction:
    """A transaction under way that is not bound to one tenant.

    `connection` is the raw asyncpg connection, for platform statements; `opened` is what the
    server answered to the opening, `closing` what to say together with COMMIT.
    """

    def __init__(
        self, database: Database, pooled: AsyncConnection, raw: asyncpg.Connection, opened: str
    ) -> None:
        self.connection = raw
        self.opened = opened
        self.closing: list[str] = []
        self.done: list[UnitOfWork] = []
        self._database = database
        self._pooled = pooled

    @contextlib.asynccontextmanager
    async def acting(
        self,
        principal: Principal,
        correlation_id: str | None = None,
        cause: Received[Any] | None = None,
        now: datetime | None = None,
        *,
        savepoint: bool = True,
        same_tenant: bool = False,
        first: str = "",
    ) -> AsyncIterator[UnitOfWork]:
        """A unit of work of one tenant inside this transaction.

        When the block ends, its rows, events and audit entries are written, but not committed. An
        exception undoes them alone when there is a savepoint; without one the transaction is lost.
        `same_tenant` promises that the transaction acts for this tenant already, which saves a
        round trip per event of a consumer's batch. `first` is a statement to send along before.
        """
        begin = [first] if first else []
        if savepoint:
            begin.append("SAVEPOINT acting")
        if not same_tenant:
            begin.append(platform_sql.set_tenant(principal.tenant))
        if begin:
            await self.connection.execute("; ".join(begin))
        uow = self._database._unit_of_work(  # noqa: SLF001
            self._pooled, self.connection, principal, correlation_id, cause, now
        )
        try:
            async with _entered(uow):
                yield uow
                await uow.flush()
            finish = self._database._finish(uow)  # noqa: SLF001
            end = "; ".join(filter(None, [finish, "RELEASE acting" if savepoint else None]))
            if end:
                await self.connection.execute(end)
        except BaseException:
            if savepoint and not self.connection.is_closed():
                await self.connection.execute("ROLLBACK TO acting; RELEASE acting")
            raise
        self.done.append(uow)


@contextlib.asynccontextmanager
async def _entered(uow: UnitOfWork) -> AsyncIterator[None]:
    token = tenancy.enter(uow.tenant)
    try:
        with refusing():
            yield
    finally:
        tenancy.leave(token)
        await _close(uow.session)


async def _close(session: AsyncSession) -> None:
    if session.in_nested_transaction():
        await session.close()
    else:
        # Nothing to tell the database, so nothing to wait for: BEGIN and COMMIT are not the
        # session's. A greenlet for every unit of work would be a tenth of its own time.
        session.sync_session.close()


async def _commit(raw: asyncpg.Connection, finish: str | None) -> None:
    """Write what goes with the transaction and commit, in one round trip."""
    try:
        status = await raw.execute("COMMIT" if finish is None else f"{finish}; COMMIT")
    except Exception as error:
        if not (isinstance(error, OSError) or is_connection_fault(error)):
            raise
        raise CommitIsUncertain("the connection broke while committing") from error
    if status != "COMMIT":
        # PostgreSQL answers COMMIT of a failed transaction with ROLLBACK and no error.
        raise RuntimeError(f"the transaction was rolled back at commit ({status})")


async def _to_the_end(work: Any) -> None:
    """Finish cleaning up even when this task is cancelled meanwhile."""
    task = asyncio.ensure_future(work)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task], timeout=2 * _CLEANUP_SECONDS)
        raise


async def _abandon(pooled: AsyncConnection, raw: asyncpg.Connection) -> None:
    """End whatever is under way; a connection that cannot be proved clean is thrown away."""
    clean = False
    with contextlib.suppress(Exception):
        if not raw.is_closed():
            async with asyncio.timeout(_CLEANUP_SECONDS):
                if raw.is_in_transaction():
                    await raw.execute("ROLLBACK")
            clean = not raw.is_in_transaction()
    with contextlib.suppress(Exception):
        if not clean:
            raw.terminate()
            await pooled.invalidate()
        await pooled.close()


def _milliseconds(seconds: float) -> str:
    return str(int(seconds * 1000))
