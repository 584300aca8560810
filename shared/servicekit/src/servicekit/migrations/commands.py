"""`migrate` and `revision`."""

from __future__ import annotations

import argparse
import asyncio
from typing import TYPE_CHECKING

from servicekit.cli import Command
from servicekit.migrations import runner
from servicekit.settings import Settings

if TYPE_CHECKING:
    from servicekit.service import Service


def _migrate(service: Service, arguments: argparse.Namespace) -> int:
    settings = Settings.load(service.name)
    asyncio.run(runner.migrate(service, settings.owner_url(), arguments.revision))
    print(f"{service.name} is at {runner.head(service)}")  # noqa: T201
    return 0


def _configure_migrate(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("revision", nargs="?", default="head", help="default: the newest")


def _revision(service: Service, arguments: argparse.Namespace) -> int:
    from servicekit.migrations import revisions
    from servicekit.testing.postgres import scratch_database

    async def write() -> None:
        async with scratch_database(service) as database:
            await runner.migrate(service, database.addresses.owner)
            path = await revisions.write(service, database.addresses.owner, arguments.message)
            print("nothing has changed" if path is None else f"wrote {path}")  # noqa: T201

    asyncio.run(write())
    return 0


def _configure_revision(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("message", help='what changes, such as "customers: add owner"')


MIGRATE = Command(_migrate, _configure_migrate)
REVISION = Command(_revision, _configure_revision)
