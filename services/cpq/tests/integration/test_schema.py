"""The migrations and the models describe the same tables."""

from cpq.app import service
from servicekit.migrations import runner
from servicekit.testing.postgres import MakesDatabases


async def test_models_and_migrations_agree(service_database: MakesDatabases) -> None:
    database = await service_database(service)

    await runner.check(service, database.addresses.owner)
