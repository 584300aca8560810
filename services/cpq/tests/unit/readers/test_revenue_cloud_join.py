"""A catalogue and constraint models that speak of the same products, as one model each."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cpq.configuration.expressions import AttributeOf, Compare, Comparison, Constant, Not
from cpq.readers import Effect, Reading, revenue_cloud
from servicekit.errors import Refusal

from .reading import documented
from .sheets import Tables, decimals, files, model, node, said, table

SHOP: Tables = {
    "Product2": [
        ["Id", "Name", "StockKeepingUnit", "BasedOnId"],
        ["p1", "Lamp", "LAMP", ""],
        ["p2", "Bulb", "BULB", ""],
        ["p3", "Shade", "SHADE", "c1"],
        ["p4", "Cord", "CORD", ""],
    ],
    "ProductClassification": [["Id", "Name"], ["c1", "Shades"]],
    "ProductComponentGroup": [
        ["Id", "Name", "ParentProductId", "MinBundleComponents"],
        ["g1", "Light", "p1", "1"],
    ],
    "ProductRelatedComponent": [
        ["Id", "ParentProductId", "ChildProductId", "ProductComponentGroupId", "MaxQuantity",
         "Quantity", "IsDefaultComponent", "Sequence"],
        ["r1", "p1", "p2", "g1", "4", "2", "true", "1"],
        ["r2", "p1", "p3", "", "", "", "", "2"],
        ["r3", "p1", "p4", "", "2", "", "", "3"],
    ],
    "AttributeDefinition": [
        ["Id", "DeveloperName", "Label", "DataType", "PicklistId", "DefaultValue"],
        ["a1", "Color", "Colour", "Picklist", "l1", "red"],
        ["a2", "height", "Height", "Number", "", "40"],
        ["a3", "watts", "Watts", "Picklist", "l2", "7"],
        ["a4", "kind", "Kind", "Text", "", ""],
    ],
    "AttributePicklist": [["Id", "Name", "DataType"], ["l1", "Colours", ""], ["l2", "W", "Number"]],
    "AttributePicklistValue": [
        ["PicklistId", "Value", "DisplayValue", "Status"],
        ["l1", "red", "Red", ""],
        ["l1", "blue", "Blue", ""],
        ["l1", "gold", "Gold", "Draft"],
        ["l2", "5", "5 W", ""],
        ["l2", "7", "7 W", ""],
        ["l2", "10", "10 W", ""],
    ],
    "ProductAttributeDefinition": [
        ["Product2Id", "AttributeDefinitionId", "MinimumValue", "MaximumValue"],
        ["p1", "a1", "", ""],
        ["p1", "a2", "30", "60"],
        ["p1", "a4", "", ""],
        ["p2", "a3", "", ""],
    ],
}  # fmt: skip
LAMP = b"""
type Lamp {
    string color = ["red", "gold", "green"];
    int height = [20..80];
    string kind = ["desk", "floor"];
    relation bulbs : Bulb[1..3];
    relation shade : Shade[0..1];
    constraint(kind == "floor" -> bulbs[Bulb] >= 2, "A floor lamp has two bulbs.");
    constraint(bulbs.sum(watts) <= 12, "No more than 12 watts.");
}
type Bulb { int watts = [5..8]; }
type Shade;
"""
TIES = [
    ["ReferenceObjectId", "ConstraintModelTag", "ConstraintModelTagType"],
    ["p1", "Lamp", "Type"],
    ["p2", "Bulb", "Type"],
    ["p3", "Shade", "Type"],
    ["r1", "bulbs", "Port"],
    ["r2", "shade", "Port"],
]
Rows = Sequence[Sequence[str | int]]


def joined(cml: bytes = LAMP, ties: Rows = TIES, tables: Tables = SHOP, **more: Rows) -> Reading:
    beside = {"ExpressionSetConstraintObj": ties, **more}
    constraints = {f"rules/lamp/{name}.csv": table(rows) for name, rows in beside.items()}
    content = {**files(tables), **constraints, "rules/lamp/blobs/lamp.ffxblob": cml}
    reading = revenue_cloud.read(content)
    documented(reading.models)
    return reading


def words(reading: Reading, key: str) -> Mapping[str, str]:
    found = model(reading, key)
    return {**{one.key: one.message for one in found.rules},
            **{one.key: one.message for one in found.tables}}  # fmt: skip


def test_a_component_has_the_bounds_of_both() -> None:
    reading = joined()
    assert reading.lost() == ()
    assert [one.key for one in reading.models] == ["LAMP", "BULB"]
    lamp = model(reading, "LAMP")
    assert [one.key for one in lamp.nodes()] == ["LAMP", "BULB", "SHADE", "CORD"]
    bulb = node(lamp, "BULB")
    assert (bulb.required, bulb.minimum, bulb.maximum, bulb.default) == (True, 1, 3, 2)
    assert node(lamp, "SHADE").maximum == 1
    assert node(lamp, "CORD").maximum == 2
    assert [(one.name, one.minimum) for one in lamp.root.groups] == [
        ("Light", 1),
        ("Components", 0),
    ]


def test_attributes_look_like_the_catalogues_and_hold_both_domains() -> None:
    reading = joined()
    lamp = model(reading, "LAMP")
    color = lamp.root.attribute("color")
    assert color is not None
    assert (color.name, color.default) == ("Colour", "red")
    assert [(one.code, one.name) for one in color.options] == [
        ("red", "Red"),
        ("gold", "gold"),
        ("green", "green"),
    ]
    refused = {one.condition: one.message for one in lamp.rules}
    target = AttributeOf("LAMP", "color")

    def never(code: str) -> str:
        return refused[Not(Compare(Comparison.EQUAL, target, Constant(code)))]

    assert never("gold") == "Gold is not offered: the value is Draft."
    assert never("green") == "Colour green is not in the catalogue."
    height = lamp.root.attribute("height")
    assert height is not None
    assert (height.minimum, height.maximum, height.default) == decimals(20, 80, 40)
    said = words(reading, "LAMP")
    assert said["LAMP:height:least"] == "Height is at least 30."
    assert said["LAMP:height:most"] == "Height is at most 60."
    watts = node(lamp, "BULB").attribute("watts")
    assert watts is not None
    assert (watts.minimum, watts.maximum, watts.default) == decimals(5, 8, 7)
    (rows,) = [one.rows for one in lamp.tables if one.columns == (AttributeOf("BULB", "watts"),)]
    assert rows == (decimals(5), decimals(7))


def test_rules_are_about_the_components_and_keep_their_place() -> None:
    lamp = model(joined(), "LAMP")
    found = {one.message: one for one in lamp.rules}
    rule = found["A floor lamp has two bulbs."]
    assert rule.source == "rules/lamp/blobs/lamp.ffxblob:8"
    assert re.fullmatch("lamp:LAMP:constraint-[0-9a-f]{12}", rule.key)


def test_a_domain_that_has_no_value_of_the_catalogue_is_kept_with_a_finding() -> None:
    reading = joined(LAMP.replace(b'"red", "gold", "green"', b'"mint"').replace(b"5..8", b"1..4"))
    changed = [one.because for one in reading.findings if one.effect is Effect.CHANGED]
    assert any(one.startswith("No value of Colour is one of the catalogue's") for one in changed)
    assert any(one.startswith("No value of Watts is one of the catalogue's") for one in changed)
    color = model(reading, "LAMP").root.attribute("color")
    assert color is not None
    assert color.default == "mint"


def test_a_type_that_differs_is_said() -> None:
    reading = joined()
    changed = [one.because for one in reading.findings if one.construct == "kind"]
    assert changed == [
        "Kind is text in the catalogue and enumeration in the constraint model; the latter is kept."
    ]


def test_bounds_that_cannot_be_both_are_the_constraint_models() -> None:
    reading = joined(LAMP.replace(b"Bulb[1..3]", b"Bulb[6..8]"))
    bulb = node(model(reading, "LAMP"), "BULB")
    assert (bulb.minimum, bulb.maximum) == (6, 8)
    assert "BULB" in [name for name, _ in said(reading, Effect.CHANGED)]


def test_a_relation_that_is_no_component_stands_beside_the_catalogue() -> None:
    cml = LAMP.replace(b"relation shade", b"relation spare : Bulb[0..1]; relation shade")
    reading = joined(cml)
    lamp = model(reading, "LAMP")
    assert [one.key for one in lamp.nodes()] == ["LAMP", "BULB", "SHADE", "CORD", "spare"]
    assert node(lamp, "spare").item is None
    because = [one.because for one in reading.findings if one.construct == "spare"]
    assert because == [
        "The relation holds BULB, which is no component of LAMP, or one that another relation"
        " holds already."
    ]


def test_types_that_stand_for_nothing_and_ties_to_nothing_are_found() -> None:
    ties = [*TIES, ["p9", "Stand", "Type"], ["r9", "shade", "Port"], ["p1", "", "Type"],
            ["p4", "Cord", "Type"], ["p1", "Lamp", "Wish"]]  # fmt: skip
    reading = joined(ties=ties)
    lost = [one for one in said(reading, Effect.LOST) if one[0] == "ExpressionSetConstraintObj"]
    place = "rules/lamp/ExpressionSetConstraintObj.csv"
    assert lost == [("ExpressionSetConstraintObj", f"{place}:{line}") for line in (7, 8, 9, 11)]
    assert ("Cord", "rules/lamp/blobs/lamp.ffxblob:1") in said(reading, Effect.LOST)


def test_ids_of_another_organisation_are_followed_by_the_tables_beside_the_file() -> None:
    ties = [TIES[0], *[[f"x{one[0]}", *one[1:]] for one in TIES[1:]]]
    products = [["Id", "Name"], ["xp1", "Lamp"], ["xp2", "Bulb"], ["xp3", "Shade"]]
    components = [
        ["Id", "ParentProduct.Name", "ChildProduct.Name", "Sequence"],
        ["xr1", "Lamp", "Bulb", "1"],
        ["xr2", "Lamp", "Shade", "2"],
    ]
    reading = joined(ties=ties, Product2=products, ProductRelatedComponent=components)
    assert reading.lost() == ()
    assert model(reading, "LAMP") == model(joined(), "LAMP")


def test_a_constraint_model_that_is_not_active_is_left_out_with_a_finding() -> None:
    version = [["DeveloperName", "Status"], ["lamp", "Draft"]]
    reading = joined(ExpressionSetDefinitionVersion=version)
    assert model(reading, "LAMP").rules == ()
    place = "rules/lamp/ExpressionSetDefinitionVersion.csv:2"
    assert ("ExpressionSetDefinitionVersion", place) in said(reading, Effect.CHANGED)


def test_a_constraint_model_without_ties_is_found() -> None:
    content = {**files(SHOP), "rules/lamp.cml": LAMP}
    reading = revenue_cloud.read(content)
    assert ("lamp", "rules/lamp.cml:1") in said(reading, Effect.LOST)
    documented(reading.models)


def test_a_quote_holds_products_with_their_components() -> None:
    cml = (
        LAMP
        + b"""
    @(virtual = true) type Quote {
        relation lines : Line[0..9];
        message(lines[Lamp] > 0 && lines[Bulb] == 0, "Take spare bulbs.");
        constraint(lines[Lamp] < 3, "Two lamps at most.");
    }
    type Line;
    """.replace(b"type Line;", b"")
    )
    cml = cml.replace(b"type Lamp {", b"type Line; type Lamp : Line {")
    cml = cml.replace(b"type Bulb {", b"type Bulb : Line {")
    reading = joined(cml)
    quote = model(reading, "lamp.Quote")
    assert [one.key for one in quote.nodes()] == [
        "Quote", "LAMP", "LAMP/BULB", "LAMP/SHADE", "LAMP/CORD", "BULB",
    ]  # fmt: skip
    assert node(quote, "LAMP").maximum == 9
    assert {one.text for one in quote.messages} == {"Take spare bulbs."}
    messages = {one.message for one in quote.rules}
    assert {"Two lamps at most.", "A floor lamp has two bulbs."} <= messages
    (group,) = [one for one in quote.root.groups if one.name == "lines"]
    assert group.most_units == 9


def test_one_fact_of_two_constraint_models_has_the_values_of_both() -> None:
    one = b"""@(contextPath = "Q.Land") extern string land; @(contextPath = "Q.N") extern int n;
    type Lamp { int a = [0..1];
        constraint(land == "US" -> a == 1); constraint(n > 3 -> a == 0); }"""
    two = b"""@(contextPath = "Q.Land") extern string land;
    @(contextPath = "Q.N") extern decimal(1) n = [0..9];
    type Lamp { int b = [0..1];
        constraint(land == "EU" -> b == 1); constraint(n > 3 -> b == 0); }"""
    content = {
        **files(SHOP),
        "rules/ExpressionSetConstraintObj.csv": table(TIES[:2]),
        "rules/one.cml": one,
        "rules/two.cml": two,
    }
    reading = revenue_cloud.read(content)
    documented(reading.models)
    facts = {each.name: each for each in model(reading, "LAMP").facts}
    assert set(facts["land"].values) == {"US", "EU", "(none)", "(other)"}
    assert (facts["n"].minimum, facts["n"].maximum, facts["n"].step) == decimals(0, 9, "0.1")


STRANGE = st.sampled_from(
    ["", "p1", "p2", "p3", "p9", "r1", "r3", "Lamp", "Bulb", "bulbs", "Port", "Type", "c1", "g1",
     "a1", "a2", "l1", "l2", "red", "7", "0", "-1", "Number", "Picklist", "node", "BULB", "spare"]
)  # fmt: skip
CHANGES = st.sampled_from(
    [
        (b"Bulb[1..3]", b"Bulb[0..9999]"),
        (b"[20..80]", b"[2000000]"),
        (b"int height = [20..80];", b'string height = ["low"];'),
        (b"int watts = [5..8];", b"int watts = 7;"),
        (b"relation shade : Shade[0..1];", b"relation shade : Shade[1..1]; relation c : Cord;"),
        (b"type Shade;", b"type Shade { relation cord : Cord[0..2]; } type Cord { int m; }"),
        (b"type Shade;", b"type Shade : Bulb; type Big : Shade;"),
    ]
)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_catalogues_and_constraint_models_that_disagree_are_read_or_refused(
    data: st.DataObject,
) -> None:
    tables = {name: [list(row) for row in rows] for name, rows in SHOP.items()}
    ties: list[list[str | int]] = [list(row) for row in TIES]
    for _ in range(data.draw(st.integers(1, 6))):
        every: list[list[list[str | int]]] = [ties, *tables.values()]
        rows = data.draw(st.sampled_from(every))
        row = rows[data.draw(st.integers(1, len(rows) - 1))]
        row[data.draw(st.integers(0, len(row) - 1))] = data.draw(STRANGE)
    cml = LAMP
    for before, after in data.draw(st.lists(CHANGES, max_size=3)):
        cml = cml.replace(before, after)
    with suppress(Refusal):
        joined(cml, ties, tables)
