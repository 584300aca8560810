"""The API document says what the service does; its pages need nothing from elsewhere."""

import importlib
import re
from pathlib import Path
from typing import Any

from servicekit.http.problems import registry
from servicekit.http.reference import document as document_of_errors
from servicekit.testing.http import Api

REPOSITORY = Path(__file__).parents[2]


async def document(api: Api) -> dict[str, Any]:
    answer = await api.with_token(None).get("/openapi.json")
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    return found


async def test_operations_have_readable_names(api: Api) -> None:
    found = await document(api)
    assert found["openapi"] == "3.1.0"
    names = [op["operationId"] for path in found["paths"].values() for op in path.values()]
    assert {"create_book", "books", "book", "change_book"} <= set(names)
    assert len(names) == len(set(names))


async def test_commands_document_key_version_and_permission(api: Api) -> None:
    found = await document(api)
    change = found["paths"]["/v1/books/{book_id}"]["patch"]
    headers = {p["name"]: p for p in change["parameters"] if p["in"] == "header"}
    assert headers["Idempotency-Key"]["required"] is True
    assert headers["If-Match"]["required"] is True
    assert change["x-permission"] == "shelf.books.write"
    assert "shelf.books.write" in change["description"]
    assert change["security"] == [{"accessToken": []}]
    assert change["responses"]["200"]["headers"]["ETag"]


async def test_refusals_are_documented_as_problems(api: Api) -> None:
    found = await document(api)
    create = found["paths"]["/v1/books"]["post"]
    for status in ("400", "401", "403", "409", "413", "415", "422", "429", "500", "503"):
        content = create["responses"][status]["content"]
        assert list(content) == ["application/problem+json"], status
        assert content["application/problem+json"]["schema"] == {
            "$ref": "#/components/schemas/Problem"
        }
    assert "`isbn-is-taken`" in create["responses"]["409"]["description"]
    assert "HTTPValidationError" not in found["components"]["schemas"]
    assert {"Problem", "FieldError"} <= set(found["components"]["schemas"])


async def test_lists_document_their_parameters(api: Api) -> None:
    listing = (await document(api))["paths"]["/v1/books"]["get"]
    names = {parameter["name"] for parameter in listing["parameters"]}
    assert {"limit", "cursor", "sort", "pages[gte]", "title[prefix]", "language"} <= names
    answer = listing["responses"]["200"]["content"]["application/json"]["schema"]
    assert answer == {"$ref": "#/components/schemas/BookPage"}


async def test_probes_and_metrics_are_not_part_of_the_api(api: Api) -> None:
    assert all(path.startswith("/v1/") for path in (await document(api))["paths"])


async def test_the_reference_loads_nothing_from_elsewhere(api: Api) -> None:
    page = await api.with_token(None).get("/docs")
    assert page.status_code == 200
    assert "://" not in page.text
    assert "default-src 'self'" in page.headers["content-security-policy"]
    for asset in re.findall(r"(?:src|href)=(\S+?)>", page.text):
        answer = await api.get(asset.rstrip(">"))
        assert answer.status_code == 200, asset
        assert answer.content
    assert (await api.get("/docs/passwd")).status_code == 404
    assert (await api.get("/docs/..%2F__init__.py")).status_code == 404


async def test_every_code_has_a_page(api: Api) -> None:
    index = (await api.with_token(None).get("/problems")).text
    for code, problem in registry("shelf").items():
        assert f"/problems/{code}" in index
        page = await api.with_token(None).get(f"/problems/{code}")
        assert page.status_code == 200
        assert problem.title.split("'")[0] in page.text
    answer = await api.get("/problems/stale", headers={"Accept": "application/json"})
    assert answer.json()["status"] == 412
    assert (await api.get("/problems/nonsense")).json()["code"] == "unknown-route"


def test_every_problem_says_what_to_do() -> None:
    for service in ("crm", "erp", "cpq"):
        importlib.import_module(f"{service}.app")
    for code, problem in registry().items():
        assert re.fullmatch(r"[a-z]+(-[a-z]+)*", code), code
        assert problem.title, code
        assert not problem.title.endswith("."), code
        assert problem.hint.endswith("."), code


def test_the_reference_of_codes_equals_the_code() -> None:
    services = ("crm", "erp", "cpq")
    assert (REPOSITORY / "docs/errors.md").read_text() == document_of_errors(services), (
        "run `make contracts`"
    )
