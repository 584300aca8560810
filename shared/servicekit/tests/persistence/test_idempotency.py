"""A request that is repeated takes effect once and gets the same answer."""

import asyncio
import random
import time
from collections.abc import Awaitable

import pytest
from sqlalchemy import func, select

from servicekit.database import Database
from servicekit.testing import principal
from servicekit.testing.postgres import ServiceDatabase
from servicekit.testing.probe.service import Note
from servicekit.uow import IdempotencyClaim, IdempotencyKeyReused, RequestInFlight, StoredAnswer

ROUTE = "POST /v1/notes"


def claim(key: str, body: bytes = b"body", route: str = ROUTE) -> IdempotencyClaim:
    return IdempotencyClaim(key, body, route)


async def create(
    database: Database, tenant: str, key: str, *, body: bytes = b"body", subject: str = "ada"
) -> StoredAnswer:
    who = principal(tenant, subject=subject)
    async with database.unit_of_work(who, idempotency=claim(key, body)) as uow:
        if uow.stored_answer is not None:
            return uow.stored_answer
        uow.add(note := Note(title=f"{subject} {key}"))
        await uow.flush()
        uow.store_answer(201, {"etag": '"1"'}, str(note.id).encode())
        assert uow.answer is not None
        return uow.answer


async def notes(database: Database, tenant: str) -> int:
    async with database.reading(principal(tenant)) as reads:
        return (await reads.session.execute(select(func.count()).select_from(Note))).scalar_one()


async def test_a_repeated_request_gets_the_stored_answer(database: ServiceDatabase) -> None:
    first = await create(database.app, "repeat", "k1")
    again = await create(database.app, "repeat", "k1")
    assert again == first
    assert again.headers == {"etag": '"1"'}
    assert await notes(database.app, "repeat") == 1


async def test_a_key_with_another_body_is_refused(database: ServiceDatabase) -> None:
    await create(database.app, "reuse", "k1")
    with pytest.raises(IdempotencyKeyReused, match="'k1' was used for another request"):
        await create(database.app, "reuse", "k1", body=b"other")


async def test_a_key_belongs_to_tenant_principal_and_route(database: ServiceDatabase) -> None:
    await create(database.app, "scope", "k1")
    await create(database.app, "scope-2", "k1")
    await create(database.app, "scope", "k1", subject="bob")
    async with database.app.unit_of_work(
        principal("scope"), idempotency=claim("k1", route="POST /v1/others")
    ) as uow:
        assert uow.stored_answer is None


async def test_a_failed_request_leaves_its_key_free(database: ServiceDatabase) -> None:
    with pytest.raises(ZeroDivisionError):
        async with database.app.unit_of_work(principal("failed"), idempotency=claim("k1")) as uow:
            uow.store_answer(201, {}, b"")
            raise ZeroDivisionError
    assert (await create(database.app, "failed", "k1")).status == 201


async def test_a_request_in_flight_is_refused_after_a_short_wait(
    database: ServiceDatabase,
) -> None:
    async with database.app.unit_of_work(principal("flight"), idempotency=claim("k1")):
        started = time.monotonic()
        with pytest.raises(RequestInFlight):
            await create(database.app, "flight", "k1")
        assert 0.1 < time.monotonic() - started < 1.5


async def test_a_waiter_gets_the_answer_of_a_request_that_ends_soon(
    database: ServiceDatabase,
) -> None:
    async def slow() -> StoredAnswer:
        async with database.app.unit_of_work(principal("soon"), idempotency=claim("k1")) as uow:
            await asyncio.sleep(0.05)
            uow.store_answer(200, {}, b"slow")
            assert uow.answer is not None
            return uow.answer

    first, second = await asyncio.gather(slow(), _after(0.01, create(database.app, "soon", "k1")))
    assert first == second


async def _after(seconds: float, work: Awaitable[StoredAnswer]) -> StoredAnswer:
    await asyncio.sleep(seconds)
    return await work


async def test_a_claim_may_come_after_the_beginning(database: ServiceDatabase) -> None:
    stored = await create(database.app, "late", "k1")
    async with database.app.unit_of_work(principal("late")) as uow:
        assert await uow.claim_idempotency("k1", b"body", ROUTE) == stored
    async with database.app.unit_of_work(principal("late")) as uow:
        assert await uow.claim_idempotency("k2", b"body", ROUTE) is None


async def test_the_ordinary_lock_timeout_holds_again_after_the_claim(
    database: ServiceDatabase,
) -> None:
    async with database.app.unit_of_work(principal("timeout"), idempotency=claim("k1")) as uow:
        assert await uow.connection.fetchval("SHOW lock_timeout") == "5s"


async def test_racers_that_crash_leave_one_effect_per_key_and_nothing_stuck(
    database: ServiceDatabase,
) -> None:
    chance = random.Random(7)
    answers: dict[str, set[bytes]] = {}

    async def racer(key: str, crashes: bool) -> None:
        while True:
            try:
                if crashes:
                    crashes = False
                    async with database.app.unit_of_work(
                        principal("racers"), idempotency=claim(key)
                    ) as uow:
                        uow.add(Note(title=f"crash {key} {uow.new_id()}"))
                        await uow.flush()
                        raise ZeroDivisionError
                answers.setdefault(key, set()).add((await create(database.app, "racers", key)).body)
                return
            except (RequestInFlight, ZeroDivisionError):
                await asyncio.sleep(chance.random() / 50)

    await asyncio.gather(
        *(racer(f"key-{number % 8}", chance.random() < 0.3) for number in range(48))
    )
    assert await notes(database.app, "racers") == 8
    assert {key: len(given) for key, given in answers.items()} == {
        f"key-{number}": 1 for number in range(8)
    }
