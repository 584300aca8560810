"""The whole QuantumBit catalogue with its four constraint models, as models."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from functools import cache
from pathlib import Path

import pytest

from cpq.configuration.evaluation import Semantics
from cpq.configuration.expressions import AttributeOf, Quantity, Selected, Value
from cpq.configuration.model import Attribute, AttributeType, Choice, Group, Model, Node
from cpq.readers import Effect, Reading, revenue_cloud
from cpq.solving import Engine

from .quantumbit import CASES, FILES, Case
from .reading import documented, proposed
from .sheets import decimals

pytestmark = pytest.mark.data

SERVER = "QB-QRack-750"
SOLUTION = "QB-COMPLETE"
JOINED = {
    "QuantumBitBundle:Quote": "QuantumBitBundle.Quote",
    "QuantumBitBundle:QuantumBitCompleteSolution": SOLUTION,
    "QuantumBitComplete:QuantumBitCompleteSolution": SOLUTION,
    "QuantumBitPCM:Quote": "QuantumBitPCM.Quote",
    "Server2:Server": SERVER,
}
"""Constraint models and their roots by the models of the catalogue that they became part of."""


@cache
def reading(folder: Path) -> Reading:
    return revenue_cloud.read_directory(folder)


@pytest.fixture(scope="module")
def folder(data_set: Callable[[str], Path]) -> Path:
    return data_set("cpq-quantumbit")


@pytest.fixture(scope="module")
def found(folder: Path) -> dict[str, Model]:
    return {one.key: one for one in reading(folder).models}


def rows(folder: Path, table: str) -> list[dict[str, str]]:
    with (folder / "qb-pcm" / f"{table}.csv").open(newline="", encoding="utf-8-sig") as file:
        return list(csv.DictReader(file))


def node(model: Model, key: str) -> Node:
    return next(one for one in model.nodes() if one.key == key)


def groups(model: Model) -> dict[str, Group]:
    return {one.name: one for each in model.nodes() for one in each.groups}


def attribute(model: Model, key: str, code: str) -> Attribute:
    one = node(model, key).attribute(code)
    assert one is not None
    return one


def test_nothing_that_decides_is_left_behind(folder: Path) -> None:
    assert reading(folder).lost() == ()


def test_everything_that_means_something_else_is_found_by_row(folder: Path) -> None:
    findings = reading(folder).findings
    changed = Counter(one.construct for one in findings if one.effect is Effect.CHANGED)
    components = rows(folder, "ProductRelatedComponent")
    assert changed == {
        "DoesBundlePriceIncludeChild": sum(
            one["DoesBundlePriceIncludeChild"] == "true" for one in components
        ),
        "QuantityScaleMethod": sum(one["QuantityScaleMethod"] == "Constant" for one in components),
        "relation": 15,
        'rule "recommend"': 1,
    }
    for one in findings:
        file, _, line = one.place.rpartition(":")
        text = (folder / file).read_text(encoding="utf-8-sig")
        assert 1 <= int(line) <= text.count("\n") + 1


def test_every_bundle_of_the_catalogue_is_a_model(folder: Path, found: dict[str, Model]) -> None:
    """The bundles and their components are counted in the rows themselves, beside the reader."""
    products = {one["StockKeepingUnit"]: one for one in rows(folder, "Product2")}
    children: dict[str, set[str]] = {}
    for one in rows(folder, "ProductRelatedComponent"):
        parent = one["ParentProduct.StockKeepingUnit"]
        children.setdefault(parent, set()).add(one["ChildProduct.StockKeepingUnit"])
    sold = {
        sku
        for sku in children
        if products[sku]["IsActive"] == "true"
        and products[sku]["IsSoldOnlyWithOtherProds"] != "true"
    }
    assert sold
    assert sold <= found.keys()
    for sku in sold:
        model = found[sku]
        items = {one.item for group in model.root.groups for one in group.members}
        assert items == children[sku]
        assert all(one.item in products for one in model.nodes())
    assert len(found) == 133


def test_every_model_can_be_kept_as_a_document(found: dict[str, Model]) -> None:
    documented(found.values())


def test_cardinalities_defaults_and_required_components(found: dict[str, Model]) -> None:
    solution = found[SOLUTION]
    manager = node(solution, "QB-BDL-SRVC/QB-SRV-PMN")
    assert (manager.required, manager.default, manager.minimum, manager.maximum) == (
        True,
        8,
        1,
        9999,
    )
    assert node(solution, "QB-SRV-OG-PSH").default == 250
    assert node(solution, "QB-API").default is None
    fixed = node(solution, "QB-SRV-SOW")
    assert (fixed.minimum, fixed.maximum, fixed.item) == (1, 1, "QB-SRV-SOW")

    server = groups(found[SERVER])
    bounds = {name: (one.minimum, one.maximum) for name, one in server.items()}
    assert bounds["Computing / Cooling"] == (1, 2)
    assert bounds["Computing / Processor"] == (1, 2)
    assert bounds["Storage / Solid State Drives"] == (0, 4)
    assert bounds["Storage / Hard Drives"] == (0, None)
    processors = [one.item for one in server["Computing / Processor"].members]
    assert processors[:2] == ["QB-INTEL-GOLD-6354", "QB-INTEL-GOLD-5318N"]
    assert node(found[SERVER], "QB-INTEL-GOLD-6354").maximum == 2
    assert node(found[SERVER], "QB-PWRSAFE-2000D").default == 1


def test_attributes_are_those_of_the_classification_and_the_product(
    found: dict[str, Model],
) -> None:
    kind = attribute(found["QB-API"], "QB-API", "Type")
    assert kind.type is AttributeType.ENUMERATION
    assert kind.default == "Flex"
    assert "Flex" in [one.code for one in kind.options]
    cores = attribute(found[SOLUTION], SOLUTION, "Base_Core_Count")
    assert cores.type is AttributeType.INTEGER
    bounds = (cores.minimum, cores.maximum, cores.step, cores.default)
    assert bounds == decimals(2, 8, 2, 4)
    notes = attribute(found["QB-BDL-SRVC"], "QB-BDL-SRVC", "Notes_and_Assumptions")
    assert notes.type is AttributeType.TEXT
    assert notes.default == "Insert Notes Here"
    selling = attribute(found["QB-API"], "QB-API", "Selling model")
    assert [one.code for one in selling.options] == [
        "Term Annual",
        "Evergreen Monthly",
        "Term Monthly",
    ]
    assert selling.default == "Term Annual"


def test_a_value_that_is_a_draft_is_refused_with_the_reason(found: dict[str, Model]) -> None:
    server = found[SERVER]
    options = [one.code for one in attribute(server, SERVER, "Workload").options]
    assert "AI" in options
    (rule,) = [one for one in server.rules if one.key == f"{SERVER}:Workload:AI"]
    assert "Draft" in rule.message
    meaning = Semantics(server, {})

    def allowed(workload: str) -> Value | None:
        values: dict[Quantity | AttributeOf, Value] = {
            Quantity(SERVER): Decimal(1),
            AttributeOf(SERVER, "Workload"): workload,
        }
        return meaning.evaluate(rule.condition, values)

    assert allowed("AI") is False
    assert all(allowed(one) for one in options if one != "AI")


@pytest.mark.parametrize(
    "case", CASES, ids=lambda case: f"{case.file.partition('/')[0]}-{case.name}"
)
def test_every_rule_of_the_constraint_models_stands_in_the_joined_model(
    found: dict[str, Model], case: Case
) -> None:
    """With its own words, and about the catalogue's products instead of the file's relations."""
    name = case.file.partition("/")[0]
    model = found[JOINED[f"{name}:{case.model}"]]
    words = {
        *(one.message for one in model.rules),
        *(one.message for one in model.tables),
        *(one.message for one in model.preferences),
        *(one.text for one in model.messages),
    }
    assert case.text in words


def test_what_constraint_models_speak_of_are_the_catalogues_components(
    found: dict[str, Model],
) -> None:
    """No part of the joined models stands beside the catalogue: each is an item of the ERP."""
    for key in JOINED.values():
        model = found[key]
        assert {one.key for one in model.nodes() if one.item is None} <= {model.root.key}
    drives = next(one for one in found[SERVER].rules if "Drive" in one.message)
    assert f"{FILES[3].rpartition('/')[2]}:" in drives.source


def test_a_quote_has_bundles_with_all_that_is_in_them(found: dict[str, Model]) -> None:
    quote = found["QuantumBitBundle.Quote"]
    assert quote.root.abstract
    solution = node(quote, SOLUTION)
    assert len(list(found[SOLUTION].nodes())) == 29
    inside = [one for one in quote.nodes() if one.key.startswith(f"{SOLUTION}/")]
    assert len(inside) == 28
    assert {one.item for one in inside} == {
        one.item for one in found[SOLUTION].nodes() if one.key != SOLUTION
    }
    assert solution.maximum > 1


def test_a_server_is_configured_as_the_catalogue_and_its_rules_want(
    found: dict[str, Model],
) -> None:
    """A rack that keeps everything, and one that breaks the catalogue's own bound of a group."""
    server = found[SERVER]
    meaning = Semantics(server, {})
    values: dict[Quantity | AttributeOf, Value] = {Quantity(SERVER): Decimal(1)}
    for one in server.root.attributes:
        if one.expression is None and one.type is not AttributeType.TEXT:
            first = one.options[0].code if one.options else one.minimum
            chosen = one.default if one.default is not None else first
            assert chosen is not None
            values[AttributeOf(SERVER, one.code)] = chosen
    broken = meaning.violations(values)
    cooling = next(one for one in groups(server).values() if one.name == "Computing / Cooling")
    assert cooling.key in broken
    values[Quantity(cooling.members[0].key)] = Decimal(1)
    assert cooling.key not in meaning.violations(values)
    assert meaning.evaluate(Selected(cooling.members[0].key), values) is True


def test_an_engine_proposes_a_valid_configuration_of_every_model(found: dict[str, Model]) -> None:
    for model in found.values():
        known: dict[str, Value] = {one.name: Decimal(0) for one in model.facts}
        state = Engine(model).state([], known, reasons=False)
        assert state.consistent
        assert Semantics(model, known).violations(proposed(model, state)) == ()


def test_an_engine_refuses_what_the_catalogue_does_and_says_why(found: dict[str, Model]) -> None:
    server = Engine(found[SERVER])
    reason = server.explain([], {}, AttributeOf(SERVER, "Workload"), "AI")
    assert reason is not None
    assert reason.messages == ("AI is not offered: the value is Draft.",)
    cooling = groups(found[SERVER])["Computing / Cooling"]
    without = [Choice(Selected(one.key), False) for one in cooling.members]
    reason = server.explain(without[1:], {}, without[0].target, value=False)
    assert reason is not None
    assert cooling.key in reason.rules
