"""`migrate`, `revision` and `verify-audit`, as an operator types them."""

import asyncio
from pathlib import Path

import pytest

from servicekit import cli
from servicekit.audit import AnchorFile, Sealer
from servicekit.migrations import runner
from servicekit.testing import principal
from servicekit.testing.postgres import MakesDatabases, ServiceDatabase
from servicekit.testing.probe.service import service


async def run(
    monkeypatch: pytest.MonkeyPatch, database: ServiceDatabase, state: Path, *arguments: str
) -> int:
    addresses = database.addresses
    for name, value in {
        "TRADEWIND_DATABASE_URL": addresses.app,
        "TRADEWIND_PLATFORM_DATABASE_URL": addresses.platform,
        "TRADEWIND_OWNER_DATABASE_URL": addresses.owner,
        "TRADEWIND_STATE": str(state),
    }.items():
        monkeypatch.setenv(name, value)
    return await asyncio.to_thread(cli.run, service, arguments)


async def test_migrate_brings_an_empty_database_to_the_newest_schema(
    service_database: MakesDatabases,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    database = await service_database(service, migrated=False)
    assert await run(monkeypatch, database, tmp_path, "migrate") == 0
    assert await runner.current(database.addresses.app) == runner.head(service)
    assert "probe is at 0002" in capsys.readouterr().out


async def test_two_migrations_at_once_wait_for_each_other(
    service_database: MakesDatabases,
) -> None:
    database = await service_database(service, migrated=False)
    await asyncio.gather(*(runner.migrate(service, database.addresses.owner) for _ in range(3)))
    assert await runner.current(database.addresses.app) == runner.head(service)


async def test_verify_audit_says_whole_or_names_the_entry(
    service_database: MakesDatabases,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    database = await service_database(service)
    async with database.app.unit_of_work(principal()) as uow:
        uow.audit("note.create", "note", "1")
        uow.audit("note.create", "note", "2")
    sealer = Sealer(database.platform, AnchorFile.of(tmp_path, "probe"))
    await sealer.seal()
    assert await run(monkeypatch, database, tmp_path, "verify-audit") == 0
    assert "Without an anchor" in capsys.readouterr().out
    await sealer.anchor()
    assert await run(monkeypatch, database, tmp_path, "verify-audit") == 0
    assert "Whole: 2 sealed entries" in capsys.readouterr().out

    async with database.superuser() as everything:
        await everything.execute(
            "ALTER TABLE platform_audit_entry DISABLE TRIGGER append_only; "
            "UPDATE platform_audit_entry SET actor = 'eve' WHERE subject_id = '2'"
        )
    assert await run(monkeypatch, database, tmp_path, "verify-audit") == 1
    assert "NOT WHOLE: audit entry 2" in capsys.readouterr().out
