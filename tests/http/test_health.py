"""Probes tell the truth, and only what they are asked."""

import asyncpg

from servicekit.testing.http import Api
from servicekit.testing.postgres import Databases
from servicekit.testing.shelf.service import service


async def test_a_sound_service_is_live_started_and_ready(api: Api) -> None:
    for probe in ("live", "started", "ready"):
        answer = await api.with_token(None).get(f"/health/{probe}")
        assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


async def test_a_service_without_its_schema_is_alive_but_not_ready(databases: Databases) -> None:
    async with databases.of(service, migrated=False) as database, Api.of(database) as api:
        assert (await api.get("/health/live")).status_code == 200
        for probe in ("started", "ready"):
            answer = await api.get(f"/health/{probe}")
            assert answer.status_code == 503
            assert "run `python -m shelf migrate`" in answer.json()["reason"]


async def test_a_service_behind_its_schema_is_ready(databases: Databases) -> None:
    # The next release has migrated already; this one still serves meanwhile.
    async with databases.of(service) as database, Api.of(database) as api:
        owner = await asyncpg.connect(database.addresses.owner)
        await owner.execute("UPDATE alembic_version SET version_num = '0099'")
        assert (await api.get("/health/ready")).status_code == 200
        await owner.execute("UPDATE alembic_version SET version_num = '0001'")
        await owner.close()
        answer = await api.get("/health/ready")
        assert "0001" in answer.json()["reason"]


async def test_a_service_without_its_database_is_alive_and_answers_503(
    databases: Databases,
) -> None:
    async with databases.of(service) as database:
        settings = {
            "database_url": "postgresql://nobody:x@127.0.0.1:1/none",
            "database_pool_timeout_seconds": 0.5,
        }
        from servicekit.database import Database

        gone = Database(
            settings["database_url"],  # type: ignore[arg-type]
            service="shelf",
            pool_timeout_seconds=0.5,
        )
        async with Api.of(database) as api:
            api.app.state.edge.database = gone
            assert (await api.get("/health/live")).status_code == 200
            ready = await api.get("/health/ready")
            assert (ready.status_code, ready.json()["reason"]) == (
                503,
                "the database does not answer",
            )
            answer = await api.get("/v1/books")
            assert (answer.status_code, answer.json()["code"]) == (503, "database-unavailable")
            assert answer.headers["retry-after"]
            answer = await api.post("/v1/books", {"title": "x", "isbn": "1"})
            assert (answer.status_code, answer.json()["code"]) == (503, "database-unavailable")
        await gone.close()


async def test_a_stopping_service_is_not_ready(databases: Databases) -> None:
    async with databases.of(service) as database, Api.of(database) as api:
        api.app.state.edge.closing.set()
        answer = await api.get("/health/ready")
        assert (answer.status_code, answer.json()["reason"]) == (503, "stopping")
        assert (await api.get("/health/live")).status_code == 200
