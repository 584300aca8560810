"""Whatever is sent, the answer is a 4xx problem that names the place and says what to do."""

import gzip
import json
from typing import Any
from uuid import uuid4

import pytest

from servicekit.http.problems import registry
from servicekit.outgoing import HttpResponse
from servicekit.testing.http import Api
from servicekit.testing.postgres import MakesDatabases
from servicekit.testing.shelf.service import service

GOOD = {"title": "Dune", "isbn": "1", "price": "12.50"}
DEEP = b'{"title":' + b"[" * 40 + b"]" * 40 + b"}"


def problem(answer: HttpResponse, status: int, code: str) -> dict[str, Any]:
    """The problem in an answer, after checking what every problem has."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    assert body["code"] == code, body
    assert body["status"] == status
    assert body["type"] == f"/problems/{code}"
    assert body["code"] in registry()
    assert body["title"]
    assert body["detail"]
    assert body["hint"]
    assert body["trace_id"] == answer.headers["x-trace-id"]
    assert body["instance"] == answer.request.url.path
    return body


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "title"),
        ({**GOOD, "price": 12.5}, "price"),
        ({**GOOD, "pages": "many"}, "pages"),
        ({**GOOD, "language": "la"}, "language"),
        ({**GOOD, "shelves": [{"row": 1, "label": "a"}, {"row": 1}]}, "shelves.1.label"),
        ({**GOOD, "shelves": [{"row": 1, "label": "a"}] * 6}, "shelves"),
        ({**GOOD, "extra": 1}, "extra"),
        ({**GOOD, "title": "\0"}, "title"),
        ({**GOOD, "shelves": [{"row": 1, "label": "a\0"}]}, "shelves.0.label"),
        ([], "body"),
        ("text", "body"),
        (None, "body"),
    ],
)
async def test_an_invalid_body_names_its_field(api: Api, body: object, field: str) -> None:
    answer = await api.post("/v1/books", body if body is not None else b"null")
    found = problem(answer, 422, "invalid-input")
    assert found["errors"][0]["field"] == field
    assert found["errors"][0]["message"]


@pytest.mark.parametrize(
    "raw",
    [
        b"{",
        b"\xff\xfe",
        b'{"title": NaN}',
        b'{"title":"\\ud800"}',
        b"{}{}",
        b"\xef\xbb\xbf{}",
        DEEP,
    ],
)
async def test_a_body_that_is_not_json_is_malformed(api: Api, raw: bytes) -> None:
    problem(await api.post("/v1/books", raw), 400, "malformed-json")


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999", "01", "1."])
async def test_a_number_that_json_does_not_have_is_malformed(api: Api, number: str) -> None:
    raw = b'{"title": "Dune", "isbn": "1", "pages": %s}' % number.encode()
    problem(await api.post("/v1/books", raw), 400, "malformed-json")


@pytest.mark.parametrize("character", ["\x01", "\b", "\f", "\x1f", "\ufffe", "\uffff"])
@pytest.mark.parametrize("escaped", [True, False])
async def test_a_character_that_no_document_holds_is_refused(
    api: Api, character: str, escaped: bool
) -> None:
    body = {**GOOD, "shelves": [{"row": 1, "label": f"a{character}"}]}
    raw = json.dumps(body, ensure_ascii=escaped).encode()
    found = problem(await api.post("/v1/books", raw), 422, "invalid-input")
    [error] = found["errors"]
    assert (error["field"], error["code"]) == ("shelves.0.label", "control-character")
    assert error["message"] == f"Leave out the character U+{ord(character):04X}."


async def test_what_only_looks_like_such_a_character_is_kept(api: Api) -> None:
    """The control."""
    answer = await api.post("/v1/books", {**GOOD, "title": "C:\\bin\\u0001 é ﻿\u200d", "isbn": "c"})
    assert answer.status_code == 201, answer.text
    assert answer.json()["title"] == "C:\\bin\\u0001 é ﻿\u200d"


async def test_a_missing_body_is_named(api: Api) -> None:
    found = problem(await api.post("/v1/books"), 422, "invalid-input")
    assert found["errors"] == [{"field": "body", "code": "missing", "message": "This is required."}]


async def test_a_thousand_levels_do_not_exhaust_the_parser(api: Api) -> None:
    problem(await api.post("/v1/books", b"[" * 100_000), 400, "malformed-json")


@pytest.mark.parametrize("media_type", ["text/plain", "multipart/form-data", "", "application/xml"])
async def test_another_media_type_is_refused(api: Api, media_type: str) -> None:
    answer = await api.post("/v1/books", GOOD, headers={"Content-Type": media_type})
    problem(answer, 415, "media-type-unsupported")


@pytest.mark.parametrize("charset", ["utf-16", "latin-1", '"iso-8859-1"', "utf-7"])
async def test_another_charset_is_refused(api: Api, charset: str) -> None:
    headers = {"Content-Type": f"application/json; charset={charset}"}
    found = await api.post("/v1/books", GOOD, headers=headers)
    assert charset.strip('"') in problem(found, 415, "media-type-unsupported")["detail"]


@pytest.mark.parametrize(
    "charset", ["; charset=utf-8", '; charset="UTF-8"', ";charset=utf8", "; x=1"]
)
async def test_utf8_may_be_said(api: Api, charset: str) -> None:
    body = {**GOOD, "title": charset, "isbn": "c"}
    headers = {"Content-Type": f"application/json{charset}", "Content-Encoding": "identity"}
    assert (await api.post("/v1/books", body, headers=headers)).status_code == 201


async def test_a_compressed_body_is_refused_by_what_it_is(api: Api) -> None:
    raw = gzip.compress(json.dumps(GOOD).encode())
    answer = await api.post("/v1/books", raw, headers={"Content-Encoding": "gzip"})
    assert "gzip" in problem(answer, 415, "media-type-unsupported")["detail"]
    assert answer.headers["accept-encoding"] == "identity"


async def test_a_slash_written_otherwise_is_refused(api: Api) -> None:
    answer = await api.client.get("/v1%2Fbooks", headers={"Authorization": f"Bearer {api.token}"})
    assert answer.status_code == 400, answer.text
    assert answer.json()["code"] == "malformed-request"


async def test_a_body_beyond_the_limit_is_refused_unread(api: Api) -> None:
    answer = await api.post("/v1/books", {**GOOD, "title": "x" * 1_000_001})
    problem(answer, 413, "body-too-large")


async def test_a_bulk_route_takes_more(api: Api) -> None:
    rows = [{**GOOD, "isbn": str(n), "title": str(n), "extra": "x" * 3_000} for n in range(500)]
    answer = await api.post("/v1/books/bulk", {"rows": rows})
    assert answer.status_code == 200, answer.text


async def test_a_body_that_lies_about_its_length_is_refused_all_the_same(api: Api) -> None:
    async def chunks() -> Any:
        for _ in range(20):
            yield b" " * 100_000

    answer = await api.client.post(
        "/v1/books",
        content=chunks(),
        headers={
            "Authorization": f"Bearer {api.token}",
            "Idempotency-Key": "k",
            "Content-Type": "application/json",
        },
    )
    problem(answer, 413, "body-too-large")


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "query.limit"),
        ("limit=201", "query.limit"),
        ("limit=1e2", "query.limit"),
        ("limit=" + "9" * 500, "query.limit"),
        ("sort=isbn", "query.sort"),
        ("sort=--title", "query.sort"),
        ("titel=x", "query.titel"),
        ("title=a&title=b", "query.title"),
        ("title=%00", "query.title"),
        ("title[gte]=a", "query.title[gte]"),
        ("pages=1.5", "query.pages"),
        ("pages=99999999999999999999", "query.pages"),
        ("pages[in]=1,x", "query.pages[in]"),
        ("pages[in]=" + ",".join(["1"] * 101), "query.pages[in]"),
        ("price=1e999999999", "query.price"),
        ("price=NaN", "query.price"),
        ("published_on=2026-13-01", "query.published_on"),
        ("created_at[gte]=2026-01-01", "query.created_at[gte]"),
        ("created_at[lte]=0001-01-01T00:00:00%2B14:00", "query.created_at[lte]"),
        ("id=nobody", "query.id"),
        ("language=la", "query.language"),
        ("title[prefix]=", "query.title[prefix]"),
        ("title=" + "x" * 201, "query.title"),
    ],
)
async def test_a_bad_parameter_is_named(api: Api, query: str, field: str) -> None:
    answer = await api.client.get(
        f"/v1/books?{query}", headers={"Authorization": f"Bearer {api.token}"}
    )
    found = problem(answer, 422, "invalid-input")
    assert [error["field"] for error in found["errors"]] == [field]


@pytest.mark.parametrize("query", ["title=%ff", "%ff=1"])
async def test_a_query_that_is_not_utf8_is_malformed(api: Api, query: str) -> None:
    answer = await api.client.get(
        f"/v1/books?{query}", headers={"Authorization": f"Bearer {api.token}"}
    )
    problem(answer, 400, "malformed-request")


async def test_a_query_without_end_is_refused(api: Api) -> None:
    answer = await api.get("/v1/books", title="x" * 9_000)
    problem(answer, 414, "address-too-long")


@pytest.mark.parametrize(
    "cursor", ["x", "!!!", "A" * 5_000, "AAAA" * 30, "é", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"]
)
async def test_a_made_up_cursor_is_refused(api: Api, cursor: str) -> None:
    problem(await api.get("/v1/books", cursor=cursor), 400, "invalid-cursor")


async def test_a_path_that_is_no_identifier_is_named(api: Api) -> None:
    found = problem(await api.get("/v1/books/nobody"), 422, "invalid-input")
    assert found["errors"][0]["field"] == "path.book_id"


async def test_an_address_that_does_not_exist_is_unknown(api: Api) -> None:
    problem(await api.get("/v1/bokks"), 404, "unknown-route")
    problem(await api.get("/v1/books/"), 404, "unknown-route")
    problem(await api.get("//"), 404, "unknown-route")


async def test_a_method_that_an_address_does_not_take_is_refused(api: Api) -> None:
    answer = await api.put("/v1/books", GOOD)
    problem(answer, 405, "method-not-allowed")
    assert answer.headers["allow"] == "GET, POST"


async def test_what_does_not_exist_is_not_found(api: Api) -> None:
    problem(await api.get(f"/v1/books/{uuid4()}"), 404, "book-not-found")


async def test_a_refusal_of_a_rule_is_a_conflict_with_its_own_code(api: Api) -> None:
    await api.post("/v1/books", GOOD)
    found = problem(await api.post("/v1/books", {**GOOD, "title": "x"}), 409, "isbn-is-taken")
    assert found["errors"] == [
        {"field": "isbn", "code": "isbn-is-taken", "message": "another book has it"}
    ]


async def test_a_constraint_that_no_rule_names_is_a_conflict(api: Api) -> None:
    await api.post("/v1/books", GOOD)
    found = problem(await api.post("/v1/books", {**GOOD, "isbn": "2"}), 409, "conflict")
    assert "uq_" not in str(found)


@pytest.mark.parametrize(
    ("sql", "status", "code"),
    [
        ("SELECT 99999999999::int", 422, "invalid-input"),
        ("SELECT 1/0", 422, "invalid-input"),
        ("SELECT '2026-02-30'::date", 422, "invalid-input"),
        ("SELECT 'x'::uuid", 422, "invalid-input"),
        ("DO $$BEGIN RAISE SQLSTATE '40001'; END$$", 409, "concurrent-change"),
        ("DO $$BEGIN RAISE SQLSTATE '40P01'; END$$", 409, "concurrent-change"),
        ("DO $$BEGIN RAISE SQLSTATE '55P03'; END$$", 409, "concurrent-change"),
        ("DO $$BEGIN RAISE SQLSTATE '57014'; END$$", 503, "service-unavailable"),
        ("DO $$BEGIN RAISE SQLSTATE '53100'; END$$", 503, "database-unavailable"),
        ("DO $$BEGIN RAISE SQLSTATE '57P01'; END$$", 503, "database-unavailable"),
        ("DO $$BEGIN RAISE SQLSTATE '23514'; END$$", 409, "conflict"),
        ("SELECT pg_terminate_backend(pg_backend_pid())", 503, "database-unavailable"),
        ("SELECT * FROM nowhere", 500, "internal-error"),
    ],
)
async def test_every_failure_of_the_database_has_its_problem(
    api: Api, sql: str, status: int, code: str
) -> None:
    answer = await api.post("/v1/oddities/sql", {"sql": sql})
    found = problem(answer, status, code)
    assert "nowhere" not in str(found)
    if status == 503:
        assert int(answer.headers["retry-after"]) > 0
    assert (await api.get("/v1/books")).status_code == 200


async def test_a_number_beyond_the_column_is_refused(api: Api) -> None:
    problem(await api.post("/v1/books", {**GOOD, "pages": 2**63}), 422, "invalid-input")
    problem(
        await api.post("/v1/books", json.dumps({**GOOD, "pages": 10**40}).encode()),
        422,
        "invalid-input",
    )


async def test_a_mistake_of_ours_shows_no_internals(api: Api) -> None:
    answer = await api.get("/v1/oddities/bug")
    problem(answer, 500, "internal-error")
    assert "secret-internals" not in answer.text
    assert "ZeroDivisionError" not in answer.text


async def test_a_request_has_a_deadline(service_database: MakesDatabases) -> None:
    database = await service_database(service)
    async with Api.of(database, request_timeout_seconds=0.05) as impatient:
        answer = await impatient.get("/v1/oddities/slow", seconds=3)
    problem(answer, 503, "request-timed-out")
