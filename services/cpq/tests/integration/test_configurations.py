"""Configuring over HTTP: what is possible and why not, what mends it, what it costs."""

import asyncio
import copy
from datetime import date
from decimal import Decimal
from threading import Event
from typing import Any

import pytest

from contracts.erp import (
    ItemDiscontinuedV1,
    ItemStateV1,
    ListPriceChangedV1,
    ListPriceV1,
    StockPromiseChangedV1,
)
from cpq.catalog import service as catalogue
from cpq.configurator.schemas import LiveOut
from cpq.configurator.service.desk import desk
from cpq.settings import CpqSettings
from servicekit.uow import Principal
from servicekit.workshop import Workshop

MODELS = "/v1/configuration-models"
ASK = "/v1/configurations"


async def publish(world: Any, document: dict[str, Any], **days: str) -> dict[str, Any]:
    draft = (await world.api.post(MODELS, {"document": document})).json()
    answer = await world.api.post(f"{MODELS}/{draft['id']}/publish", days, version=1)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def stocked(world: Any) -> None:
    """The bicycle and its parts, as the ERP tells of them."""
    await world.item("BK-1", price="899", cost="500", stock="10")
    await world.item("PT-CHAIN", price="30", cost="12", stock="100")
    await world.item("PT-BELT", price="120", cost="60", stock="4")
    await world.item("AC-RACK", price="45", cost="20", stock="50")
    await world.item("AC-BOTTLE", price="9.50", cost="3", stock="500")


@pytest.fixture
async def shop(world: Any, bicycle: dict[str, Any]) -> Any:
    await stocked(world)
    await publish(world, bicycle)
    return world


def choice(target: Any, value: Any) -> dict[str, Any]:
    return {"target": target, "value": value}


async def asked(shop: Any, what: str, *choices: dict[str, Any], **more: Any) -> Any:
    body = {"model": "bicycle", "choices": list(choices), **more}
    answer = await shop.api.post(f"{ASK}/{what}", body)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def refused(shop: Any, what: str, *choices: Any, **more: Any) -> tuple[int, str, str]:
    body = {"model": "bicycle", "choices": list(choices), **more}
    answer = await shop.api.post(f"{ASK}/{what}", body)
    problem = answer.json()
    field = problem["errors"][0]["field"] if problem["errors"] else ""
    return answer.status_code, problem["code"], field


def domain(state: Any, target: Any) -> Any:
    return next(one for one in state["domains"] if one["target"] == target)


def values(state: Any, target: Any) -> dict[Any, Any]:
    return {one["value"]: one for one in domain(state, target)["values"]}


async def test_the_form_says_what_there_is_to_choose(shop: Any) -> None:
    answer = await shop.api.get(f"{ASK}/form", model="bicycle")
    form = answer.json()
    assert (form["model"], form["model_version"], form["sku"]) == ("bicycle", 1, "BK-1")
    nodes = {node["key"]: node for node in form["nodes"]}
    assert (nodes["rack"]["parent"], nodes["rack"]["group"]) == ("bicycle", "extras")
    assert nodes["bottle"]["quantity_target"] == "qty(bottle)"
    assert nodes["bicycle"]["attributes"][0]["target"] == "bicycle.colour"
    assert form["questions"][0]["target"] == {"question": "use"}
    assert (await shop.api.get(f"{ASK}/form", model="none")).status_code == 404


async def test_the_state_offers_excludes_and_explains(shop: Any) -> None:
    start = await asked(shop, "state", tier="gold")
    assert start["consistent"]
    assert start["about"]["model_version"] == 1
    assert all(one["possible"] for one in values(start, "belt").values())
    red = await asked(shop, "state", choice("bicycle.colour", "red"), tier="gold")
    belt = values(red, "belt")[True]
    assert not belt["possible"]
    assert belt["reason"]["messages"] == ["The belt comes with a black frame only."]
    assert belt["reason"]["choices"] == [choice("bicycle.colour", "red")]
    assert (domain(red, "chain")["value"], domain(red, "chain")["origin"]) == (True, "forced")
    assert domain(red, "bicycle.colour")["origin"] == "user"
    # 899 for the frame, 40 for the colour, 30 for the chain.
    assert red["totals"]["price"] == "969"
    assert red["totals"]["cost"] == "512"


async def test_only_what_a_front_end_shows_is_sent_if_it_says_so(shop: Any) -> None:
    whole = await asked(shop, "live", choice("rack", True))
    some = await asked(shop, "live", choice("rack", True), targets=["rack", {"question": "use"}])
    assert [one["target"] for one in some["domains"]] == ["rack", {"question": "use"}]
    assert domain(some, "rack") == domain(whole, "rack")
    assert some["price"] == whole["price"]
    assert (await refused(shop, "state", targets=["rack", "wings"]))[2] == "targets.1"


async def test_the_order_of_choices_changes_nothing(shop: Any) -> None:
    some = [
        choice("rack", True),
        choice("bicycle.height", 56),
        choice({"question": "use"}, "shopping"),
        choice("qty(bottle)", "1"),
    ]
    one = await asked(shop, "state", *some)
    other = await asked(shop, "state", *reversed(some))
    assert one == other
    assert [message["key"] for message in one["messages"]] == ["lock"]


async def test_a_conflict_is_minimal_and_each_repair_repairs(shop: Any) -> None:
    some = [
        choice("bicycle.height", 56),
        choice("rack", True),
        choice("qty(bottle)", 2),
        choice("bicycle.colour", "red"),
    ]
    state = await asked(shop, "state", *some)
    assert not state["consistent"]
    conflict = state["conflict"]
    assert conflict["reason"]["messages"] == ["Two bottles leave no room for a rack."]
    assert sorted(str(one["target"]) for one in conflict["reason"]["choices"]) == [
        "qty(bottle)", "rack",
    ]  # fmt: skip
    repairs = (await asked(shop, "repairs", *some))["repairs"]
    assert repairs == conflict["repairs"]
    assert repairs
    for repair in repairs:
        changed = [change["choice"]["target"] for change in repair["changes"]]
        left = [one for one in some if one["target"] not in changed]
        left += [
            choice(c["choice"]["target"], c["to"]) for c in repair["changes"] if c["to"] is not None
        ]
        assert (await asked(shop, "state", *left))["consistent"], repair


async def test_explanations_completions_counts_and_samples(shop: Any) -> None:
    red = choice("bicycle.colour", "red")
    why = await asked(shop, "explain", red, tier="gold", target="belt", value=True)
    assert not why["possible"]
    assert why["reason"]["rules"] == ["belt-black"]
    assert (await asked(shop, "explain", tier="gold", target="belt", value=True))["possible"]
    cheap = await asked(shop, "complete", tier="gold", goal="lowest_price")
    assert (cheap["totals"]["price"], cheap["optimal"]) == ("929", True)
    dear = await asked(shop, "complete", tier="gold", goal="highest_price")
    # Belt and black: 899 + 120; a rack and one bottle: 45 + 9.50; three bottles without a rack are
    # cheaper, and so is a red frame with a chain (899 + 40 + 30 + 54.50).
    assert dear["totals"]["price"] == "1073.5"
    count = await asked(shop, "count", tier="gold")
    drawn = await asked(shop, "sample", tier="gold", number=5, seed=3)
    assert drawn == await asked(shop, "sample", tier="gold", number=5, seed=3)
    assert len(drawn["configurations"]) == 5
    # Nine heights; black with chain or belt, red with a chain; up to three bottles, or a rack with
    # at most one: 9 * 3 * (4 + 2). Questions are not part of a configuration.
    assert int(count["count"]) == 9 * 3 * 6


async def test_facts_come_from_the_customer_or_the_request(shop: Any) -> None:
    gold = await shop.customer(tier="gold")
    plain = await shop.customer(tier="standard")

    async def may_have_a_belt(**more: Any) -> bool:
        state = await asked(shop, "state", **more)
        return bool(values(state, "belt")[True]["possible"])

    assert await may_have_a_belt(customer_id=str(gold))
    assert not await may_have_a_belt(customer_id=str(plain))
    assert await may_have_a_belt(customer_id=str(plain), tier="platinum")
    assert await may_have_a_belt(facts={"tier": "gold"}, tier="standard")
    assert await may_have_a_belt(), "a fact that nobody states is open"


async def test_an_item_that_cannot_be_sold_is_excluded_with_its_reason(
    world: Any, bicycle: dict[str, Any]
) -> None:
    await world.item("BK-1", price="899", cost="500")
    await world.item("PT-CHAIN", price="30", cost="12")
    await world.item("PT-BELT", price="120", cost="60", status="discontinued")
    await world.item("AC-RACK", price=None, cost="20")
    await publish(world, bicycle)
    state = await asked(world, "state")
    reasons = {node: values(state, node)[True]["reason"] for node in ("belt", "rack")}
    assert reasons["belt"]["rules"] == ["item:PT-BELT"]
    assert reasons["belt"]["messages"] == ["Item PT-BELT is discontinued or not for sale"]
    assert reasons["rack"]["messages"] == ["Item AC-RACK has no list price in EUR on 2026-01-05"]
    bottle = domain(state, "qty(bottle)")
    assert bottle["value"] in ("0", None)
    assert {one["sku"]: one["reason"] for one in state["unavailable"]}["AC-BOTTLE"] == (
        "Item AC-BOTTLE is not known"
    )
    await world.item("AC-BOTTLE", price="9.50")
    state = await asked(world, "state")
    said = {one["sku"]: one["reason"] for one in state["unavailable"]}
    assert said["AC-BOTTLE"] == "Item AC-BOTTLE has no standard cost on 2026-01-05"


async def test_the_live_answer_checks_and_prices_at_once(shop: Any) -> None:
    customer = await shop.customer(tier="gold")
    await shop.credit(customer, "5000")
    discount = {"tier": "gold", "discount": "0.1", "valid_from": "2026-01-01"}
    assert (await shop.api.post("/v1/tier-discounts", discount)).status_code == 201
    live = await asked(
        shop,
        "live",
        choice("belt", True),
        choice("qty(bottle)", 1),
        customer_id=str(customer),
        quantity="5",
    )
    assert live["consistent"]
    # 899 + 120 + 9.50 a piece, ten per cent off, five of them.
    price = live["price"]
    assert (price["list_unit_price"], price["net_unit_price"]) == ("1028.5", "925.65")
    assert (price["net"], price["currency"]) == ("4628.25", "EUR")
    assert price["gross_estimate"] == "5507.62"
    assert price["waterfall"][0]["rule"] == "configuration"
    LiveOut.model_validate(live)
    assert live["margin"]["cost"] == "2815"  # (500 + 60 + 3) * 5
    parts = {part["sku"]: part for part in live["parts"]}
    assert (parts["AC-BOTTLE"]["quantity"], parts["AC-BOTTLE"]["list_unit_price"]) == ("1", "9.5")
    assert parts["PT-BELT"]["stock"]["verdict"] == "short"  # 4 of 5
    assert live["stock"]["verdict"] == "short"
    assert live["credit"]["verdict"] == "exceeded"
    for fact in (live["credit"], live["stock"], parts["PT-BELT"]["stock"]):
        assert fact["source"]["event_type"].startswith("tradewind.erp.")
        assert fact["source"]["age_seconds"] >= 0
    assert parts["BK-1"]["price_source"]["event_type"] == "tradewind.erp.list-price-changed.v1"


async def test_a_conflict_is_priced_as_its_first_repair_leaves_it(shop: Any) -> None:
    live = await asked(shop, "live", choice("rack", True), choice("qty(bottle)", 2))
    assert not live["consistent"]
    assert live["price"] is not None


async def test_what_makes_no_sense_is_refused_by_name(shop: Any) -> None:
    assert await refused(shop, "state", choice("wings", True)) == (
        422, "unknown-target", "choices.0.target",
    )  # fmt: skip
    assert await refused(shop, "state", choice("rack and", True)) == (
        422, "unknown-target", "choices.0.target",
    )  # fmt: skip
    good = choice("rack", True)
    for bad in ("maybe", 1, "12.5"):
        found = await refused(shop, "state", good, choice("belt", bad))
        assert found == (422, "unknown-value", "choices.1.value")
    status, code, field = await refused(shop, "state", choice("bicycle.colour", "green"))
    assert (status, code) == (422, "unknown-value")
    assert field.startswith("choices.0")
    for number in ("49", "48.5", 1000, "1e3", "a", True):
        status, code, field = await refused(shop, "state", choice("bicycle.height", number))
        assert (status, code) == (422, "unknown-value"), number
    assert (await refused(shop, "state", choice({"question": "why"}, "x")))[1] == "unknown-target"
    assert await refused(shop, "state", facts={"moon": "full"}) == (
        422, "unknown-fact", "facts.moon",
    )  # fmt: skip
    assert (await refused(shop, "state", facts={"tier": 3}))[1] == "fact-makes-no-sense"
    assert (await refused(shop, "state", choice("rack", 1.5)))[1] == "invalid-input"
    assert (await refused(shop, "state", currency="USD"))[1] == "configuration-currency-differs"
    assert (await refused(shop, "state", model="none"))[:2] == (
        404,
        "configuration-model-not-found",
    )
    assert (await refused(shop, "state", model_version=7))[1] == "configuration-model-not-found"
    nobody = "0191d3f2-7a63-7cc3-9d2a-5e0f8f6f0a11"
    assert (await refused(shop, "live", customer_id=nobody))[
        1
    ] == "configuration-customer-not-known"
    clash = [choice("rack", True), choice("qty(bottle)", 2)]
    assert (await refused(shop, "complete", *clash, goal="lowest_price"))[1] == "choices-clash"


async def test_a_retired_version_answers_no_more_and_its_engines_go(
    shop: Any, bicycle: dict[str, Any]
) -> None:
    state = await asked(shop, "state")
    version_id = state["about"]["model_id"]

    def kept() -> int:
        return sum(str(key.version_id) == version_id for key in desk().engines.known())

    assert kept() == 1
    await shop.api.post(f"{MODELS}/{version_id}/retire", {})
    assert (await refused(shop, "state", model_version=1))[:2] == (
        409, "configuration-model-is-not-published",
    )  # fmt: skip
    assert kept() == 0
    assert (await refused(shop, "state"))[1] == "configuration-model-not-found"
    await publish(shop, {**bicycle, "name": "Once more"})
    assert (await asked(shop, "state"))["about"]["model_version"] == 2


async def test_what_another_replica_retired_is_forgotten(
    shop: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = await asked(shop, "state")
    version_id = state["about"]["model_id"]
    async with shop.database.superuser() as elsewhere:
        await elsewhere.execute("UPDATE catalog_model SET status = 'retired'")
    assert (await refused(shop, "state"))[1] == "configuration-model-not-found"
    monkeypatch.setattr("cpq.configurator.service.desk.SWEEP_SECONDS", 0.0)
    assert (await refused(shop, "state"))[1] == "configuration-model-not-found"
    kept = {str(key.version_id) for key in desk().engines.known()}
    kept |= {str(one) for _, one in desk().models.known()}
    assert version_id not in kept


async def test_a_question_without_end_is_ended_and_says_so(
    shop: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    await asked(shop, "state")
    hasty = CpqSettings(engine_seconds=1e-6)
    monkeypatch.setattr("cpq.catalog.service.computing.cpq_settings", lambda: hasty)
    answer = await shop.api.post(f"{ASK}/state", {"model": "bicycle"})
    assert answer.status_code == 503
    assert answer.json()["code"] in ("configuration-takes-too-long", "too-much-work")
    assert answer.headers["retry-after"]


async def test_too_many_questions_are_refused_at_once(
    shop: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    await asked(shop, "state")
    small, gate = Workshop("small", threads=1, waiting=0), Event()
    monkeypatch.setattr("cpq.catalog.service.computing.workshop", lambda: small)
    busy = asyncio.create_task(small.do(lambda _: gate.wait(10), seconds=10))
    await asyncio.sleep(0)
    try:
        assert await refused(shop, "state") == (503, "too-much-work", "")
    finally:
        gate.set()
        await busy
    assert (await asked(shop, "state"))["consistent"]
    small.close()


async def test_what_is_kept_is_measured(shop: Any) -> None:
    for _ in range(2):
        await asked(shop, "state")
    page = (await shop.api.get("/metrics")).text
    for metric in ("hits_total", "misses_total", "bytes"):
        assert f'tradewind_cpq_kept_{metric}{{kind="engine"}}' in page
    assert 'tradewind_workshop_wait_seconds_count{workshop="engines"}' in page


async def test_engines_are_shared_until_prices_change(shop: Any) -> None:
    def kept() -> int:
        return len(desk().engines)

    before = kept()
    await asyncio.gather(*(asked(shop, "state", choice("rack", True)) for _ in range(6)))
    assert kept() == before + 1
    await asked(shop, "state", tier="gold")
    assert kept() == before + 1
    bottle = await shop.item("AC-LOCK", price="20", cost="8")
    assert bottle
    await asked(shop, "state")
    assert kept() == before + 1, "an item that the model does not speak of changes nothing"


async def test_what_the_erp_tells_of_an_item_counts_at_once(
    world: Any, bicycle: dict[str, Any]
) -> None:
    await stocked(world)
    lock = await world.item("AC-LOCK", price="20", cost="8", stock="2")
    bicycle["root"]["groups"][1]["members"].append(
        {"key": "lock", "item": "AC-LOCK", "required": True}
    )
    await publish(world, bicycle)
    before = await asked(world, "live")
    assert (before["totals"]["price"], before["stock"]["verdict"]) == ("949", "available")

    price = ListPriceV1(
        currency="EUR", unit_price=Decimal(25), unit="pcs", valid_from=date(2026, 1, 1)
    )
    await world.hear(ListPriceChangedV1(item_id=lock, sku="AC-LOCK", prices=[price]))
    assert (await asked(world, "live"))["totals"]["price"] == "954"

    nothing = Decimal(0)
    gone = StockPromiseChangedV1(
        item_id=lock,
        sku="AC-LOCK",
        unit="pcs",
        on_hand=nothing,
        reserved=nothing,
        available=nothing,
        as_of=world.database.clock.now(),
        promises=[],
    )
    await world.hear(gone)
    assert (await asked(world, "live"))["stock"]["verdict"] == "short"

    state = ItemStateV1(
        item_id=lock, sku="AC-LOCK", name="Lock", unit="pcs", tax_category="standard",
        status="discontinued",
    )  # fmt: skip
    await world.hear(ItemDiscontinuedV1(item_id=lock, item=state))
    after = await asked(world, "live")
    assert not after["consistent"]
    assert "item:AC-LOCK" in after["conflict"]["reason"]["rules"]
    assert after["conflict"]["repairs"] == []


async def test_what_was_compiled_answers_the_same(shop: Any) -> None:
    some = [choice("bicycle.colour", "red"), choice("qty(bottle)", 1)]
    before = await asked(shop, "live", *some)
    counted = await asked(shop, "count", *some)
    async with shop.database.app.unit_of_work(Principal.of_service("cpq", "acme")) as uow:
        assert await catalogue.compile_next(uow)
    after = await asked(shop, "live", *some)
    assert (before["about"].pop("compiled"), after["about"].pop("compiled")) == (False, True)
    assert _ageless(before) == _ageless(after)
    assert (await asked(shop, "count", *some))["count"] == counted["count"]


def _ageless(found: Any) -> Any:
    if isinstance(found, dict):
        return {name: _ageless(value) for name, value in found.items() if name != "age_seconds"}
    return [_ageless(one) for one in found] if isinstance(found, list) else found


async def test_a_lint_names_what_looks_wrong(shop: Any, bicycle: dict[str, Any]) -> None:
    odd = copy.deepcopy(bicycle)
    odd["key"] = "odd"
    odd["rules"].append({"key": "no-rack", "condition": "not rack"})
    odd["rules"].append({"key": "again", "condition": 'belt => bicycle.colour != "red"'})
    await publish(shop, odd)
    answer = await shop.api.post(f"{ASK}/lint", {"model": "odd"})
    assert answer.status_code == 200, answer.text
    found = {(one["finding"], one["place"]) for one in answer.json()["findings"]}
    assert ("dead", "rack") in found
    assert {place for finding, place in found if finding == "redundant"} & {"again", "belt-black"}
    seller = shop.api.signed_in(roles=["seller"])
    assert (await seller.post(f"{ASK}/lint", {"model": "odd"})).status_code == 403


async def test_a_model_without_items_or_prices_answers_too(world: Any) -> None:
    document = {
        "format": "tradewind/configuration-model/1",
        "key": "plain",
        "root": {
            "key": "plain",
            "groups": [{"key": "g", "members": [{"key": "a"}, {"key": "b"}]}],
        },
        "rules": [{"key": "r", "condition": "a => b"}],
    }
    await publish(world, document)
    body = {"model": "plain", "choices": [choice("a", True)]}
    live = (await world.api.post(f"{ASK}/live", body)).json()
    assert domain(live, "b")["origin"] == "forced"
    assert (live["price"], live["parts"], live["stock"]) == (None, [], None)
    count = (await world.api.post(f"{ASK}/count", {"model": "plain"})).json()
    assert Decimal(count["count"]) == 3


async def test_tenants_configure_their_own_models_only(shop: Any) -> None:
    other = shop.api.signed_in(tenant="other")
    answer = await other.post(f"{ASK}/state", {"model": "bicycle"})
    assert (answer.status_code, answer.json()["code"]) == (404, "configuration-model-not-found")


async def test_a_conflict_says_which_facts_and_choices_it_is_about(shop: Any) -> None:
    asked = {
        "model": "bicycle",
        "choices": [{"target": "belt", "value": True}],
        "facts": {"tier": "standard"},
    }
    clash = (await shop.api.post("/v1/configurations/state", asked)).json()["conflict"]["reason"]
    assert (clash["rules"], clash["facts"]) == (["gold-belts"], {"tier": "standard"})

    asked["choices"] = [
        {"target": "bottle", "value": False},
        {"target": "qty(bottle)", "value": "2"},
    ]
    clash = (await shop.api.post("/v1/configurations/state", asked)).json()["conflict"]["reason"]
    assert (clash["rules"], clash["messages"]) == ([], ["The choices contradict each other."])
