"""The unit of work on a real database."""

import asyncio
from uuid import uuid4

import asyncpg
import pytest
from sqlalchemy import func, select

from contracts.crm import InteractionLoggedV1
from servicekit import tenancy
from servicekit.database import Database, DatabaseUnavailable
from servicekit.errors import Stale
from servicekit.testing import principal
from servicekit.testing.postgres import ServiceDatabase
from servicekit.testing.probe.service import Note, NoteNotFound, TitleIsTaken


async def count(database: ServiceDatabase, tenant: str) -> int:
    async with database.app.reading(principal(tenant)) as reads:
        return (await reads.session.execute(select(func.count()).select_from(Note))).scalar_one()


async def test_what_a_unit_of_work_adds_is_there_afterwards(database: ServiceDatabase) -> None:
    async with database.app.unit_of_work(principal()) as uow:
        note = Note(title="first")
        uow.add(note)
    assert (note.version, note.tenant) == (1, "acme")
    async with database.app.reading(principal()) as reads:
        found = await reads.get(Note, note.id)
        assert (found.title, found.created_at) == ("first", database.clock.now())


async def test_an_exception_undoes_everything(database: ServiceDatabase) -> None:
    with pytest.raises(ZeroDivisionError):
        async with database.app.unit_of_work(principal("undone")) as uow:
            uow.add(Note(title="gone"))
            await uow.flush()
            uow.audit("note.create", "note", "x")
            raise ZeroDivisionError
    assert await count(database, "undone") == 0
    async with database.superuser() as everything:
        assert not await everything.fetch(
            "SELECT 1 FROM platform_audit_entry WHERE tenant = 'undone'"
        )


async def test_a_missing_row_is_refused_by_the_models_own_name(database: ServiceDatabase) -> None:
    async with database.app.unit_of_work(principal()) as uow:
        missing = uow.new_id()
        with pytest.raises(NoteNotFound, match=f"there is no note {missing}"):
            await uow.get(Note, missing)
        with pytest.raises(NoteNotFound):
            await uow.lock(Note, missing)


async def test_an_edit_counts_the_version_and_stamps_the_time(database: ServiceDatabase) -> None:
    async with database.app.unit_of_work(principal()) as uow:
        uow.add(note := Note(title="to be edited"))
    created = database.clock.now()
    database.clock.advance(minutes=5)
    async with database.app.unit_of_work(principal()) as uow:
        edited = await uow.lock(Note, note.id, expected=1)
        edited.title = "edited"
    assert (edited.version, edited.created_at, edited.updated_at) == (
        2,
        created,
        database.clock.now(),
    )


async def test_an_edit_of_a_version_that_has_passed_is_stale(database: ServiceDatabase) -> None:
    async with database.app.unit_of_work(principal()) as uow:
        uow.add(note := Note(title="raced"))
    async with database.app.unit_of_work(principal()) as uow:
        with pytest.raises(Stale, match="version 7 was expected, but the note is at version 1"):
            await uow.lock(Note, note.id, expected=7)


async def test_of_two_edits_without_a_lock_the_later_is_stale(database: ServiceDatabase) -> None:
    async with database.app.unit_of_work(principal()) as uow:
        uow.add(note := Note(title="without a lock"))
    with pytest.raises(Stale):
        async with database.app.unit_of_work(principal()) as late:
            row = await late.get(Note, note.id)
            async with database.app.unit_of_work(principal()) as early:
                (await early.get(Note, note.id)).title = "early"
            row.title = "late"


async def test_a_broken_constraint_becomes_the_refusal_it_stands_for(
    database: ServiceDatabase,
) -> None:
    async with database.app.unit_of_work(principal("unique")) as uow:
        uow.add(Note(title="same"))
    with pytest.raises(TitleIsTaken):
        async with database.app.unit_of_work(principal("unique")) as uow:
            uow.add(Note(title="same"))


async def test_a_savepoint_undoes_its_part_alone(database: ServiceDatabase) -> None:
    async with database.app.unit_of_work(principal("parts")) as uow:
        uow.add(Note(title="kept"))
        uow.audit("note.create", "note", "kept")
        with pytest.raises(TitleIsTaken):
            async with uow.savepoint():
                uow.audit("note.create", "note", "lost")
                uow.add(Note(title="kept"))
        async with uow.savepoint():
            uow.add(Note(title="also kept"))
    assert await count(database, "parts") == 2
    async with database.superuser() as everything:
        audited = await everything.fetch(
            "SELECT subject_id FROM platform_audit_entry WHERE tenant = 'parts'"
        )
    assert [row["subject_id"] for row in audited] == ["kept"]


async def test_a_reader_cannot_write(database: ServiceDatabase) -> None:
    with pytest.raises(Exception, match="read-only transaction"):
        async with database.app.reading(principal()) as reads:
            await reads.session.execute(
                Note.__table__.insert().values(  # type: ignore[attr-defined]
                    tenant="acme",
                    id=uuid4(),
                    title="x",
                    version=1,
                    created_at=reads.now,
                    updated_at=reads.now,
                )
            )


async def test_a_reader_sees_one_snapshot(database: ServiceDatabase) -> None:
    async with database.app.reading(principal("snapshot")) as reads:
        query = select(func.count()).select_from(Note)
        before = (await reads.session.execute(query)).scalar_one()
        async with database.app.unit_of_work(principal("snapshot")) as uow:
            uow.add(Note(title="meanwhile"))
        assert (await reads.session.execute(query)).scalar_one() == before


async def test_no_tenant_is_current_outside_a_unit_of_work(database: ServiceDatabase) -> None:
    async with database.app.unit_of_work(principal("inside")):
        assert tenancy.current_tenant() == "inside"
    with pytest.raises(RuntimeError, match="no unit of work is open"):
        tenancy.current_tenant()


async def test_one_transaction_acts_for_several_tenants(database: ServiceDatabase) -> None:
    async with database.app.transaction() as transaction:
        for tenant in ("batch-a", "batch-b"):
            async with transaction.acting(principal(tenant)) as uow:
                uow.add(Note(title=f"of {tenant}"))
        with pytest.raises(ZeroDivisionError):
            async with transaction.acting(principal("batch-a")) as uow:
                uow.add(Note(title="fails"))
                await uow.flush()
                raise ZeroDivisionError
        async with transaction.acting(principal("batch-a"), savepoint=False) as uow:
            uow.add(Note(title="more of batch-a"))
    assert [await count(database, tenant) for tenant in ("batch-a", "batch-b")] == [2, 1]


async def test_a_batch_that_fails_leaves_nothing(database: ServiceDatabase) -> None:
    with pytest.raises(ZeroDivisionError):
        async with database.app.transaction() as transaction:
            async with transaction.acting(principal("nothing")) as uow:
                uow.add(Note(title="lost"))
            raise ZeroDivisionError
    assert await count(database, "nothing") == 0


async def test_whoever_waits_for_the_relay_is_woken_by_a_commit_with_events(
    database: ServiceDatabase,
) -> None:
    woken: list[bool] = []
    database.app.published.append(lambda: woken.append(True))
    try:
        async with database.app.unit_of_work(principal()) as uow:
            uow.add(Note(title="silent"))
        assert not woken
        async with database.app.unit_of_work(principal()) as uow:
            uow.publish(
                InteractionLoggedV1(
                    interaction_id=uuid4(),
                    customer_id=uuid4(),
                    kind="call",
                    subject="hello",
                    occurred_at=uow.now,
                    logged_by="ada",
                )
            )
            assert not woken
        assert woken == [True]
    finally:
        database.app.published.clear()


async def test_an_exhausted_pool_is_unavailable_not_a_hang(database: ServiceDatabase) -> None:
    small = Database(database.addresses.app, service="probe", pool_size=1, pool_timeout_seconds=0.1)
    try:
        async with small.unit_of_work(principal()):
            with pytest.raises(DatabaseUnavailable):
                async with small.reading(principal()):
                    pass
    finally:
        await small.close()


async def test_a_pool_survives_its_connections_being_killed(database: ServiceDatabase) -> None:
    async with database.app.reading(principal()):
        pass
    async with database.superuser() as everything:
        await everything.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    await asyncio.sleep(0.05)
    async with database.app.reading(principal()) as reads:
        assert (await reads.session.execute(select(func.count()).select_from(Note))).one()


@pytest.mark.parametrize(
    "error",
    [
        # What asyncpg says where the server goes away while a connection is being set up.
        asyncpg.InterfaceError("connection is closed"),
        asyncpg.InternalClientError("another operation is in progress"),
        ConnectionRefusedError("nobody listens"),
    ],
)
async def test_a_server_that_goes_away_while_one_connects_is_unavailable(
    database: ServiceDatabase, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    async def connect(*_: object) -> None:
        raise error

    monkeypatch.setattr(type(database.app.engine), "connect", connect)
    with pytest.raises(DatabaseUnavailable):
        async with database.app.reading(principal()):
            pass


async def test_a_connection_that_breaks_inside_is_unavailable(database: ServiceDatabase) -> None:
    with pytest.raises(DatabaseUnavailable):
        async with database.app.unit_of_work(principal()) as uow:
            async with database.superuser() as everything:
                await everything.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
            uow.add(Note(title="never"))
            await uow.flush()
