"""A POST that only asks needs no key, holds no connection, and says everything that is wrong."""

import pytest

from servicekit.http import IfMatch, Reads, Rendered, SliceRouter, Writes
from servicekit.http.problems import EdgeProblem
from servicekit.http.requests import parse_json
from servicekit.testing.http import Api
from servicekit.testing.shelf.service import BookOut

BOOK = {"title": "Dune", "isbn": "1", "price": "12.50"}


async def asked(api: Api, *isbns: str) -> tuple[int, dict[str, object]]:
    headers = {"Authorization": f"Bearer {api.token}"}
    answer = await api.client.post("/v1/books/find", json={"isbns": isbns}, headers=headers)
    assert "etag" not in answer.headers
    return answer.status_code, answer.json()


async def test_a_query_needs_no_key_and_answers_as_things_are(api: Api) -> None:
    status, _ = await asked(api, "1")
    assert status == 404
    await api.post("/v1/books", BOOK)
    status, found = await asked(api, "1")
    assert status == 200
    assert found["found"][0]["title"] == "Dune"  # type: ignore[index]


async def test_a_refusal_names_every_place(api: Api) -> None:
    await api.post("/v1/books", BOOK)
    status, problem = await asked(api, "2", "1", "3")
    assert status == 404
    assert [error["field"] for error in problem["errors"]] == ["isbns.0", "isbns.2"]  # type: ignore[attr-defined]


async def test_a_querys_body_is_bounded_and_checked_like_any_other(api: Api) -> None:
    answer = await api.post("/v1/books/find", b'{"isbns": ["1"], "isbns": []}')
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "repeated")
    answer = await api.post("/v1/books/find", b"{")
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed-json")
    answer = await api.post("/v1/books/find", b" " * 2_000_000)
    assert (answer.status_code, answer.json()["code"]) == (413, "body-too-large")
    assert (await api.with_token(None).post("/v1/books/find", {"isbns": []})).status_code == 401
    nobody = api.signed_in(roles=[])
    assert (await nobody.post("/v1/books/find", {"isbns": []})).status_code == 403


async def test_a_query_is_documented_without_a_key(api: Api) -> None:
    document = (await api.get("/openapi.json")).json()
    query = document["paths"]["/v1/books/find"]["post"]
    assert "parameters" not in query
    assert {"400", "413", "415", "422"} <= set(query["responses"])
    assert "request-in-flight" not in str(query["responses"])
    assert "headers" not in query["responses"]["200"]


def test_a_route_may_take_deeper_bodies_than_usual() -> None:
    nested = b"[" * 40 + b"]" * 40
    with pytest.raises(EdgeProblem, match="deeper than 32 levels"):
        parse_json(nested)
    parse_json(nested, 40)
    with pytest.raises(EdgeProblem, match="deeper than 39 levels"):
        parse_json(nested, 39)


def test_an_answer_that_is_written_is_of_the_declared_form_and_of_no_command() -> None:
    router = SliceRouter(prefix="/v1/things", tags=["things"])

    @router.query("/a", permission="shelf.things.read")
    async def one(reads: Reads) -> Rendered[BookOut]:
        return Rendered(b"{}")

    assert router.routes[0].returns is BookOut
    with pytest.raises(TypeError, match="returns a model"):

        @router.post("/b", permission="shelf.things.write")
        async def two(uow: Writes) -> Rendered[BookOut]: ...


def test_a_query_neither_writes_nor_changes_a_version() -> None:
    router = SliceRouter(prefix="/v1/things", tags=["things"])
    with pytest.raises(TypeError, match="must not write"):

        @router.query("/a", permission="shelf.things.read")
        async def one(uow: Writes) -> BookOut: ...

    with pytest.raises(TypeError, match="neither changes"):

        @router.query("/b", permission="shelf.things.read")
        async def two(reads: Reads, expected: IfMatch) -> BookOut: ...
