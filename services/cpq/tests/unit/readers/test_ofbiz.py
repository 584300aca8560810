"""OFBiz's configurable products: the demonstration data, each field, and hostile files."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from xml.sax.saxutils import quoteattr

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cpq.configuration.evaluation import Semantics, enumerate_valid
from cpq.configuration.expressions import AttributeOf, Quantity, Value
from cpq.configuration.model import Model, Node
from cpq.readers import (
    Effect,
    FileCannotBeRead,
    FileIsTooLarge,
    NothingToConfigure,
    Reading,
    ofbiz,
)
from cpq.solving import Engine
from servicekit.errors import Refusal

from .reading import documented

TODAY = date(2026, 1, 1)
Row = tuple[str, Mapping[str, str]]


def xml(rows: Iterable[Row]) -> bytes:
    """A row stands in a line of its own, the first in line 2."""
    lines = [
        f"<{name} {' '.join(f'{key}={quoteattr(value)}' for key, value in fields.items())}/>"
        for name, fields in rows
    ]
    return "\n".join(["<entity-engine-xml>", *lines, "</entity-engine-xml>"]).encode()


def read(content: bytes, *, items: bool = False, currency: str | None = None) -> Reading:
    reading = ofbiz.read(content, name="shop.xml", as_of=TODAY, items=items, currency=currency)
    documented(reading.models)
    return reading


def node(model: Model, key: str) -> Node:
    return next(one for one in model.nodes() if one.key == key)


def said(reading: Reading, effect: Effect) -> list[tuple[str, str]]:
    return [
        (one.construct, one.place.removeprefix("shop.xml:"))
        for one in reading.findings
        if one.effect is effect
    ]


def price(model: Model, *chosen: str) -> Decimal:
    """The price of a configuration with these options and variants, and what belongs to them."""
    total, waiting = model.root.price or Decimal(0), [(model.root, Decimal(1))]
    while waiting:
        parent, units = waiting.pop()
        for group in parent.groups:
            for one in group.members:
                if one.required or one.key in chosen:
                    count = units * (one.default or 1)
                    total += (one.price or 0) * count
                    waiting.append((one, count))
    return total


def broken(model: Model, *chosen: str, **facts: int) -> list[str]:
    """What a configuration with these options breaks, with the parts that belong to it."""
    values: dict[Quantity | AttributeOf, Value] = {Quantity(model.root.key): Decimal(1)}
    waiting = [model.root]
    while waiting:
        for group in waiting.pop().groups:
            for one in group.members:
                if one.required or one.key in chosen:
                    values[Quantity(one.key)] = Decimal(one.default or 1)
                    waiting.append(one)
    asked: dict[str, Value] = {name: Decimal(value) for name, value in facts.items()}
    words = {one.key: one.message for one in model.rules}
    return [words.get(key, key) for key in Semantics(model, asked).violations(values)]


# ---- the demonstration data


@pytest.fixture(scope="module")
def demo(data_set: Callable[[str], Path]) -> bytes:
    return (data_set("ofbiz-demo") / "DemoConfigurator.xml").read_bytes()


@pytest.fixture(scope="module")
def demo_models(demo: bytes) -> dict[str, Model]:
    return {one.key: one for one in read(demo).models}


@pytest.mark.data
def test_the_demonstration_is_three_products(demo: bytes) -> None:
    reading = read(demo)
    assert reading.lost() == ()
    assert [(one.key, one.name, one.currency) for one in reading.models] == [
        ("PC001", "Configurable PC", "USD"),
        ("ENCHILADAS", "Enchiladas", "USD"),
        ("PIZZA", "Gold Pizza", "USD"),
    ]
    assert said(reading, Effect.CHANGED) == [
        ("ProductPrice", "35"),
        ("ProductConfigProduct", "112"),
    ]
    noted = {name for name, _ in said(reading, Effect.NOTED)}
    assert {"WorkEffort", "ProductFeature", "Content", "ProductAssoc"} <= noted


@pytest.mark.data
def test_a_computer_costs_what_its_components_do(demo_models: dict[str, Model]) -> None:
    computer = demo_models["PC001"]
    assert [(one.name, one.minimum, one.maximum) for one in computer.root.groups] == [
        ("Standard Items", 0, None),
        ("Select the memory configuration:", 1, 1),
        ("1st Hard Disk drive", 1, 1),
        ("2nd Hard Disk drive", 0, 1),
        ("Select the PCI cards:", 0, None),
    ]
    proposed = [one.key for one in computer.nodes() if one.default == 1 and one.abstract]
    assert proposed == ["IT0003/OP006", "IT0000/OP001", "IT0001-20/OP003"]
    assert price(computer, *proposed) == 50 + 2 * 115 + 420
    assert broken(computer, *proposed) == []
    everything = [*proposed, "IT0001-30/OP002", "IT0002/OP004", "IT0002/OP005"]
    assert price(computer, *everything) == 50 + 2 * 115 + 420 + 220 + 18 + 15
    assert broken(computer, *everything) == []
    assert broken(computer, "IT0000/OP000") == ["PC001:IT0001-20"]
    assert broken(computer, "IT0000/OP000", "IT0000/OP001", "IT0001-20/OP002") == ["PC001:IT0000"]
    # Two memories, two first disks, two or no second ones, four sets of cards.
    assert len(list(enumerate_valid(computer))) == 2 * 2 * 3 * 4


@pytest.mark.data
def test_a_pizza_has_the_variants_of_its_toppings(demo_models: dict[str, Model]) -> None:
    pizza = demo_models["PIZZA"]
    sauce = "PZ0001/PZOP002"
    large = "PZ0000/PZOP001"
    assert price(pizza, large) == 5 + 2 * 3
    assert price(pizza, large, sauce, f"{sauce}/SAUCE/SAUCE-CP") == 5 + 2 * 3 + Decimal("2.5")
    assert broken(pizza, large, sauce, f"{sauce}/SAUCE/SAUCE-CP") == []
    assert broken(pizza, large, sauce) == [f"{sauce}/SAUCE:variants"]
    # Two sizes, no or one of four sauces, no or one of three peppers.
    assert len(list(enumerate_valid(pizza))) == 2 * 5 * 4


@pytest.mark.data
def test_a_product_that_is_its_own_component_is_a_part_at_its_own_price(
    demo_models: dict[str, Model],
) -> None:
    dish = demo_models["ENCHILADAS"]
    assert price(dish, "TEXMEX0000/OP010") == 6 + 6
    assert price(dish, "TEXMEX0000/OP011", "TEXMEX0001/OP012") == 6 + 2 + Decimal("0.75")


@pytest.mark.data
def test_an_engine_sums_the_prices_of_what_it_proposes(demo_models: dict[str, Model]) -> None:
    totals = {
        key: Engine(model).state([], {}, reasons=False).totals.price
        for key, model in demo_models.items()
    }
    assert totals == {"PC001": 50 + 2 * 115 + 420, "ENCHILADAS": 12, "PIZZA": 8}


@pytest.mark.data
def test_products_may_be_items_of_the_erp(demo: bytes) -> None:
    computer = read(demo, items=True).models[0]
    assert computer.currency is None
    assert computer.root.item == "PC001"
    memory = node(computer, "IT0000/OP001/RAM1GB_BRAND")
    assert (memory.item, memory.price, memory.maximum) == ("RAM1GB_BRAND", None, 2)
    assert all(one.price is None for one in computer.nodes())


@pytest.mark.data
def test_a_file_without_configurable_products_is_refused(
    data_set: Callable[[str], Path],
) -> None:
    path = data_set("ofbiz-demo") / "DemoPurchasing.xml"
    with pytest.raises(NothingToConfigure, match="no product with configuration items"):
        ofbiz.read(path.read_bytes(), name=path.name, as_of=TODAY)


# ---- every field

SHOP: list[Row] = [
    ("Product", {"productId": "LAMP", "productTypeId": "AGGREGATED", "productName": "Lamp"}),
    ("Product", {"productId": "BULB", "productName": "Bulb"}),
    ("Product", {"productId": "SHADE", "productName": "Shade"}),
    ("ProductPrice", {"productId": "LAMP", "productPricePurposeId": "PURCHASE",
                      "productPriceTypeId": "DEFAULT_PRICE", "currencyUomId": "EUR", "price": "9"}),
    ("ProductPrice", {"productId": "BULB", "productPricePurposeId": "COMPONENT_PRICE",
                      "productPriceTypeId": "DEFAULT_PRICE", "currencyUomId": "EUR", "price": "2"}),
    ("ProductPrice", {"productId": "SHADE", "productPricePurposeId": "PURCHASE",
                      "productPriceTypeId": "DEFAULT_PRICE", "currencyUomId": "EUR", "price": "5"}),
    ("ProductConfigItem", {"configItemId": "I", "configItemTypeId": "SINGLE"}),
    ("ProductConfigOption", {"configItemId": "I", "configOptionId": "A", "sequenceNum": "2"}),
    ("ProductConfigOption", {"configItemId": "I", "configOptionId": "B", "sequenceNum": "1"}),
    ("ProductConfigProduct", {"configItemId": "I", "configOptionId": "A", "productId": "BULB"}),
    ("ProductConfigProduct", {"configItemId": "I", "configOptionId": "B", "productId": "SHADE"}),
    ("ProductConfig", {"productId": "LAMP", "configItemId": "I", "sequenceNum": "1",
                       "isMandatory": "Y", "fromDate": "2020-01-01 00:00:00"}),
]  # fmt: skip
LINES = {name: 2 + next(n for n, row in enumerate(SHOP) if row[0] == name) for name, _ in SHOP}


def changed(name: str, fields: Mapping[str, str], number: int = 0) -> bytes:
    """The shop with other fields in one row of an entity."""
    found = [n for n, row in enumerate(SHOP) if row[0] == name][number]
    rows = [*SHOP]
    rows[found] = (name, {**SHOP[found][1], **fields})
    return xml(rows)


def added(name: str, **fields: str) -> tuple[bytes, str]:
    """The shop with one more row, and its line."""
    return xml([*SHOP, (name, fields)]), str(len(SHOP) + 2)


def test_options_are_sorted_and_the_first_of_what_is_mandatory_is_proposed() -> None:
    reading = read(xml(SHOP))
    assert reading.findings == ()
    (lamp,) = reading.models
    (group,) = lamp.root.groups
    assert [(one.key, one.default) for one in group.members] == [("I/B", 1), ("I/A", None)]
    assert (group.minimum, group.maximum) == (1, 1)
    assert price(lamp, "I/B") == 14
    assert price(lamp, "I/A") == 11


def test_several_standard_and_optional_items() -> None:
    (lamp,) = read(changed("ProductConfigItem", {"configItemTypeId": "MULTIPLE"})).models
    assert (lamp.root.groups[0].minimum, lamp.root.groups[0].maximum) == (1, None)
    (lamp,) = read(changed("ProductConfig", {"isMandatory": "N"})).models
    assert (lamp.root.groups[0].minimum, lamp.root.groups[0].maximum) == (0, 1)
    assert [one.default for one in lamp.root.groups[0].members] == [None, None]
    (lamp,) = read(
        changed("ProductConfig", {"defaultConfigOptionId": "A", "isMandatory": "N"})
    ).models
    assert [one.default for one in lamp.root.groups[0].members] == [None, 1]
    (lamp,) = read(changed("ProductConfig", {"configTypeId": "STANDARD"})).models
    assert [one.required for one in lamp.root.groups[0].members] == [True, True]
    assert price(lamp) == 16


def test_quantities_multiply_prices() -> None:
    (lamp,) = read(changed("ProductConfigProduct", {"quantity": "3.000000"})).models
    assert node(lamp, "I/A/BULB").minimum == 3
    assert price(lamp, "I/A") == 9 + 3 * 2
    reading = read(changed("ProductConfigProduct", {"quantity": "0.5"}))
    assert node(reading.models[0], "I/A/BULB").price == 1
    assert said(reading, Effect.CHANGED) == [("quantity", str(LINES["ProductConfigProduct"]))]
    (lamp,) = read(changed("ProductConfigProduct", {"quantity": "0"})).models
    assert price(lamp, "I/A") == 9 + 2


SPRING, SUMMER, WINTER = 20_540, 20_650, 20_800


def test_what_is_over_is_left_out_and_what_is_to_come_asks_the_day() -> None:
    ended = changed("ProductConfig", {"thruDate": "2025-12-31 10:00:00.0"})
    with pytest.raises(NothingToConfigure):
        read(ended)
    window = {"fromDate": "2026-05-01 00:00:00", "thruDate": "2026-09-01 00:00:00.000"}
    (lamp,) = read(changed("ProductConfig", window)).models
    assert [one.name for one in lamp.facts] == ["date"]
    assert broken(lamp, "I/A", date=SUMMER) == []
    assert broken(lamp, "I/A", date=WINTER) == ["I is not offered then."]
    assert broken(lamp, date=SUMMER) == ["I must be chosen."]
    assert broken(lamp, date=SPRING) == []
    assert broken(lamp, "I/A", date=20_696) == []
    assert broken(lamp, "I/A", date=20_697) == ["I is not offered then."]
    (lamp,) = read(changed("ProductConfig", {"configTypeId": "STANDARD", **window})).models
    assert broken(lamp, "I/A", date=SUMMER) == ["I belongs to it."]
    assert broken(lamp, "I/A", "I/B", date=SUMMER) == []
    assert broken(lamp, date=WINTER) == []


def test_a_product_is_a_part_while_it_is_sold() -> None:
    (lamp,) = read(
        changed("Product", {"salesDiscontinuationDate": "2026-06-01 00:00:00"}, 1)
    ).models
    assert broken(lamp, "I/A", date=SPRING) == []
    assert broken(lamp, "I/A", date=SUMMER) == ["Bulb is not offered then."]
    (lamp,) = read(
        changed("Product", {"salesDiscontinuationDate": "9999-12-31 00:00:00"}, 1)
    ).models
    assert broken(lamp, "I/A", date=SUMMER) == []


def test_a_field_may_be_an_element_and_rows_may_be_wrapped() -> None:
    content = xml(SHOP).replace(
        b'<Product productId="BULB" productName="Bulb"/>',
        b"<create-update><Product productId='BULB'><productName><![CDATA[Hot\nbulb]]></productName>"
        b"</Product></create-update><delete><Product productId='X'/></delete>",
    )
    reading = read(content)
    assert node(reading.models[0], "I/A/BULB").name == "Hot bulb"
    assert said(reading, Effect.LOST) == [("delete", "4")]


def test_a_row_that_stands_twice_has_the_later_fields() -> None:
    content, line = added("Product", productId="BULB", internalName="B", productName="New bulb")
    reading = read(content)
    assert node(reading.models[0], "I/A/BULB").name == "New bulb"
    assert said(reading, Effect.NOTED) == [("Product", line)]


@pytest.mark.parametrize(
    ("name", "fields", "construct", "effect"),
    [
        ("Wheel", {"id": "1"}, "Wheel", Effect.LOST),
        ("WorkEffort", {"id": "1"}, "WorkEffort", Effect.NOTED),
        ("ProductConfigOptionIactn", {"configItemId": "I"}, "ProductConfigOptionIactn",
         Effect.LOST),
        ("Product", {"productName": "Nameless"}, "Product", Effect.LOST),
        ("Product", {"productId": "KIT", "productTypeId": "AGGREGATED"}, "Product", Effect.NOTED),
        ("ProductConfig", {"productId": "NONE", "configItemId": "I"}, "ProductConfig", Effect.LOST),
        ("ProductConfig", {"productId": "LAMP", "configItemId": "X"}, "ProductConfig", Effect.LOST),
        ("ProductConfigOption", {"configItemId": "X", "configOptionId": "A"}, "ProductConfigOption",
         Effect.LOST),
        ("ProductConfigOption", {"configItemId": "I", "configOptionId": "C"}, "ProductConfigOption",
         Effect.CHANGED),
        ("ProductConfigProduct", {"configItemId": "I", "configOptionId": "X", "productId": "BULB"},
         "ProductConfigProduct", Effect.LOST),
        ("ProductConfigProduct", {"configItemId": "I", "configOptionId": "A", "productId": "X"},
         "ProductConfigProduct", Effect.LOST),
        ("ProductConfigProduct", {"configItemId": "I", "configOptionId": "A", "productId": "LAMP"},
         "ProductConfigProduct", Effect.CHANGED),
        ("ProductPrice", {"productId": "BULB", "productPriceTypeId": "PROMO_PRICE"}, "ProductPrice",
         Effect.NOTED),
        ("ProductPrice", {"productId": "BULB", "productStoreGroupId": "S1"}, "ProductPrice",
         Effect.LOST),
        ("ProductPrice", {"productId": "BULB", "customPriceCalcService": "f"},
         "customPriceCalcService", Effect.LOST),
        ("ProductPrice", {"productId": "BULB", "productPricePurposeId": "RECURRING_CHARGE"},
         "ProductPrice", Effect.NOTED),
        ("ProductPrice", {"productId": "BULB", "fromDate": "2030-01-01 00:00:00"}, "ProductPrice",
         Effect.CHANGED),
        ("ProductPrice", {"productId": "BULB", "thruDate": "2020-01-01 00:00:00"}, "thruDate",
         Effect.NOTED),
        ("ProductPrice", {"productId": "BULB", "currencyUomId": "USD"}, "currencyUomId",
         Effect.CHANGED),
        ("ProductPrice", {"productId": "BULB", "currencyUomId": "GEM"}, "currencyUomId",
         Effect.LOST),
        ("ProductAssoc", {"productId": "BULB", "productIdTo": "SHADE",
                          "productAssocTypeId": "PRODUCT_UPGRADE"}, "ProductAssoc", Effect.NOTED),
    ],
)  # fmt: skip
def test_one_more_row_is_found_by_its_line(
    name: str, fields: dict[str, str], construct: str, effect: Effect
) -> None:
    content, line = added(name, **fields)
    reading = read(content)
    assert said(reading, effect) == [(construct, line)]


@pytest.mark.parametrize(
    ("name", "fields", "construct", "effect"),
    [
        ("ProductConfigItem", {"configItemTypeId": "MANY"}, "configItemTypeId", Effect.LOST),
        ("ProductConfig", {"configTypeId": "WISH"}, "configTypeId", Effect.LOST),
        ("ProductConfig", {"defaultConfigOptionId": "Z"}, "defaultConfigOptionId", Effect.CHANGED),
        ("ProductConfig", {"thruDate": "soon"}, "thruDate", Effect.LOST),
        ("ProductConfigProduct", {"quantity": "many"}, "quantity", Effect.LOST),
        ("ProductConfigProduct", {"quantity": "-1"}, "quantity", Effect.LOST),
        ("ProductConfigProduct", {"quantity": "1e400"}, "quantity", Effect.LOST),
        ("ProductPrice", {"price": "cheap"}, "price", Effect.LOST),
        ("ProductPrice", {"price": "NaN"}, "price", Effect.LOST),
        ("ProductPrice", {"taxInPrice": "Y"}, "taxInPrice", Effect.CHANGED),
        ("Product", {"productTypeId": "FINISHED_GOOD"}, "productTypeId", Effect.CHANGED),
    ],
)  # fmt: skip
def test_a_field_that_is_not_understood_is_found_by_its_line(
    name: str, fields: dict[str, str], construct: str, effect: Effect
) -> None:
    reading = read(changed(name, fields))
    assert said(reading, effect) == [(construct, str(LINES[name]))]


def test_virtual_products_without_variants_are_parts() -> None:
    reading = read(changed("Product", {"isVirtual": "Y"}, 1))
    assert said(reading, Effect.CHANGED) == [("isVirtual", "3")]
    assert price(reading.models[0], "I/A") == 11


def test_another_currency_may_be_chosen() -> None:
    content, _ = added(
        "ProductPrice", productId="LAMP", productPricePurposeId="PURCHASE",
        productPriceTypeId="DEFAULT_PRICE", currencyUomId="USD", price="11",
    )  # fmt: skip
    reading = read(content, currency="USD")
    assert reading.models[0].currency == "USD"
    assert reading.models[0].root.price == 11
    assert [name for name, _ in said(reading, Effect.CHANGED)].count("currencyUomId") == 3


# ---- what is no such file


@pytest.mark.parametrize(
    ("content", "refusal", "words"),
    [
        (b"", FileCannotBeRead, "shop.xml:1"),
        (b"hello", FileCannotBeRead, "shop.xml:1"),
        (b"<entity-engine-xml>\n<Product", FileCannotBeRead, "shop.xml:2"),
        (b"<products/>", FileCannotBeRead, "'products' is no entity-engine-xml"),
        (b"<entity-engine-xml/>", NothingToConfigure, "shop.xml"),
        (b"\xff\xfe\x00", FileCannotBeRead, "shop.xml"),
        (b'<!DOCTYPE a [<!ENTITY b "c">]><entity-engine-xml>&b;</entity-engine-xml>',
         FileCannotBeRead, "entities"),
        (b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><entity-engine-xml/>',
         FileCannotBeRead, "entities"),
        (b"<entity-engine-xml>" + b"<a>" * 2_000, FileIsTooLarge, "inside each other"),
        (b"<entity-engine-xml>" + b"<a/>" * 200_001 + b"</entity-engine-xml>", FileIsTooLarge,
         "more than 200000 entities"),
        (b"x" * 20_000_001, FileIsTooLarge, "bytes"),
    ],
)  # fmt: skip
def test_what_is_no_such_file_is_refused_by_name(
    content: bytes, refusal: type[Refusal], words: str
) -> None:
    with pytest.raises(refusal) as refused:
        read(content)
    assert words in refused.value.detail


def test_products_that_multiply_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    config = ("ProductConfig", {"productId": "LAMP", "configItemId": "I"})
    rows = [*SHOP, *((config[0], {**config[1], "sequenceNum": str(n)}) for n in range(2_000))]
    monkeypatch.setattr("cpq.readers.ofbiz.parts.MOST_NODES", 2_000)
    with pytest.raises(FileIsTooLarge, match="LAMP has more than 2000 parts"):
        read(xml(rows))
    monkeypatch.setattr("cpq.readers.ofbiz.parts.MOST_NODES", 20_000)
    monkeypatch.setattr("cpq.readers.ofbiz.parts.MOST_NODES_IN_ALL", 2_000)
    with pytest.raises(FileIsTooLarge, match="All products have more than 2000 parts"):
        read(xml(rows))


STRANGE = st.sampled_from(
    ["", " ", "LAMP", "BULB", "I", "A", "I/A", "node", "item", "Y", "N", "-1", "0", "1e9", "NaN",
     "0.333333", "2026-05-01 00:00:00", "0001-01-01 00:00:00", "9999-12-31 23:59:59", "STANDARD",
     "MULTIPLE", "AGGREGATED", "EUR", "x" * 300, "\u00fc<&\n"]
)  # fmt: skip
USUAL = {"thruDate", "isVirtual", "quantity", "configTypeId", "salesDiscontinuationDate"}
FIELDS = sorted(USUAL.union(*(fields for _, fields in SHOP)))


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_a_file_with_strange_fields_makes_sense_or_is_refused(data: st.DataObject) -> None:
    rows = [(name, dict(fields)) for name, fields in SHOP]
    rows.append(("ProductAssoc", {"productId": "BULB", "productIdTo": "SHADE",
                                  "productAssocTypeId": "PRODUCT_VARIANT"}))  # fmt: skip
    for _ in range(data.draw(st.integers(1, 8))):
        _, fields = rows[data.draw(st.integers(0, len(rows) - 1))]
        fields[data.draw(st.sampled_from(FIELDS))] = data.draw(STRANGE)
    try:
        reading = read(xml(rows), items=data.draw(st.booleans()))
    except Refusal:
        return
    assert all(one.place.startswith("shop.xml:") for one in reading.findings)


@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_any_bytes_are_read_or_refused(data: st.DataObject) -> None:
    content = xml(SHOP)
    at = data.draw(st.integers(0, len(content)))
    gone = data.draw(st.integers(0, 30))
    try:
        read(content[:at] + data.draw(st.binary(max_size=20)) + content[at + gone :])
    except Refusal:
        return
