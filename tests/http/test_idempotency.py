"""A command sent twice happens once and answers the same."""

import asyncio

import pytest
from sqlalchemy import text

from servicekit.testing.http import Api

BOOK = {"title": "Dune", "isbn": "1", "price": "12.50"}


async def count(api: Api) -> int:
    return len((await api.get("/v1/books", limit=200)).json()["items"])


async def test_a_repeated_command_gets_the_first_answer(api: Api) -> None:
    first = await api.post("/v1/books", BOOK, key="once")
    again = await api.post("/v1/books", BOOK, key="once")
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.content == first.content
    assert again.headers["idempotency-replayed"] == "true"
    assert "idempotency-replayed" not in first.headers
    for name in ("etag", "location", "content-type"):
        assert again.headers[name] == first.headers[name]
    assert await count(api) == 1


async def test_the_key_is_needed(api: Api) -> None:
    headers = {"Authorization": f"Bearer {api.token}"}
    for method, path in (
        ("POST", "/v1/books"),
        ("PATCH", "/v1/books/0191d3f2-7a63-7cc3-9d2a-5e0f8f6f0a11"),
        ("DELETE", "/v1/books/0191d3f2-7a63-7cc3-9d2a-5e0f8f6f0a11"),
    ):
        answer = await api.client.request(method, path, json={}, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (400, "idempotency-key-missing")


@pytest.mark.parametrize("key", [" ", "a b", "x" * 129, "é"])
async def test_a_key_has_a_form(api: Api, key: str) -> None:
    answer = await api.client.post(
        "/v1/books",
        json=BOOK,
        headers=[
            (b"Authorization", f"Bearer {api.token}".encode()),
            (b"Idempotency-Key", key.encode("latin-1")),
        ],
    )
    assert answer.json()["code"] in ("idempotency-key-invalid", "idempotency-key-missing")


async def test_a_key_belongs_to_one_request(api: Api) -> None:
    await api.post("/v1/books", BOOK, key="mine")
    answer = await api.post("/v1/books", {**BOOK, "isbn": "2"}, key="mine")
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency-key-reused")
    assert await count(api) == 1


async def test_a_key_belongs_to_one_principal_and_tenant(api: Api) -> None:
    await api.post("/v1/books", BOOK, key="shared")
    tenant = "elsewhere"
    other = await api.signed_in(tenant=tenant).post("/v1/books", BOOK, key="shared")
    assert other.status_code == 201
    assert "idempotency-replayed" not in other.headers
    colleague = api.signed_in(tenant=tenant, subject="bob")
    answer = await colleague.post("/v1/books", {**BOOK, "isbn": "2", "title": "x"}, key="shared")
    assert answer.status_code == 201


async def test_a_refused_command_may_be_sent_again_corrected(api: Api) -> None:
    assert (await api.post("/v1/books", {}, key="k")).status_code == 422
    await api.post("/v1/books", BOOK)
    assert (await api.post("/v1/books", {**BOOK, "title": "x"}, key="k")).status_code == 409
    good = await api.post("/v1/books", {**BOOK, "isbn": "2", "title": "x"}, key="k")
    assert good.status_code == 201


async def test_many_racers_with_one_key_have_one_effect(api: Api) -> None:
    async def race(number: int) -> tuple[int, str]:
        while True:
            answer = await api.post("/v1/books", BOOK, key="race")
            if answer.status_code != 409:
                return answer.status_code, answer.text
            assert answer.json()["code"] == "request-in-flight"
            await asyncio.sleep(0.01 * (number % 7))

    answers = await asyncio.gather(*(race(number) for number in range(60)))
    assert {status for status, _ in answers} == {201}
    assert len({body for _, body in answers}) == 1
    assert await count(api) == 1


async def test_a_key_in_flight_is_refused_after_a_short_wait(api: Api) -> None:
    body = {"sql": "SELECT pg_sleep(0.8)"}
    slow = asyncio.create_task(api.post("/v1/oddities/sql", body, key="slow"))
    await asyncio.sleep(0.2)
    began = asyncio.get_running_loop().time()
    answer = await api.post("/v1/oddities/sql", body, key="slow")
    assert answer.json()["code"] == "request-in-flight"
    assert asyncio.get_running_loop().time() - began < 0.6
    assert (await slow).status_code == 200


async def test_a_serialization_failure_is_tried_once_more(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = api.app.state.edge.database
    tries: list[int] = []
    original = type(database)._finish

    def failing_once(self: object, uow: object) -> str:
        tries.append(1)
        if len(tries) == 1:
            return "DO $$BEGIN RAISE SQLSTATE '40001'; END$$"
        finish: str = original(self, uow)  # type: ignore[arg-type]
        return finish

    monkeypatch.setattr(type(database), "_finish", failing_once)
    answer = await api.post("/v1/books", BOOK)
    assert answer.status_code == 201, answer.text
    assert len(tries) == 2
    monkeypatch.undo()
    assert await count(api) == 1


async def test_a_failed_commit_is_never_a_success(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = api.app.state.edge.database
    monkeypatch.setattr(type(database), "_finish", lambda self, uow: "SELECT 1/0")
    answer = await api.post("/v1/books", BOOK, key="fails")
    assert answer.status_code == 422
    monkeypatch.undo()
    assert await count(api) == 0
    assert (await api.post("/v1/books", BOOK, key="fails")).status_code == 201


async def test_a_bulk_command_is_replayed_as_a_whole(api: Api) -> None:
    rows = {"rows": [{**BOOK, "isbn": str(n), "title": str(n)} for n in range(3)]}
    first = await api.post("/v1/books/bulk", rows, key="bulk")
    again = await api.post("/v1/books/bulk", rows, key="bulk")
    assert first.json()["created"] == 3
    assert again.content == first.content
    assert again.headers["idempotency-replayed"] == "true"


async def test_effect_answer_and_audit_commit_together(api: Api) -> None:
    await api.post("/v1/books", BOOK, key="together")
    principal = api.app.state.edge.authenticator
    verified = await principal.authenticate(f"Bearer {api.token}")
    async with api.app.state.edge.database.unit_of_work(verified.principal) as uow:
        for table in ("platform_idempotency", "platform_audit_entry", "shelf_book"):
            found = await uow.session.scalar(text(f"SELECT count(*) FROM {table}"))
            assert found == 1, table
