"""Another company's catalogue of the same tables: other columns, other ways to refer to rows."""

from __future__ import annotations

from decimal import Decimal

import pytest

from cpq.configuration.evaluation import Semantics
from cpq.configuration.expressions import AttributeOf, Constant, Quantity, Value
from cpq.configuration.model import AttributeType, FactType, Model
from cpq.readers import Effect

from .sheets import Tables, decimals, model, node, read, said

PRODUCTS = [
    ["Id", "Name", "ProductCode", "IsActive", "Type", "BasedOnId"],
    ["p1", "City bike", "BIKE", "true", "Bundle", "c1"],
    ["p2", "Steel frame", "FRAME-S", "true", "", ""],
    ["p3", "Alu frame", "FRAME-A", "true", "", ""],
    ["p4", "Bell", "BELL", "true", "", ""],
    ["p5", "Front light", "LIGHT-F", "true", "", "c2"],
    ["p6", "Rear light", "LIGHT-R", "true", "", "c3"],
    ["p7", "Old light", "LIGHT-O", "false", "", "c2"],
    ["p8", "Spoke", "SPOKE", "true", "", ""],
]
CLASSES = [
    ["Id", "Name", "ParentProductClassificationId", "Status"],
    ["c0", "Vehicle", "", "Active"],
    ["c1", "Bike", "c0", "Active"],
    ["c2", "Light", "", "Active"],
    ["c3", "Small light", "c2", "Active"],
    ["c4", "Saddle", "", ""],
]
GROUPS = [
    ["Id", "Name", "ParentProductId", "ParentGroupId", "MinBundleComponents", "MaxBundleComponents",
     "Sequence"],
    ["g1", "Build", "p1", "", "2", "3", "1"],
    ["g2", "Frame", "p1", "g1", "1", "1", "2"],
    ["g3", "Wheels", "p1", "g1", "", "", "1"],
    ["g4", "Extras", "p1", "", "", "", "9"],
]  # fmt: skip
COMPONENTS = [
    ["Id", "ParentProductId", "ChildProductId", "ChildProductClassificationId",
     "ProductComponentGroupId", "IsComponentRequired", "IsDefaultComponent", "IsQuantityEditable",
     "Quantity", "MinQuantity", "MaxQuantity", "Sequence"],
    ["r1", "p1", "p2", "", "g2", "false", "true", "false", "1", "", "", "2"],
    ["r2", "p1", "p3", "", "g2", "false", "false", "false", "1", "", "", "1"],
    ["r3", "p1", "p8", "", "g3", "true", "false", "true", "36", "28", "40", "1"],
    ["r4", "p1", "p4", "", "", "false", "false", "false", "2", "", "", "1"],
    ["r5", "p1", "", "c2", "g4", "false", "false", "true", "", "", "4", "1"],
]  # fmt: skip
SHOP: Tables = {"Product2": PRODUCTS, "ProductClassification": CLASSES}
BIKE: Tables = {
    **SHOP,
    "ProductComponentGroup": GROUPS,
    "ProductRelatedComponent": COMPONENTS,
}


def broken(found: Model, values: dict[str, Value | int], **facts: Value | int) -> list[str]:
    """The messages, or keys, of what a configuration of the root breaks."""
    given: dict[Quantity | AttributeOf, Value] = {Quantity(found.root.key): Decimal(1)}
    for name, value in values.items():
        key, dot, code = name.partition(".")
        target = AttributeOf(key, code) if dot else Quantity(key)
        given[target] = value if isinstance(value, str | bool) else Decimal(value)
    asked = {
        name: value if isinstance(value, str) else Decimal(value) for name, value in facts.items()
    }
    words = {one.key: one.message for one in found.rules}
    words.update({one.key: one.message for one in found.tables})
    return [words.get(key, key) for key in Semantics(found, asked).violations(given)]


def test_rows_may_refer_by_id() -> None:
    reading = read(BIKE)
    assert reading.lost() == ()
    assert [one.key for one in reading.models] == ["BIKE"]
    bike = reading.models[0]
    shape = [(one.name, [member.key for member in one.members]) for one in bike.root.groups]
    assert shape == [
        ("Build / Wheels", ["SPOKE"]),
        ("Build / Frame", ["FRAME-A", "FRAME-S"]),
        ("Extras", ["LIGHT-F", "LIGHT-R"]),
        ("Components", ["BELL"]),
    ]
    spoke = node(bike, "SPOKE")
    bounds = (spoke.required, spoke.minimum, spoke.maximum, spoke.default, spoke.item)
    assert bounds == (True, 28, 40, 36, "SPOKE")
    bell = node(bike, "BELL")
    assert (bell.required, bell.minimum, bell.maximum, bell.default) == (False, 2, 2, None)
    assert node(bike, "FRAME-S").default == 1
    light = node(bike, "LIGHT-R")
    assert (light.minimum, light.maximum, light.default) == (1, 4, None)


def test_a_group_of_groups_bounds_what_is_in_all_of_them() -> None:
    bike = read(BIKE).models[0]
    assert broken(bike, {"SPOKE": 28, "FRAME-A": 1}) == []
    assert "Build needs 2." in broken(bike, {"SPOKE": 28})
    assert broken(bike, {"SPOKE": 28, "FRAME-A": 1, "FRAME-S": 1}) != []


def test_a_product_twice_in_a_bundle_is_told_apart_by_its_group() -> None:
    rows = [*COMPONENTS, ["r6", "p1", "p4", "", "g4", *[""] * 7]]
    bike = read({**BIKE, "ProductRelatedComponent": rows}).models[0]
    keys = [one.key for one in bike.nodes() if one.item == "BELL"]
    assert keys == ["Extras:BELL", ":BELL"]


@pytest.mark.parametrize(
    ("column", "field"),
    [
        ("ParentProduct.ProductCode", "ProductCode"),
        ("ParentProduct.Name", "Name"),
        ("ParentProduct.$$Name$ProductCode", ""),
    ],
)
def test_rows_may_refer_by_any_field_that_is_unique(column: str, field: str) -> None:
    value = {"Name": "City bike", "ProductCode": "BIKE"}.get(field, "City bike;BIKE")
    rows = [[column, "ChildProductId"], [value, "p4"], [value, "p8"]]
    reading = read({**SHOP, "ProductRelatedComponent": rows})
    assert reading.lost() == ()
    assert [one.key for one in reading.models[0].nodes()] == ["BIKE", "BELL", "SPOKE"]


def test_what_is_not_unique_by_one_column_may_be_by_another() -> None:
    products = [*PRODUCTS, ["p9", "City bike", "BIKE-2", "true", "", ""]]
    rows = [["ParentProduct.Name", "ParentProductId", "ChildProductId"], ["City bike", "p1", "p4"]]
    reading = read({**SHOP, "Product2": products, "ProductRelatedComponent": rows})
    assert reading.lost() == ()
    assert [one.key for one in reading.models] == ["BIKE"]


DEFINITIONS = [
    ["Id", "DeveloperName", "Label", "DataType", "PicklistId", "DefaultValue", "IsActive"],
    ["a1", "color", "Colour", "Picklist", "l1", "", "true"],
    ["a2", "size", "Size", "Picklist", "l2", "L", "true"],
    ["a3", "teeth", "Teeth", "Picklist", "l3", "", "true"],
    ["a4", "weight", "Weight", "Number", "", "", "true"],
    ["a5", "gift", "Gift", "Checkbox", "", "true", "true"],
    ["a6", "ready", "Ready by", "Date", "", "2026-08-01", "true"],
    ["a7", "words", "Engraving", "Text", "", "hello", "true"],
    ["a8", "load", "Load", "Number", "", "120", "true"],
    ["a9", "gone", "Gone", "Text", "", "", "false"],
    ["a10", "plan", "Plan", "Timestamp", "", "", "true"],
    ["a11", "gear", "Gear", "Picklist", "", "", "true"],
    ["a12", "cents", "Deposit", "Currency", "", "", "true"],
]
ATTRIBUTES: Tables = {
    **BIKE,
    "AttributeDefinition": DEFINITIONS,
    "AttributePicklist": [
        ["Id", "Name", "DataType"],
        ["l1", "Colours", "Text"],
        ["l2", "Sizes", "Text"],
        ["l3", "Teeth", "Number"],
    ],
    "AttributePicklistValue": [
        ["PicklistId", "Name", "Value", "DisplayValue", "Sequence", "IsDefault", "Status"],
        ["l1", "Red", "red", "Red", "2", "false", "Active"],
        ["l1", "Blue", "blue", "Blue", "1", "true", "Active"],
        ["l1", "Pink", "pink", "Pink", "3", "false", "Inactive"],
        ["l2", "S", "S", "Small", "", "false", ""],
        ["l2", "L", "L", "Large", "", "false", ""],
        ["l3", "42", "42", "42", "", "false", ""],
        ["l3", "44", "44", "44", "", "false", ""],
        ["l3", "50", "50", "50", "", "true", ""],
    ],
    "ProductClassificationAttr": [
        ["ProductClassificationId", "AttributeDefinitionId", "Sequence", "IsHidden", "IsReadOnly",
         "MinimumValue", "MaximumValue", "StepValue", "Status"],
        ["c0", "a1", "2", "true", "", "", "", "", ""],
        ["c0", "a2", "1", "", "", "", "", "", "Active"],
        ["c1", "a3", "3", "", "", "", "", "", ""],
        ["c1", "a4", "4", "", "", "8", "20", "0.5", ""],
        ["c1", "a5", "5", "", "", "", "", "", ""],
        ["c1", "a6", "6", "", "", "", "", "", ""],
        ["c1", "a7", "7", "", "", "", "", "", ""],
        ["c1", "a8", "8", "", "true", "", "", "", ""],
        ["c1", "a9", "9", "", "", "", "", "", ""],
        ["c1", "a10", "", "", "", "", "", "", ""],
        ["c1", "a11", "", "", "", "", "", "", ""],
        ["c1", "a12", "10", "", "", "", "", "", ""],
        ["c1", "a99", "", "", "", "", "", "", ""],
    ],
    "ProductAttributeDefinition": [
        ["Product2Id", "AttributeDefinitionId", "IsHidden", "DefaultValue",
         "AttributeNameOverride"],
        ["p1", "a1", "false", "red", "Paint"],
    ],
}  # fmt: skip


def test_attributes_come_from_classes_and_the_product_overrides() -> None:
    reading = read(ATTRIBUTES)
    bike = reading.models[0]
    found = {one.code: one for one in bike.root.attributes}
    assert list(found) == [
        "size", "color", "teeth", "weight", "gift", "ready", "words", "load", "cents",
    ]  # fmt: skip
    color = found["color"]
    assert (color.name, color.default, color.visible_when) == ("Paint", "red", None)
    assert [(one.code, one.name) for one in color.options] == [("blue", "Blue"), ("red", "Red")]
    size = found["size"]
    assert (size.type, size.default) == (AttributeType.ENUMERATION, "L")
    teeth = found["teeth"]
    assert (teeth.minimum, teeth.maximum, teeth.step, teeth.default) == decimals(42, 50, 2, 50)
    assert broken(bike, {"SPOKE": 28, "FRAME-A": 1, "BIKE.teeth": 46}) == [
        "Teeth may be 42, 44, 50."
    ]
    weight = found["weight"]
    assert weight.type is AttributeType.DECIMAL
    assert (weight.minimum, weight.maximum, weight.step) == decimals(8, 20, "0.5")
    assert (found["gift"].type, found["gift"].default) == (AttributeType.BOOLEAN, True)
    assert (found["ready"].type, found["ready"].default) == (AttributeType.INTEGER, 20_666)
    assert (found["words"].type, found["words"].default) == (AttributeType.TEXT, "hello")
    assert found["load"].expression == Constant(Decimal(120))
    assert found["cents"].minimum == -499_999
    lost = {place for _, place in said(reading, Effect.LOST)}
    assert lost == {
        "AttributeDefinition.csv:11",
        "AttributeDefinition.csv:12",
        "ProductClassificationAttr.csv:14",
    }


def test_hidden_attributes_are_not_shown() -> None:
    rows = [ATTRIBUTES["ProductAttributeDefinition"][0], ["p1", "a2", "true", "", ""]]
    bike = read({**ATTRIBUTES, "ProductAttributeDefinition": rows}).models[0]
    hidden = [one.code for one in bike.root.attributes if one.visible_when == Constant(False)]
    assert hidden == ["size", "color"]


def test_a_number_with_too_many_values_is_narrowed_with_a_finding() -> None:
    rows = [
        ["Product2Id", "AttributeDefinitionId", "MinimumValue", "MaximumValue", "StepValue"],
        ["p4", "a4", "0", "100000000000", ""],
        ["p4", "a12", "", "5", "0.01"],
        ["p4", "a8", "9", "3", "-1"],
    ]
    reading = read({**ATTRIBUTES, "ProductAttributeDefinition": rows})
    found = {one.code: one for one in model(reading, "BELL").root.attributes}
    assert (found["weight"].minimum, found["weight"].maximum) == decimals(0, 999_999)
    assert (found["cents"].minimum, found["cents"].maximum) == decimals("-9994.99", 5)
    assert ("MinimumValue", "ProductAttributeDefinition.csv:4") in said(reading, Effect.LOST)
    changed = [one for one in said(reading, Effect.CHANGED) if one[0] == "MaximumValue"]
    assert ("MaximumValue", "ProductAttributeDefinition.csv:2") in changed
    assert ("MaximumValue", "ProductAttributeDefinition.csv:3") in changed


QUALIFIED: Tables = {
    **BIKE,
    "ProductCategory": [
        ["Id", "Name", "ParentCategoryId"],
        ["k1", "All", ""],
        ["k2", "Lights", "k1"],
        ["k3", "Sale", ""],
        ["k4", "Always", ""],
    ],
    "ProductCategoryProduct": [
        ["ProductId", "ProductCategoryId"],
        ["p5", "k2"],
        ["p4", "k2"],
        ["p4", "k3"],
        ["p6", "k2"],
        ["p6", "k4"],
    ],
    "ProductQualification": [
        ["ProductId", "IsQualified", "EffectiveFromDate", "Region__c"],
        ["p3", "true", "", "EU"],
        ["p3", "true", "2026-07-01T00:00:00Z", ""],
    ],
    "ProductDisqualification": [
        ["ProductId", "ParentProductId", "IsDisqualified", "Reason", "Price__c"],
        ["p8", "p1", "true", "No spokes for the rich.", "high"],
        ["p8", "p4", "true", "Never said of this bundle.", ""],
    ],
    "ProductCategoryDisqual": [
        ["CategoryId", "IsDisqualified", "Reason", "EffectiveToDate"],
        ["k1", "true", "Closed until July.", "2026-06-30"],
        ["k3", "true", "No sale before March.", "2026-02-28"],
    ],
}
SUMMER, WINTER, MAY = 20_650, 20_460, 20_580


def test_qualifications_are_rules_over_what_the_request_knows() -> None:
    reading = read(QUALIFIED)
    assert reading.lost() == ()
    bike = reading.models[0]
    facts = {one.name: (one.type, one.values) for one in bike.facts}
    assert facts == {
        "date": (FactType.DATE, ()),
        "region": (FactType.TEXT, ("(other)", "EU")),
        "price_": (FactType.TEXT, ("(other)", "high")),
    }

    def refused(values: dict[str, Value | int], **facts: Value | int) -> list[str]:
        known: dict[str, Value | int] = {"date": SUMMER, "region": "(other)", "price_": "(other)"}
        return broken(bike, {"SPOKE": 28, **values}, **{**known, **facts})

    alu: dict[str, Value | int] = {"FRAME-A": 1}
    words = ["Alu frame is offered only where a qualification says so."]
    assert refused(alu) == []
    assert refused(alu, date=WINTER) == words
    assert refused(alu, date=WINTER, region="EU") == []
    assert refused({"FRAME-S": 1}, date=WINTER) == []
    assert refused(alu, price_="high") == ["No spokes for the rich."]
    light: dict[str, Value | int] = {**alu, "LIGHT-F": 1}
    assert refused(light) == []
    assert refused(light, date=MAY, region="EU") == ["Closed until July."]
    # The bell is in two categories; it is offered while one of them is open.
    bell: dict[str, Value | int] = {**alu, "BELL": 2}
    assert refused(bell, date=MAY, region="EU") == []
    assert refused(bell, date=WINTER, region="EU") == ["Closed until July."]
    # The rear light is in one that is always open.
    assert refused({**alu, "LIGHT-R": 1}, date=WINTER, region="EU") == []


def test_ways_to_sell_are_a_choice_that_components_may_ask() -> None:
    reading = read(
        {
            **SHOP,
            "ProductSellingModel": [
                ["Id", "Name", "SellingModelType", "Status"],
                ["s1", "Once", "OneTime", "Active"],
                ["s2", "Lease", "TermDefined", "Active"],
                ["s3", "Old", "TermDefined", "Inactive"],
            ],
            "ProductSellingModelOption": [
                ["Product2Id", "ProductSellingModelId", "IsDefault"],
                ["p1", "s1", "false"],
                ["p1", "s2", "true"],
                ["p1", "s3", "false"],
                ["p4", "s1", "true"],
            ],
            "ProductRelatedComponent": [
                ["ParentProductId", "ChildProductId", "ParentSellingModelId",
                 "ChildSellingModelId"],
                ["p1", "p4", "s1", "s1"],
                ["p1", "p8", "", "s2"],
            ],
        }
    )  # fmt: skip
    bike = reading.models[0]
    (selling,) = bike.root.attributes
    assert ([one.code for one in selling.options], selling.default) == (["Lease", "Once"], "Lease")
    assert broken(bike, {"BELL": 1, "BIKE.Selling model": "Once"}) == []
    assert broken(bike, {"BELL": 1, "BIKE.Selling model": "Lease"}) == [
        "BELL is only sold with the selling model Once."
    ]
    assert said(reading, Effect.LOST) == [
        ("ChildSellingModel", "ProductRelatedComponent.csv:3"),
    ]


def test_what_is_no_part_of_a_bundle_is_noted() -> None:
    reading = read(
        {
            **SHOP,
            "ProductRelationshipType": [
                ["Id", "Name", "AssociatedProductRoleCat"],
                ["t1", "Part", "BundleComponent"],
                ["t2", "Add-on", "AddOn"],
            ],
            "ProductRelatedComponent": [
                ["ParentProductId", "ChildProductId", "ProductRelationshipTypeId"],
                ["p1", "p4", "t1"],
                ["p1", "p8", "t2"],
            ],
        }
    )
    assert [one.key for one in reading.models[0].nodes()] == ["BIKE", "BELL"]
    noted = said(reading, Effect.NOTED)
    assert ("ChildProductRole", "ProductRelatedComponent.csv:3") in noted


def test_a_catalogue_of_almost_nothing_is_read() -> None:
    """Files and columns may be missing or empty: a bundle is a parent and its children."""
    rows = [["ParentProduct.Name", "ChildProduct.Name"], ["Kit", "Nut"], ["Kit", "Bolt"]]
    names = [["Name"], ["Kit"], ["Nut"], ["Bolt"]]
    reading = read(
        {"Product2": names, "ProductRelatedComponent": rows},
        **{"shop/ProductCategory.csv": b"", "shop/ProductComponentGroup.csv": b"Code,Name\n"},
    )
    assert reading.lost() == ()
    kit = reading.models[0]
    assert [(one.key, one.item, one.maximum) for one in kit.nodes()] == [
        ("Kit", "Kit", 1),
        ("Nut", "Nut", 9999),
        ("Bolt", "Bolt", 9999),
    ]
    assert ("ProductCategory", "ProductCategory.csv:1") in said(reading, Effect.NOTED)
