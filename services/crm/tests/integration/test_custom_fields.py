"""Fields and tags of a tenant's own, over HTTP."""

from typing import Any
from uuid import uuid4

from servicekit.testing.http import Api

FIELDS: list[dict[str, Any]] = [
    {"code": "size", "kind": "number", "least": "1", "required": True},
    {"code": "segment", "kind": "choice", "choices": ["retail", "public"]},
    {"code": "budget", "kind": "money"},
    {"code": "since", "kind": "date"},
    {"code": "listed", "kind": "boolean"},
    {"code": "motto", "kind": "text"},
    {"code": "partner", "kind": "reference"},
]
VALUES = {
    "size": "250",
    "segment": "retail",
    "budget": {"amount": "12.5", "currency": "EUR"},
    "since": "2020-02-29",
    "listed": True,
    "motto": "Zoë & co",
}
BASE = "/v1/custom-fields/customer"


async def _customer(api: Api) -> str:
    for field in FIELDS:
        body = {"record_type": "customer", "label": field["code"], **field}
        answer = await api.post("/v1/custom-fields", body)
        assert answer.status_code == 201, answer.text
    return str((await api.post("/v1/customers", {"name": "Acme"})).json()["id"])


async def test_typed_values_are_kept_and_found_by_typed_operators(api: Api) -> None:
    acme = await _customer(api)
    path = f"{BASE}/records/{acme}"

    first = await api.put(path, {"values": VALUES, "tags": ["vip", "fair-2026"]}, version=0)
    stale = await api.put(path, {"values": VALUES}, version=0)
    other = await api.put(path, {"values": VALUES, "tags": ["vip"]}, version=1)

    assert first.json()["values"] == VALUES
    assert first.json()["tags"] == ["fair-2026", "vip"]
    assert stale.status_code == 412
    assert (other.json()["version"], other.json()["tags"]) == (2, ["vip"])
    for query, hits in (
        ("field=size&operator=gte&value=99", 1),
        ("field=size&operator=lte&value=99", 0),
        ("field=budget&operator=gte&value=12.5", 1),
        ("field=since&operator=lte&value=2020-03-01", 1),
        ("field=listed&value=true&tag=vip", 1),
        ("field=listed&value=true&tag=fair-2026", 0),
        ("field=segment&value=public", 0),
        ("tag=vip", 1),
        (f"tag=vip&after={acme}", 0),
    ):
        found = await api.get(f"{BASE}/records?{query}")
        assert found.json()["items"] == [acme] * hits, query
    schema = (await api.get(f"{BASE}/schema")).json()["json_schema"]
    assert schema["required"] == ["size"]
    assert schema["properties"]["segment"]["enum"] == ["retail", "public"]
    stranger = api.signed_in(tenant="bolt")
    assert (await stranger.get(path)).json()["code"] == "record-not-found"


async def test_what_does_not_fit_is_refused_by_name(api: Api) -> None:
    acme = await _customer(api)
    path = f"{BASE}/records/{acme}"
    for code, value in (
        ("size", 5),
        ("size", "0"),
        ("size", "1e5"),
        ("motto", "a" * 501),
        ("size", None),
        ("segment", "Retail"),
        ("budget", {"amount": "1", "currency": "XXQ"}),
        ("budget", {"amount": 1, "currency": "EUR"}),
        ("since", "2021-02-29"),
        ("listed", "yes"),
        ("motto", "a\tb"),
        ("motto", ["a"]),
        ("partner", "acme"),
        ("nothing", "x"),
    ):
        answer = await api.put(path, {"values": {"size": "1", code: value}}, version=0)
        assert (answer.status_code, answer.json()["code"]) == (
            422,
            "custom-value-does-not-fit",
        ), (code, value)
        assert answer.json()["errors"][0]["field"] == f"values.{code}"
    for query, status in (
        ("field=motto&operator=gte&value=a", 422),
        ("field=size&value=many", 422),
        ("field=size", 422),
        ("field=unknown&value=1", 404),
    ):
        assert (await api.get(f"{BASE}/records?{query}")).status_code == status, query
    assert (await api.put(f"{BASE}/records/{uuid4()}", {}, version=0)).status_code == 404
    twice = {"record_type": "customer", "label": "Size", "code": "size", "kind": "text"}
    assert (await api.post("/v1/custom-fields", twice)).json()["code"] == (
        "custom-field-code-is-taken"
    )
    empty = {"record_type": "customer", "label": "Mood", "code": "mood", "kind": "choice"}
    assert (await api.post("/v1/custom-fields", empty)).json()["code"] == "choices-do-not-fit"
