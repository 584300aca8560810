"""Row-level security: one tenant never sees, writes or points to another's rows."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from servicekit.database import Database
from servicekit.tenancy import TenantIsNotASlug
from servicekit.testing import principal
from servicekit.testing.postgres import ServiceDatabase
from servicekit.testing.probe.service import Note, NoteNotFound, Remark


@pytest.fixture(scope="module")
async def theirs(database: ServiceDatabase) -> Note:
    async with database.app.unit_of_work(principal("theirs")) as uow:
        uow.add(note := Note(title="secret"))
        uow.audit("note.create", "note", note.id or "x")
    return note


async def test_a_query_without_any_filter_sees_only_its_tenants_rows(
    database: ServiceDatabase, theirs: Note
) -> None:
    async with database.app.unit_of_work(principal("ours")) as uow:
        uow.add(Note(title="ours"))
    async with database.app.reading(principal("ours")) as reads:
        found = (await reads.session.execute(select(Note.tenant))).scalars().all()
        assert set(found) == {"ours"}
        raw = (await reads.session.execute(text("SELECT tenant FROM probe_note"))).scalars().all()
        assert set(raw) == {"ours"}


async def test_another_tenants_row_does_not_exist(database: ServiceDatabase, theirs: Note) -> None:
    async with database.app.unit_of_work(principal("ours")) as uow:
        with pytest.raises(NoteNotFound):
            await uow.lock(Note, theirs.id)
        await uow.session.execute(update(Note).where(Note.id == theirs.id).values(title="stolen"))
    async with database.app.reading(principal("theirs")) as reads:
        assert (await reads.get(Note, theirs.id)).title == "secret"


async def test_a_row_cannot_be_written_into_another_tenant(database: ServiceDatabase) -> None:
    with pytest.raises(DBAPIError, match="row-level security"):
        async with database.app.unit_of_work(principal("ours")) as uow:
            uow.add(Note(tenant="theirs", title="planted"))


async def test_a_row_cannot_point_into_another_tenant(
    database: ServiceDatabase, theirs: Note
) -> None:
    """Integrity checks bypass row-level security, so the foreign key itself carries the tenant."""
    with pytest.raises(IntegrityError, match="fk_probe_remark_tenant_note_id"):
        async with database.app.unit_of_work(principal("ours")) as uow:
            uow.add(Remark(note_id=theirs.id, text="across"))


async def test_without_a_tenant_nothing_is_seen(database: ServiceDatabase, theirs: Note) -> None:
    async with database.app.connection() as connection:
        assert await connection.fetch("SELECT * FROM probe_note") == []
        assert await connection.fetch("SELECT * FROM platform_outbox") == []
        assert await connection.fetch("SELECT * FROM platform_audit_entry") == []


async def test_the_owner_is_no_exception(database: ServiceDatabase, theirs: Note) -> None:
    connection = await asyncpg.connect(database.addresses.owner)
    try:
        assert await connection.fetch("SELECT * FROM probe_note") == []
    finally:
        await connection.close()


async def test_the_platform_role_has_no_right_on_business_tables(
    database: ServiceDatabase,
) -> None:
    async with database.platform.connection() as connection:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.fetch("SELECT * FROM probe_note")


async def test_a_name_that_is_no_slug_never_reaches_the_database(
    database: ServiceDatabase,
) -> None:
    with pytest.raises(TenantIsNotASlug):
        async with database.app.unit_of_work(principal("x'; DROP TABLE probe_note; --")):
            pass


@pytest.fixture
async def single(database: ServiceDatabase) -> AsyncIterator[Database]:
    """A pool of one connection, so that whatever a request leaves behind is found."""
    made = Database(database.addresses.app, service="probe", clock=database.clock, pool_size=1)
    yield made
    await made.close()


async def leftovers(database: Database) -> tuple[str | None, bool]:
    async with database.connection() as connection:
        tenant = await connection.fetchval("SELECT current_setting('app.tenant', true)")
        return tenant or None, connection.is_in_transaction()


async def test_a_finished_request_leaves_no_tenant_on_its_connection(single: Database) -> None:
    async with single.unit_of_work(principal("leaver")):
        pass
    assert await leftovers(single) == (None, False)


async def test_a_failed_request_leaves_no_tenant_on_its_connection(single: Database) -> None:
    with pytest.raises(ZeroDivisionError):
        async with single.unit_of_work(principal("leaver")) as uow:
            uow.add(Note(title="fails"))
            await uow.flush()
            raise ZeroDivisionError
    assert await leftovers(single) == (None, False)
    with pytest.raises(DBAPIError):
        async with single.unit_of_work(principal("leaver")) as uow:
            await uow.session.execute(text("SELECT 1/0"))
    assert await leftovers(single) == (None, False)


@pytest.mark.parametrize("delay", [0.0, 0.0005, 0.001, 0.002, 0.004, 0.01, 0.02])
async def test_a_cancelled_request_leaves_no_tenant_on_its_connection(
    single: Database, delay: float
) -> None:
    async def request() -> None:
        async with single.unit_of_work(principal("cancelled")) as uow:
            uow.add(Note(title=f"cancelled {delay} {uow.new_id()}"))
            await uow.flush()
            await uow.session.execute(text("SELECT pg_sleep(0.2)"))
            uow.audit("note.create", "note", "x")

    task = asyncio.create_task(request())
    await asyncio.sleep(delay)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await leftovers(single) == (None, False)


async def test_many_cancelled_requests_leak_neither_transaction_nor_connection(
    database: ServiceDatabase,
) -> None:
    async def request(number: int) -> None:
        async with database.app.unit_of_work(principal(f"storm-{number % 3}")) as uow:
            uow.add(Note(title=f"storm {number}"))
            await uow.flush()
            await asyncio.sleep(0.001)

    tasks = [asyncio.create_task(request(number)) for number in range(100)]
    for number, task in enumerate(tasks):
        await asyncio.sleep(0.0007)
        if number % 2:
            task.cancel()
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    failures = [o for o in outcomes if isinstance(o, BaseException)]
    assert all(isinstance(failure, asyncio.CancelledError) for failure in failures)
    async with database.superuser() as everything:
        assert (
            await everything.fetchval(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
                "AND state LIKE 'idle in transaction%'"
            )
            == 0
        )
    assert all([await leftovers(database.app) == (None, False) for _ in range(10)])


async def test_a_failed_request_keeps_its_connection(single: Database) -> None:
    """Throwing connections away would be clean too, and slow under a storm of refusals."""
    pids = set()
    for _ in range(3):
        with pytest.raises(ZeroDivisionError):
            async with single.unit_of_work(principal("keeper")) as uow:
                pids.add(await uow.connection.fetchval("SELECT pg_backend_pid()"))
                uow.add(Note(title=f"kept {uow.new_id()}"))
                await uow.flush()
                raise ZeroDivisionError
    assert len(pids) == 1
