"""Whoever changes the audit trail is found out, the superuser included."""

import asyncio
from pathlib import Path

import asyncpg
import pytest

from servicekit.audit import Anchor, AnchorFile, Sealer, Verdict, verify
from servicekit.audit.chain import COLUMNS, Entry, genesis, link
from servicekit.audit.commands import report
from servicekit.testing import principal
from servicekit.testing.postgres import MakesDatabases, ServiceDatabase
from servicekit.testing.probe.service import service

TAMPER = "SET session_replication_role = replica"
DISARM = (
    "ALTER TABLE platform_audit_entry DISABLE TRIGGER append_only; "
    "ALTER TABLE platform_audit_seal DISABLE TRIGGER append_only"
)


@pytest.fixture
async def trail(service_database: MakesDatabases) -> ServiceDatabase:
    database = await service_database(service)
    for number in range(20):
        await act(database, number)
    return database


@pytest.fixture
def anchors(tmp_path: Path) -> AnchorFile:
    return AnchorFile.of(tmp_path, "probe")


async def act(database: ServiceDatabase, number: int) -> None:
    async with database.app.unit_of_work(principal(f"tenant-{number % 3}")) as uow:
        uow.audit("note.create", "note", str(number), {"title": "Grüße", "number": number})


async def verdict_of(database: ServiceDatabase, anchors: AnchorFile) -> Verdict:
    async with database.platform.connection() as connection:
        return await verify(connection, "probe", anchors.read())


async def sealed(database: ServiceDatabase, anchors: AnchorFile) -> Sealer:
    sealer = Sealer(database.platform, anchors)
    await sealer.seal()
    await sealer.anchor()
    return sealer


async def test_an_untouched_trail_is_whole(trail: ServiceDatabase, anchors: AnchorFile) -> None:
    sealer = await sealed(trail, anchors)
    await act(trail, 20)
    assert await sealer.seal() == 1
    await sealer.anchor()
    verdict = await verdict_of(trail, anchors)
    assert verdict.is_whole
    assert (verdict.sealed, verdict.anchors) == (21, 2)
    assert report(verdict, anchors.path).startswith("Whole: 21 sealed entries")


async def test_sealing_in_small_batches_gives_the_same_chain(
    trail: ServiceDatabase, anchors: AnchorFile
) -> None:
    from servicekit.audit.sealing import seal_batch

    async with trail.platform.connection() as connection:
        counts = []
        while sealed_now := await seal_batch(connection, "probe", limit=3):
            counts.append(sealed_now)
    assert sum(counts) == 20
    assert (await verdict_of(trail, anchors)).is_whole


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE platform_audit_entry SET actor = 'eve'",
        "DELETE FROM platform_audit_entry",
        "TRUNCATE platform_audit_entry",
        "DELETE FROM platform_audit_seal",
    ],
)
async def test_the_trail_refuses_changes_even_in_replication_role(
    trail: ServiceDatabase, statement: str
) -> None:
    async with trail.superuser() as everything:
        await everything.execute(TAMPER)
        with pytest.raises(asyncpg.RestrictViolationError, match="only grows"):
            await everything.execute(statement)


async def test_one_changed_entry_is_named(trail: ServiceDatabase, anchors: AnchorFile) -> None:
    await sealed(trail, anchors)
    async with trail.superuser() as everything:
        await everything.execute(DISARM)
        await everything.execute("UPDATE platform_audit_entry SET actor = 'adb' WHERE id = 7")
    verdict = await verdict_of(trail, anchors)
    assert (verdict.entry_id, verdict.sealed) == (7, 6)
    assert verdict.problem == "audit entry 7 (position 7) is not what was sealed"


@pytest.mark.parametrize(
    "change",
    [
        "details = details || '{\"number\": 8}'",
        "tenant = 'tenant-9'",
        "at = at + interval '1 microsecond'",
        "action = 'note.crate'",
        "subject_id = '77'",
        "correlation_id = 'x'",
    ],
)
async def test_every_column_is_sealed(
    trail: ServiceDatabase, anchors: AnchorFile, change: str
) -> None:
    await sealed(trail, anchors)
    async with trail.superuser() as everything:
        await everything.execute(DISARM)
        await everything.execute(f"UPDATE platform_audit_entry SET {change} WHERE id = 8")
    assert (await verdict_of(trail, anchors)).entry_id == 8


async def test_a_removed_entry_is_named(trail: ServiceDatabase, anchors: AnchorFile) -> None:
    await sealed(trail, anchors)
    async with trail.superuser() as everything:
        await everything.execute(DISARM)
        await everything.execute("DELETE FROM platform_audit_entry WHERE id IN (5, 9)")
    assert (await verdict_of(trail, anchors)).problem == "audit entry 5 (position 5) is missing"


async def test_an_entry_removed_with_its_seal_is_noticed(
    trail: ServiceDatabase, anchors: AnchorFile
) -> None:
    await sealed(trail, anchors)
    async with trail.superuser() as everything:
        await everything.execute(DISARM)
        await everything.execute("DELETE FROM platform_audit_entry WHERE id = 5")
        await everything.execute("DELETE FROM platform_audit_seal WHERE entry_id = 5")
    assert (await verdict_of(trail, anchors)).problem == "the seal at position 5 is missing"


async def test_the_removal_of_the_last_rows_is_found_by_the_anchor(
    trail: ServiceDatabase, anchors: AnchorFile
) -> None:
    await sealed(trail, anchors)
    async with trail.superuser() as everything:
        await everything.execute(DISARM)
        await everything.execute("DELETE FROM platform_audit_entry WHERE id > 15")
        await everything.execute("DELETE FROM platform_audit_seal WHERE position > 15")
    verdict = await verdict_of(trail, anchors)
    assert verdict.problem is not None
    assert "the trail ends at position 15, but position 20 was anchored" in verdict.problem
    assert (await verdict_of(trail, AnchorFile(anchors.path.with_name("none")))).is_whole


async def test_a_chain_that_was_recomputed_is_found_by_the_anchor(
    trail: ServiceDatabase, anchors: AnchorFile
) -> None:
    await sealed(trail, anchors)
    async with trail.superuser() as everything:
        await everything.execute(DISARM)
        await everything.execute("UPDATE platform_audit_entry SET actor = 'eve' WHERE id = 7")
        previous = genesis("probe")
        rows = await everything.fetch(
            f"SELECT {COLUMNS} FROM platform_audit_seal s "
            "JOIN platform_audit_entry e ON e.id = s.entry_id ORDER BY s.position"
        )
        for position, row in enumerate(rows, start=1):
            previous = link(previous, position, Entry(*row))
            await everything.execute(
                "UPDATE platform_audit_seal SET hash = $1 WHERE position = $2", previous, position
            )
    verdict = await verdict_of(trail, anchors)
    assert verdict.problem is not None
    assert "not the one that was anchored" in verdict.problem


async def test_an_entry_slipped_in_behind_the_seal_is_named(
    trail: ServiceDatabase, anchors: AnchorFile
) -> None:
    await sealed(trail, anchors)
    async with trail.superuser() as everything:
        await everything.execute(
            "INSERT INTO platform_audit_entry (xid, tenant, at, actor, action, subject_type, "
            "subject_id, details, correlation_id) SELECT xid, tenant, at, 'eve', action, "
            "subject_type, subject_id, details, correlation_id "
            "FROM platform_audit_entry WHERE id = 3"
        )
    verdict = await verdict_of(trail, anchors)
    assert (verdict.entry_id, verdict.problem) == (21, "audit entry 21 appeared behind the seal")


async def test_an_entry_of_a_slow_transaction_is_sealed_when_it_commits(
    trail: ServiceDatabase, anchors: AnchorFile
) -> None:
    sealer = Sealer(trail.platform, anchors)
    async with trail.superuser() as slow:
        transaction = slow.transaction()
        await transaction.start()
        await slow.execute(
            "INSERT INTO platform_audit_entry (tenant, at, actor, action, subject_type, "
            "subject_id, details, correlation_id) "
            "VALUES ('slow', now(), 'ada', 'a', 's', '1', '{}', 'c')"
        )
        await act(trail, 30)
        assert await sealer.seal() == 20
        await transaction.commit()
    assert await sealer.seal() == 2
    await sealer.anchor()
    assert (await verdict_of(trail, anchors)).is_whole


async def test_two_sealers_at_once_seal_once(trail: ServiceDatabase, anchors: AnchorFile) -> None:
    first, second = Sealer(trail.platform, anchors), Sealer(trail.platform, anchors)
    counts = await asyncio.gather(first.seal(), second.seal())
    assert sum(counts) == 20
    assert (await verdict_of(trail, anchors)).is_whole


async def test_a_cluster_that_counts_transactions_afresh_goes_on_sealing(
    trail: ServiceDatabase, anchors: AnchorFile
) -> None:
    """A dump restored elsewhere brings transaction numbers that the new cluster has not reached."""
    async with trail.superuser() as everything:
        await everything.execute(DISARM)
        await everything.execute(
            "UPDATE platform_audit_entry SET xid = (xid::text::bigint + 1000000000)::text::xid8"
        )
    sealer = await sealed(trail, anchors)
    assert (await verdict_of(trail, anchors)).sealed == 20
    await act(trail, 21)
    assert await sealer.seal() == 1
    assert (await verdict_of(trail, anchors)).is_whole


async def test_the_sealer_runs_until_it_is_stopped_and_anchors_last(
    trail: ServiceDatabase, anchors: AnchorFile
) -> None:
    sealer = Sealer(trail.platform, anchors, seal_seconds=0.02)
    running = asyncio.create_task(sealer.run())
    async with asyncio.timeout(30):
        while not anchors.read():
            await asyncio.sleep(0.01)
    await act(trail, 22)
    sealer.stop()
    await running
    assert [anchor.position for anchor in anchors.read()] == [20, 21]


def test_a_half_written_last_anchor_is_passed_over(anchors: AnchorFile) -> None:
    from datetime import UTC, datetime

    anchors.append(Anchor(datetime(2026, 1, 1, tzinfo=UTC), 1, b"x" * 32))
    with anchors.path.open("a") as file:
        file.write('{"at": "2026')
    assert [anchor.position for anchor in anchors.read()] == [1]
    with anchors.path.open("a") as file:
        file.write("\n{}\n")
    with pytest.raises(ValueError, match="line 2, is no anchor"):
        anchors.read()
