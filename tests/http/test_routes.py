"""Declaring an address wrongly stops the start; every address of every service is guarded."""

import importlib
import re
from pathlib import Path
from typing import Annotated, Any

import httpx
import pytest
from fastapi import Depends
from starlette.responses import Response

from servicekit.http import Listing, Page, Reads, SliceRouter, Writes
from servicekit.http.app import create_app
from servicekit.http.index import RouteIndex
from servicekit.http.permissions import Roles
from servicekit.outgoing import http_client
from servicekit.service import Service
from servicekit.settings import Settings
from servicekit.testing.shelf import service as shelf
from servicekit.testing.shelf.service import Book, BookOut
from servicekit.testing.tokens import TestIssuer
from servicekit.uow import allows

SERVICES = ("crm", "erp", "cpq")


def router() -> SliceRouter:
    return SliceRouter(prefix="/v1/things", tags=["things"])


def app_of(service: Service) -> Any:
    settings = Settings.load(
        service.name, environment={}, database_url="postgresql://none.invalid/none"
    )
    return create_app(service, settings)


def test_a_route_without_a_permission_cannot_be_declared() -> None:
    with pytest.raises(TypeError, match="permission"):
        router().get("")  # type: ignore[call-arg]


@pytest.mark.parametrize("permission", ["", "read", "Crm.read", "crm.*", "crm.customers.", None])
def test_a_permission_has_a_form(permission: Any) -> None:
    with pytest.raises((ValueError, TypeError)):
        router().get("", permission=permission)


def test_a_command_takes_a_unit_of_work() -> None:
    with pytest.raises(TypeError, match="uow: Writes"):

        @router().post("", permission="shelf.things.write")
        async def make(reads: Reads) -> BookOut: ...


def test_a_read_does_not_write() -> None:
    with pytest.raises(TypeError, match="must not write"):

        @router().get("", permission="shelf.things.read")
        async def things(uow: Writes) -> BookOut: ...


def test_a_command_returns_what_can_be_stored() -> None:
    with pytest.raises(TypeError, match="returns a model"):

        @router().post("", permission="shelf.things.write")
        async def make(uow: Writes) -> Response: ...


def test_an_answer_of_its_own_names_its_media_type() -> None:
    with pytest.raises(TypeError, match="produces"):

        @router().get("", permission="shelf.things.read")
        async def picture() -> Response: ...


def test_returning_nothing_is_said() -> None:
    with pytest.raises(TypeError, match="204"):

        @router().post("", permission="shelf.things.write")
        async def make(uow: Writes) -> None: ...


def test_endpoints_are_asynchronous() -> None:
    with pytest.raises(TypeError, match="async"):

        @router().get("", permission="shelf.things.read")  # type: ignore[type-var]
        def things() -> BookOut: ...


def test_one_listing_an_address() -> None:
    first = Listing(Book, sorts={"title": Book.title}, default_sort="title")
    second = Listing(Book, sorts={"title": Book.title}, default_sort="title")
    with pytest.raises(ValueError, match="one listing"):

        @router().get("", permission="shelf.things.read")
        async def things(
            page: Annotated[Page, Depends(first)], other: Annotated[Page, Depends(second)]
        ) -> BookOut: ...


@pytest.mark.parametrize("prefix", ["/things", "v1/things", "/v1/things/"])
def test_a_prefix_begins_with_the_version(prefix: str) -> None:
    with pytest.raises(ValueError, match="prefix"):
        SliceRouter(prefix=prefix, tags=[])


def service_of(*routers: SliceRouter) -> Service:
    return Service(
        name="shelf",
        title="Shelf",
        version="0",
        base=shelf.Base,
        routers=routers,
        migrations=shelf.service.migrations,
    )


def test_a_permission_of_another_service_stops_the_start() -> None:
    other = router()

    @other.get("", permission="crm.things.read")
    async def things(reads: Reads) -> BookOut: ...

    with pytest.raises(ValueError, match=r"not of shelf"):
        app_of(service_of(other))


def test_an_operation_name_is_given_once() -> None:
    first, second = router(), SliceRouter(prefix="/v1/others", tags=[])
    for each in (first, second):

        @each.get("", permission="shelf.things.read")
        async def things(reads: Reads) -> BookOut: ...

    with pytest.raises(ValueError, match="taken"):
        app_of(service_of(first, second))


def test_an_address_is_declared_once() -> None:
    twice = router()

    @twice.get("/{a}", permission="shelf.things.read")
    async def one(a: int, reads: Reads) -> BookOut: ...

    @twice.get("/{b}", permission="shelf.things.read")
    async def two(b: int, reads: Reads) -> BookOut: ...

    with pytest.raises(ValueError, match="declared twice"):
        app_of(service_of(twice))


def available(name: str) -> Service:
    try:
        module = importlib.import_module(f"{name}.app")
    except ModuleNotFoundError as error:
        pytest.skip(f"{name} cannot be imported: {error}")
    found: Service = module.service
    return found


@pytest.mark.parametrize("name", SERVICES)
def test_every_address_of_a_service_is_guarded(name: str) -> None:
    app = app_of(available(name))
    edge = app.state.edge
    assert edge.routes
    index, *others = app.router.routes
    assert isinstance(index, RouteIndex)
    # What needs no token is this and nothing else, beside the service's own pages.
    pages = edge.service.pages
    own = {*pages, *(f"{address}/{{name}}" for address in pages)}
    theirs = ("/configurator", "/offer") if name == "cpq" else ()
    assert own == {address + rest for address in theirs for rest in ("", "/{name}")}
    assert {route.path for route in others} - own == {
        "/health/live",
        "/health/ready",
        "/health/started",
        "/metrics",
        "/openapi.json",
        "/docs",
        "/docs/{name}",
        "/problems",
        "/problems/{code}",
    }
    document = app.openapi()
    for route in edge.routes:
        declared = route.declared
        assert declared.permission.startswith(f"{name}.")
        operation = document["paths"][declared.path][declared.method.lower()]
        assert operation["security"] == [{"accessToken": []}]
        assert operation["x-permission"] == declared.permission


def asked_by_use_cases(name: str) -> set[str]:
    """Permissions that a use case asks for beside its route's, such as that for another price."""
    package = importlib.import_module(name)
    sources = Path(str(package.__file__)).parent.rglob("service/**/*.py")
    constant = re.compile(rf'^[A-Z_]+ = "({name}\.[a-z_.]+)"$', re.MULTILINE)
    return {found for path in sources for found in constant.findall(path.read_text())}


@pytest.mark.parametrize("name", SERVICES)
def test_every_grant_of_a_service_opens_some_door(name: str) -> None:
    service = available(name)
    roles = Roles(service.roles)
    assert {"admin", "reader"} <= roles.names
    permissions = {route.declared.permission for route in app_of(service).state.edge.routes}
    permissions |= asked_by_use_cases(name)
    misspelt = {
        f"{role}: {grant}"
        for role, grants in roles.grants().items()
        for grant in grants
        if not any(allows(frozenset({grant}), permission) for permission in permissions)
    }
    assert not misspelt


def test_fixed_segments_win_over_parameters() -> None:
    routes = app_of(shelf.service).state.edge.routes
    index = RouteIndex(routes)

    def found(method: str, path: str) -> tuple[str | None, dict[str, str]]:
        _, scope = index.matches({"type": "http", "method": method, "path": path})
        route = scope.get("tradewind.route")
        return (route.declared.operation_id if route else None), scope.get("path_params", {})

    assert found("GET", "/v1/books/stream") == ("stream_books", {})
    assert found("GET", "/v1/books/x") == ("book", {"book_id": "x"})
    assert found("POST", "/v1/books/bulk") == ("create_books", {})
    assert found("PATCH", "/v1/books/bulk") == (None, {})
    assert found("GET", "/v1/books//") == (None, {})
    assert found("GET", "/v1/books/") == (None, {})
    assert found("GET", "") == (None, {})


@pytest.mark.parametrize("name", SERVICES)
async def test_every_address_of_a_service_refuses_strangers(name: str) -> None:
    # No database is there: whoever is refused here was refused before it was needed.
    issuer, service = TestIssuer(), available(name)
    settings = Settings.load(name, environment={}, database_url="postgresql://none.invalid/none")
    app = create_app(service, settings, keys=issuer.keys)
    strangers = {
        "token-missing": None,
        "token-invalid": issuer.token("another-service"),
        "token-expired": issuer.token(name, exp=1),
        "permission-missing": issuer.token(name, roles=("unheard-of",)),
    }
    roles = Roles(service.roles)
    transport = httpx.ASGITransport(app)
    async with http_client("http://service.test", transport=transport) as client:

        async def code(method: str, path: str, token: str | None) -> str:
            headers = {"Authorization": f"Bearer {token}"} if token else {}
            answer = await client.request(method, path, headers=headers)
            return str(answer.json().get("code"))

        for route in app.state.edge.routes:
            declared = route.declared
            path = re.sub(r"\{\w+\}", "0191d3f2-7a63-7cc3-9d2a-5e0f8f6f0a11", declared.path)
            for expected, token in strangers.items():
                assert await code(declared.method, path, token) == expected, (path, expected)
            for role in roles.names:
                if not allows(roles.permissions([role]), declared.permission):
                    token = issuer.token(name, roles=(role,))
                    found = await code(declared.method, path, token)
                    assert found == "permission-missing", (role, path)
