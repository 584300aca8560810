"""The API documents say what everything is, and what each operation may refuse."""

import importlib
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from fastapi import FastAPI
from pydantic import Field

from servicekit.http import In, Out, SliceRouter, Writes
from servicekit.http.app import create_app
from servicekit.http.glossary import KIT, explain, places
from servicekit.http.problems import registry
from servicekit.http.reference import own_refusals
from servicekit.service import Service
from servicekit.settings import Settings
from servicekit.testing.shelf.service import service as shelf

SERVICES = ("crm", "erp", "cpq")
SAID_OTHERWISE = {
    # Refusals of libraries: an answer names the place in a document or the choice instead.
    "configuration-document-cannot-be-read",
    "configuration-document-too-long",
    "expression-cannot-be-read",
    "expression-is-too-large",
    # Why a single quote cannot be priced in a dry run, whose answer lists them.
    "pricing-has-no-record",
    "quote-changed-meanwhile",
    # Refusals of commands, which print them.
    "bundle-is-cyclic",
    "file-cannot-be-read",
    "file-is-too-large",
    "nothing-to-configure",
}
ALWAYS = {"400", "401", "403", "422", "429", "500", "503"}


def application(service: Service) -> FastAPI:
    settings = Settings.load(
        service.name, environment={}, database_url="postgresql://none.invalid/none"
    )
    return create_app(service, settings)


@pytest.fixture(scope="module", params=SERVICES)
def service(request: pytest.FixtureRequest) -> Service:
    found: Service = importlib.import_module(f"{request.param}.app").service
    return found


@pytest.fixture(scope="module")
def document(service: Service) -> dict[str, Any]:
    return application(service).openapi()


def unexplained(document: dict[str, Any]) -> list[str]:
    """Every member and parameter that no sentence is about."""
    return [
        where
        for where, _, described in places(document)
        if not described.get("description", "").endswith(".")
    ]


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation


def codes(operation: dict[str, Any]) -> dict[str, str]:
    """The code of every problem that an operation lists, with its status."""
    return {
        code: status
        for status, response in operation["responses"].items()
        if "application/problem+json" in response.get("content", {})
        for code in re.findall(r"^- `([a-z-]+)`: .+\.$", response["description"], re.MULTILINE)
    }


def test_every_member_and_parameter_is_explained(document: dict[str, Any]) -> None:
    assert len([*places(document)]) > 250
    assert unexplained(document) == []


def test_every_operation_and_schema_says_what_it_is(document: dict[str, Any]) -> None:
    silent = [
        name
        for name, schema in document["components"]["schemas"].items()
        if "description" not in schema and schema["type"] == "object"
    ]
    assert silent == []
    for method, path, operation in operations(document):
        # Without a docstring of its own, it would begin with what every operation ends with.
        assert not operation["description"].startswith("Needs the permission"), f"{method} {path}"


def test_every_operation_lists_its_problems(document: dict[str, Any], service: Service) -> None:
    known = registry(service.name)
    for method, path, operation in operations(document):
        where, listed = f"{method} {path}", codes(operation)
        assert set(listed.values()) >= ALWAYS, where
        assert {code: str(known[code].status) for code in listed} == listed, where
        if "{" in path:
            assert "404" in listed.values(), where
        if any(p["name"] == "If-Match" for p in operation.get("parameters", ())):
            assert listed["stale"] == "412", where
            assert listed["if-match-missing"] == "428", where
        if any(p["name"] == "Idempotency-Key" for p in operation.get("parameters", ())):
            assert listed["idempotency-key-missing"] == "400", where
            assert listed["idempotency-key-reused"] == "422", where
        if "requestBody" in operation:
            assert {"malformed-json", "body-too-large", "media-type-unsupported"} <= listed.keys()


def test_every_refusal_of_the_service_is_listed_somewhere(
    document: dict[str, Any], service: Service
) -> None:
    listed = {code for _, _, operation in operations(document) for code in codes(operation)}
    own = own_refusals(service.name).keys()
    assert len(own) > 20
    assert own - listed - SAID_OTHERWISE == set()
    assert not listed & SAID_OTHERWISE


def test_a_glossary_explains_only_what_there_is(document: dict[str, Any], service: Service) -> None:
    names = {name for _, name, _ in places(document)}
    assert set(service.glossary) - names == set()
    assert not {word for word, text in service.glossary.items() if KIT.get(word) == text}


class LampIn(In):
    """A lamp."""

    colour: str
    watts: int
    """Electrical power, in watts."""
    currency: str | None = None
    bulbs: list[str] = Field(default=[], description="One for each socket.")


class LampOut(LampIn, Out):
    """A lamp that is there."""

    id: int


lamps = SliceRouter(prefix="/v1/lamps", tags=["lamps"])


@lamps.post("/{lamp}/switch", permission="shelf.lamps.write")
async def switch_lamp(lamp: int, body: LampIn, uow: Writes) -> LampOut:
    """Switch it."""
    raise NotImplementedError


def test_what_nobody_explains_is_found() -> None:
    """The control."""
    found = application(replace(shelf, routers=[lamps])).openapi()
    assert unexplained(found) == [
        "LampIn.colour",
        "LampOut.colour",
        "POST /v1/lamps/{lamp}/switch lamp",
    ]
    explain(found, {"colour": "Of its light.", "lamp": "Which.", "watts": "Never used."})
    assert unexplained(found) == []
    members = found["components"]["schemas"]["LampIn"]["properties"]
    assert members["watts"]["description"] == "Electrical power, in watts."
    assert members["currency"]["description"] == KIT["currency"]


def test_names_of_schemas_are_unique(document: dict[str, Any]) -> None:
    """Of two of one name the document would call each after its Python module."""
    assert [name for name in document["components"]["schemas"] if "__" in name] == []
