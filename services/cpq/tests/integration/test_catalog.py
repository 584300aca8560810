"""Configuration models over HTTP: drafts, what is wrong with them, days, and what never changes."""

import asyncio
import copy
import hashlib
import threading
from typing import Any

import asyncpg
import pytest

from cpq.catalog import service as catalogue
from servicekit.uow import Principal

MODELS = "/v1/configuration-models"


async def drafted(world: Any, document: dict[str, Any]) -> dict[str, Any]:
    answer = await world.api.post(MODELS, {"document": document})
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def published(world: Any, document: dict[str, Any], **days: str) -> dict[str, Any]:
    draft = await drafted(world, document)
    answer = await world.api.post(f"{MODELS}/{draft['id']}/publish", days, version=draft["version"])
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def named(document: dict[str, Any], name: str) -> dict[str, Any]:
    changed = copy.deepcopy(document)
    changed["name"] = name
    return changed


async def test_a_draft_is_kept_as_it_was_sent(world: Any, bicycle: dict[str, Any]) -> None:
    draft = await drafted(world, bicycle)
    assert (draft["key"], draft["model_version"], draft["status"]) == ("bicycle", 1, "draft")
    assert (draft["sku"], draft["currency"], draft["valid_from"]) == ("BK-1", "EUR", None)
    document = await world.api.get(f"{MODELS}/{draft['id']}/document")
    assert document.json() == bicycle
    assert draft["content_hash"] == hashlib.sha256(_canonical(document.json())).hexdigest()
    assert (await drafted(world, bicycle))["model_version"] == 2


def _canonical(document: Any) -> bytes:
    import json

    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode()


async def test_everything_that_is_wrong_is_named_and_nothing_is_kept(
    world: Any, bicycle: dict[str, Any]
) -> None:
    wrong = copy.deepcopy(bicycle)
    wrong["rules"][0]["condition"] = "belt => wings"
    wrong["rules"][1]["condition"] = "qty(bottle) >="
    wrong["root"]["attributes"][1]["step"] = "a bit"
    answer = await world.api.post(MODELS, {"document": wrong})
    assert (answer.status_code, answer.json()["code"]) == (
        422,
        "configuration-model-cannot-be-read",
    )
    places = {error["field"]: error["message"] for error in answer.json()["errors"]}
    assert set(places) == {
        "/rules/0/condition", "/rules/1/condition", "/root/attributes/1/step",
    }  # fmt: skip
    assert "line 1, column 9" in places["/rules/0/condition"]
    assert (await world.api.get(MODELS)).json()["items"] == []
    looked = (await world.api.post(f"{MODELS}/validate", {"document": wrong})).json()
    assert looked["valid"] is False
    assert {error["pointer"] for error in looked["errors"]} == set(places)


def _with_rule(document: dict[str, Any], condition: str) -> None:
    document["rules"][0]["condition"] = condition


def _with_attribute(document: dict[str, Any], **attribute: Any) -> None:
    document["root"]["attributes"][0] = {"code": "x", "name": "X", **attribute}
    document["rules"] = []


BAD: dict[str, tuple[Any, str]] = {
    "a bundle in itself": (
        lambda d: d["root"]["groups"][1]["members"][0].update(
            groups=[{"key": "again", "members": [{"key": "bicycle"}]}]
        ),
        "/root/groups/1/members/0/groups/0/members/0",
    ),
    "a million values": (
        lambda d: _with_attribute(
            d,
            type="enumeration",
            options=[{"code": str(n)} for n in range(1_000_000)],
        ),
        "/root/attributes/0/options",
    ),
    "a number without end": (
        lambda d: _with_attribute(d, type="integer", minimum=0, maximum="9" * 39),
        "/root/attributes/0",
    ),
    "an expression that goes on": (
        lambda d: _with_rule(d, "belt and " * 60_000 + "belt"),
        "/rules/0/condition",
    ),
    "an expression that goes deep": (
        lambda d: _with_rule(d, "not (" * 5_000 + "belt" + ")" * 5_000),
        "/rules/0/condition",
    ),
    "an expression that reaches outside": (
        lambda d: _with_rule(d, "__import__('os').system('true')"),
        "/rules/0/condition",
    ),
    "a value that does not exist": (
        lambda d: _with_rule(d, 'belt => bicycle.colour == "green"'),
        "/rules/0/condition",
    ),
    "an attribute made of itself": (
        lambda d: d["root"]["attributes"].append(
            {"code": "y", "type": "integer", "expression": "bicycle.y + 1"}
        ),
        "/root/attributes/3/expression",
    ),
    "another form": (lambda d: d.update(format="tradewind/configuration-model/9"), "/format"),
    "a member that is not there": (lambda d: d.update(price=3), "/price"),
}


@pytest.mark.parametrize("case", BAD)
async def test_a_bad_model_is_refused_at_its_place_and_nothing_is_kept(
    world: Any, bicycle: dict[str, Any], case: str
) -> None:
    change, place = BAD[case]
    change(bicycle)
    answer = await world.api.post(MODELS, {"document": bicycle})
    assert answer.status_code == 422, answer.text
    places = [error["field"] for error in answer.json()["errors"]]
    assert any(one.startswith(place) for one in places), places
    assert (await world.api.get(MODELS)).json()["items"] == []


async def test_a_contradictory_model_is_not_published(world: Any, bicycle: dict[str, Any]) -> None:
    wrong = copy.deepcopy(bicycle)
    wrong["rules"] += [
        {"key": "never-chain", "condition": "not chain", "message": "Chains are gone."},
        {"key": "never-belt", "condition": "not belt", "message": "Belts are gone."},
    ]
    draft = await drafted(world, wrong)
    answer = await world.api.post(f"{MODELS}/{draft['id']}/publish", {}, version=1)
    assert (answer.status_code, answer.json()["code"]) == (422, "configuration-model-contradictory")
    assert "Chains are gone." in answer.json()["detail"]
    assert "belt-black" not in answer.json()["detail"]
    looked = (await world.api.post(f"{MODELS}/validate", {"document": wrong})).json()
    assert "Belts are gone." in looked["errors"][0]["message"]
    assert (await world.api.get(f"{MODELS}/{draft['id']}")).json()["status"] == "draft"
    assert (await world.api.post(f"{MODELS}/validate", {"document": bicycle})).json()["valid"]


async def test_a_draft_is_replaced_and_discarded(world: Any, bicycle: dict[str, Any]) -> None:
    draft = await drafted(world, bicycle)
    path = f"{MODELS}/{draft['id']}"
    changed = named(bicycle, "Better bicycle")
    answer = await world.api.put(f"{path}/document", {"document": changed}, version=1)
    assert answer.json()["name"] == "Better bicycle"
    stale = await world.api.put(f"{path}/document", {"document": changed}, version=1)
    assert stale.status_code == 412
    other = {**bicycle, "key": "tricycle"}
    answer = await world.api.put(f"{path}/document", {"document": other}, version=2)
    assert (answer.status_code, answer.json()["code"]) == (422, "draft-keeps-its-key")
    assert (await world.api.delete(path)).status_code == 204
    assert (await world.api.get(path)).json()["code"] == "configuration-model-not-found"


async def test_a_new_version_takes_over_on_its_first_day(
    world: Any, bicycle: dict[str, Any]
) -> None:
    first = await published(world, bicycle)
    second = await published(world, named(bicycle, "Next"), valid_from="2026-03-01")
    assert (first["valid_from"], second["valid_from"]) == ("2026-01-05", "2026-03-01")

    async def current(on: str) -> Any:
        answer = await world.api.get(f"{MODELS}/current", key="bicycle", on=on)
        return answer.json().get("model_version") or answer.json()["code"]

    assert await current("2026-01-04") == "configuration-model-not-found"
    assert [await current(day) for day in ("2026-01-05", "2026-02-28")] == [1, 1]
    assert [await current(day) for day in ("2026-03-01", "2030-01-01")] == [2, 2]
    early = await drafted(world, named(bicycle, "Too early"))
    answer = await world.api.post(
        f"{MODELS}/{early['id']}/publish", {"valid_from": "2026-02-01"}, version=1
    )
    assert (answer.status_code, answer.json()["code"]) == (409, "configuration-models-overlap")
    said = [(name, body["model"]["model_version"], body["model"]["valid_to"])
            for name, _, body in await world.said()]  # fmt: skip
    assert said == [
        ("ConfigurationModelPublished", 1, None),
        ("ConfigurationModelPublished", 1, "2026-03-01"),
        ("ConfigurationModelPublished", 2, None),
    ]


async def test_what_was_retired_is_configured_no_more(world: Any, bicycle: dict[str, Any]) -> None:
    model = await published(world, bicycle)
    path = f"{MODELS}/{model['id']}"
    retired = await world.api.post(f"{path}/retire", {"reason": "Recalled"})
    assert (retired.json()["status"], retired.json()["valid_to"]) == ("retired", "2026-01-05")
    again = await world.api.post(f"{path}/retire", {})
    assert (again.status_code, again.json()["code"]) == (
        409,
        "configuration-model-is-not-published",
    )
    answer = await world.api.get(f"{MODELS}/current", key="bicycle")
    assert answer.status_code == 404
    cloned = await world.api.post(f"{path}/clone")
    assert (cloned.status_code, cloned.json()["model_version"]) == (201, 2)
    assert cloned.json()["content_hash"] == model["content_hash"]
    assert [name for name, _, _ in await world.said()][-1] == "ConfigurationModelRetired"


async def test_the_database_keeps_a_published_version_as_it_is(
    world: Any, bicycle: dict[str, Any]
) -> None:
    model = await published(world, bicycle)
    put = await world.api.put(
        f"{MODELS}/{model['id']}/document", {"document": bicycle}, version=model["version"]
    )
    assert put.json()["code"] == "configuration-model-is-not-draft"
    assert (await world.api.delete(f"{MODELS}/{model['id']}")).status_code == 409
    changes = [
        "UPDATE catalog_model SET name = 'other'",
        "UPDATE catalog_model SET status = 'draft', valid_from = NULL",
        "UPDATE catalog_model SET valid_from = '2025-01-01'",
        "UPDATE catalog_model SET document = '{}', size_bytes = 2, "
        "content_hash = encode(sha256('{}'), 'hex')",
        "DELETE FROM catalog_model",
        "TRUNCATE catalog_model CASCADE",
    ]
    async with world.database.superuser() as everybody:
        for change in changes:
            with pytest.raises(asyncpg.RestrictViolationError):
                await everybody.execute(change)
        with pytest.raises(asyncpg.CheckViolationError):
            await everybody.execute("UPDATE catalog_model SET document = document || ' '")
        await everybody.execute("UPDATE catalog_model SET valid_to = '2027-01-01'")
        with pytest.raises(asyncpg.RestrictViolationError):
            await everybody.execute("UPDATE catalog_model SET valid_to = '2028-01-01'")
        with pytest.raises(asyncpg.ExclusionViolationError):
            await everybody.execute(
                "INSERT INTO catalog_model (tenant, id, key, model_version, name, status, "
                "valid_from, created_by, size_bytes, content_hash, document, version, created_at, "
                "updated_at) SELECT tenant, gen_random_uuid(), key, 2, name, status, '2026-06-01', "
                "created_by, size_bytes, content_hash, document, 1, now(), now() FROM catalog_model"
            )


async def test_an_import_twice_changes_nothing(world: Any, bicycle: dict[str, Any]) -> None:
    day = "2026-01-05"
    broken = {**bicycle, "root": {"key": 1}}
    rows = [
        {"document": bicycle, "source": "bicycle.uvl"},
        {"document": broken},
        {"document": {**bicycle, "key": "tricycle"}, "publish_from": day},
    ]
    first = (await world.api.post(f"{MODELS}/bulk", {"rows": rows})).json()
    assert [result["status"] for result in first["results"]] == ["created", "refused", "created"]
    assert first["results"][1]["problem"]["errors"][0]["field"] == "/root/key"
    again = (await world.api.post(f"{MODELS}/bulk", {"rows": rows})).json()
    assert [result["status"] for result in again["results"]] == [
        "unchanged",
        "refused",
        "unchanged",
    ]
    rows[0]["publish_from"] = day
    await world.api.post(f"{MODELS}/bulk", {"rows": rows[:1]})
    found = (await world.api.get(MODELS, sort="key")).json()["items"]
    assert [(one["key"], one["status"]) for one in found] == [
        ("bicycle", "published"), ("tricycle", "published"),
    ]  # fmt: skip


async def test_lists_are_filtered(world: Any, bicycle: dict[str, Any]) -> None:
    await published(world, bicycle)
    await drafted(world, {**bicycle, "key": "tricycle", "name": "Tricycle"})

    async def keys(**query: str) -> list[str]:
        answer = await world.api.get(MODELS, **query)
        assert answer.status_code == 200, answer.text
        return [item["key"] for item in answer.json()["items"]]

    assert await keys(status="published") == ["bicycle"]
    assert await keys(**{"key[prefix]": "tri"}) == ["tricycle"]
    assert await keys(sku="BK-1", sort="-key") == ["tricycle", "bicycle"]
    assert (await world.api.get(MODELS, status="gone")).status_code == 422


async def test_who_may_do_what(world: Any, bicycle: dict[str, Any]) -> None:
    seller = world.api.signed_in(roles=["seller"])
    assert (await seller.post(MODELS, {"document": bicycle})).status_code == 403
    model = await drafted(world, bicycle)
    answer = await seller.post(f"{MODELS}/{model['id']}/publish", {}, version=1)
    assert answer.status_code == 403
    assert (await seller.get(f"{MODELS}/{model['id']}/document")).status_code == 200
    manager = world.api.signed_in(roles=["product_manager"])
    answer = await manager.post(f"{MODELS}/{model['id']}/publish", {}, version=1)
    assert answer.status_code == 200


async def test_the_worker_compiles_what_was_published(world: Any, bicycle: dict[str, Any]) -> None:
    model = await published(world, bicycle)
    detail = (await world.api.get(f"{MODELS}/{model['id']}")).json()
    assert detail["compilation"]["state"] == "pending"
    worker = Principal.of_service("cpq", "acme")
    async with world.database.app.unit_of_work(worker) as uow:
        assert await catalogue.compile_next(uow)
    async with world.database.app.unit_of_work(worker) as uow:
        assert not await catalogue.compile_next(uow)
    compiled = (await world.api.get(f"{MODELS}/{model['id']}")).json()["compilation"]
    assert (compiled["state"], compiled["reason"]) == ("compiled", None)
    assert compiled["figures"]["bytes"] > 100


async def test_a_model_about_prices_is_not_compiled(world: Any, bicycle: dict[str, Any]) -> None:
    dear = copy.deepcopy(bicycle)
    dear["rules"].append({"key": "dear", "condition": "@price <= 5000"})
    model = await published(world, dear)
    async with world.database.app.unit_of_work(Principal.of_service("cpq", "acme")) as uow:
        await catalogue.compile_next(uow)
    compiled = (await world.api.get(f"{MODELS}/{model['id']}")).json()["compilation"]
    assert compiled["state"] == "not-compiled"
    assert "price" in compiled["reason"]


async def test_a_body_too_large_or_too_deep_is_refused(world: Any, bicycle: dict[str, Any]) -> None:
    answer = await world.api.post(MODELS, b'{"document": {"a": "' + b"x" * 33_000_000 + b'"}}')
    assert answer.status_code == 413
    deep = b'{"document": ' + b'{"a":' * 300 + b"1" + b"}" * 301
    answer = await world.api.post(MODELS, deep)
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed-json")
    nested = copy.deepcopy(bicycle)
    node = nested["root"]
    for level in range(30):
        inner = {"key": f"n{level}"}
        node.setdefault("groups", []).append({"key": f"g{level}", "members": [inner]})
        node = inner
    assert (await drafted(world, nested))["status"] == "draft"


async def test_authors_do_not_keep_those_waiting_who_configure(
    world: Any, bicycle: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    await published(world, bicycle)
    done = threading.Event()
    monkeypatch.setattr(
        "cpq.catalog.service.documents.refuse_contradiction", lambda *_: done.wait(20)
    )
    looking = [
        asyncio.create_task(world.api.post(f"{MODELS}/validate", {"document": bicycle}))
        for _ in range(3)
    ]
    try:
        async with asyncio.timeout(10):
            answer = await world.api.post("/v1/configurations/state", {"model": "bicycle"})
        assert answer.status_code == 200
        assert not any(one.done() for one in looking)
    finally:
        done.set()
        await asyncio.gather(*looking)
