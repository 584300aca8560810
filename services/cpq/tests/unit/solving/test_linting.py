"""What a lint finds, and what published figures say of real models."""

import csv
from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from cpq.configuration.answers import Finding
from cpq.configuration.expressions import AttributeOf, Quantity, Selected
from cpq.configuration.language import parse
from cpq.configuration.model import (
    Attribute,
    AttributeType,
    Choice,
    Group,
    Model,
    Node,
    Option,
    Rule,
    Table,
)
from cpq.configuration.testing.examples import Example, examples
from cpq.readers import uvl
from cpq.solving import Engine
from cpq.solving.testing import Oracle


def found(model: Model) -> dict[Finding, list[str]]:
    by_finding: dict[Finding, list[str]] = {}
    for lint in Engine(model).lint():
        by_finding.setdefault(lint.finding, []).append(lint.place)
    return by_finding


COLOUR = Attribute(
    "colour",
    "Colour",
    AttributeType.ENUMERATION,
    options=(Option("red", "Red"), Option("blue", "Blue")),
    default="red",
)
SIZE = Attribute(
    "size", "Size", AttributeType.INTEGER, minimum=Decimal(1), maximum=Decimal(900), default=None
)
MODEL = Model(
    "bike",
    "Bike",
    Node(
        "bike",
        "Bike",
        attributes=(COLOUR, SIZE),
        groups=(
            Group(
                "parts",
                "Parts",
                (
                    Node("frame", "Frame", required=True),
                    Node("bell", "Bell"),
                    Node("lamp", "Lamp", default=1),
                    Node("motor", "Motor", maximum=3),
                    Node("pump", "Pump"),
                ),
            ),
        ),
    ),
    rules=(
        Rule("no-pump", parse("not pump")),
        Rule("bell", parse("frame => bell")),
        Rule("bell-again", parse("bike => bell or motor")),
        Rule("always", parse("motor => motor")),
        Rule("few-motors", parse("qty(motor) <= 2")),
        Rule("red-is-dark", parse('bike.colour == "red" => not lamp')),
        Rule("small", parse("bike.size <= 800 and bike.size > 4")),
    ),
    tables=(
        Table("any", (AttributeOf("bike", "colour"),), (("red",), ("blue",))),
        Table("pairs", (AttributeOf("bike", "colour"), Selected("pump")), (("red", True),), False),
    ),
)


def test_each_kind_of_finding_is_found_and_says_why() -> None:
    lints = Engine(MODEL).lint()
    places = found(MODEL)
    assert places[Finding.DEAD] == ["bike.size<5", "bike.size>800", "qty(motor)=3", "pump"]
    assert places[Finding.CORE] == ["bike", "frame", "bell"]
    assert places[Finding.FALSE_OPTIONAL] == ["bell"]
    assert places[Finding.REDUNDANT] == ["any", "pairs", "bell-again", "always"]
    assert places[Finding.CONTRADICTORY_DEFAULTS] == ["bike.colour"]
    because = {(lint.finding, lint.place): lint.because for lint in lints}
    assert because[Finding.DEAD, "pump"] == "no-pump: not pump"
    assert "bell: frame => bell" in because[Finding.FALSE_OPTIONAL, "bell"]
    assert "bell: frame => bell" in because[Finding.REDUNDANT, "bell-again"]
    assert because[Finding.REDUNDANT, "always"] == "It always holds"
    assert "lamp" in because[Finding.CONTRADICTORY_DEFAULTS, "bike.colour"]


def test_a_void_model_says_which_rules_leave_nothing() -> None:
    node = Node("bike", "Bike", groups=(Group("g", "G", (Node("bell", "Bell", required=True),)),))
    model = Model("bike", "Bike", node, rules=(Rule("quiet", parse("not bell")),))
    (lint,) = Engine(model).lint()
    assert lint.finding is Finding.VOID
    assert "quiet" in lint.because


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(example=examples())
def test_findings_agree_with_enumeration(example: Example) -> None:
    example.facts.clear()
    oracle = Oracle(example)
    lints = Engine(example.model, example.supply).lint()
    places = {(lint.finding, lint.place) for lint in lints}
    assert ((Finding.VOID, example.model.key) in places) == (not oracle.valid)
    if not oracle.valid:
        return
    for node in example.model.nodes():
        having = oracle.having([Choice(Selected(node.key), True)])
        assert ((Finding.DEAD, node.key) in places) == (not having)
        core = len(having) == len(oracle.having([]))
        assert ((Finding.CORE, node.key) in places) == core
        for attribute in node.attributes:
            for option in attribute.options if having else ():
                choice = Choice(AttributeOf(node.key, attribute.code), option.code)
                dead = (Finding.DEAD, f"{node.key}.{attribute.code}={option.code}") in places
                assert dead == (not oracle.consistent([choice]))
        for group in node.groups:
            for member in group.members:
                optional = not member.required and group.minimum < len(group.members)
                absent = [values for values in having if Quantity(member.key) not in values]
                dead = (Finding.DEAD, member.key) in places
                expected = optional and bool(having) and not absent and not dead
                assert ((Finding.FALSE_OPTIONAL, member.key) in places) == expected


@pytest.mark.data
@pytest.mark.parametrize("name", ["e_shop", "pc-richmond", "printer"])
def test_core_dead_and_false_optional_features_are_those_that_are_published(
    data_set: Callable[[str], Path], name: str
) -> None:
    folder = data_set("config-models")
    with (folder / "published_statistics.csv").open() as lines:
        (row,) = (row for row in csv.DictReader(lines) if row["Name"] == name)
    (file,) = folder.glob(f"{name}_*.uvl")
    model = uvl.read(file.read_bytes(), name=file.name).models[0]
    counted = Counter(lint.finding for lint in Engine(model).lint(seconds=60))
    assert counted[Finding.CORE] == int(row["Number_CORE"])
    assert counted[Finding.DEAD] == int(row["Number_Dead"])
    assert counted[Finding.FALSE_OPTIONAL] == int(row["NumberOfFalseOptionalFeatures"])
    assert counted[Finding.VOID] == 0
