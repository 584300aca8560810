"""A whole taken apart: a node counts as often as it and those above it do."""

from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from cpq.configuration.expressions import AttributeOf, Quantity, Selected, Value
from cpq.configuration.model import (
    Attribute,
    AttributeType,
    Group,
    Model,
    Node,
    Option,
    Target,
)
from cpq.configurator.rules import (
    Ware,
    composition_of,
    fingerprint,
    has_amounts,
    items_of,
    supply_of,
)

DAY = date(2026, 1, 5)


def machine() -> Model:
    """Up to three groups, each with up to two spouts and a colour."""
    colour = Attribute(
        "colour",
        "Colour",
        AttributeType.ENUMERATION,
        options=(
            Option("steel", "Steel", item="STEEL", cost=Decimal("1.5")),
            Option("red", "Red", item="RED", price=Decimal(5)),
        ),
    )
    spout = Node("spout", "Spout", item="SPOUT", maximum=2, price=Decimal("0.5"))
    brew = Node(
        "brew",
        "Group",
        item="BREW",
        maximum=3,
        attributes=(colour,),
        groups=(Group("spouts", "Spouts", (spout,)),),
    )
    root = Node("machine", "Machine", item="MACHINE", groups=(Group("brews", "Groups", (brew,)),))
    return Model("machine", "Machine", root)


@given(st.integers(0, 3), st.integers(0, 2), st.sampled_from(["steel", "red"]))
def test_quantities_multiply_down_the_tree(brews: int, spouts: int, colour: str) -> None:
    values: dict[Target, Value] = {
        Selected("machine"): True,
        Quantity("brew"): Decimal(brews),
        Quantity("spout"): Decimal(spouts),
        AttributeOf("brew", "colour"): colour,
    }
    found = composition_of(machine(), values)
    expected = {
        "MACHINE": 1,
        "BREW": brews,
        colour.upper(): brews,
        "SPOUT": brews * spouts,
    }
    assert found.parts == {sku: units for sku, units in expected.items() if units}
    dear = Decimal(5) * brews if colour == "red" else Decimal(0)
    assert found.own_price == dear + Decimal("0.5") * brews * spouts
    assert found.own_cost == (Decimal("1.5") * brews if colour == "steel" else 0)


def test_what_is_only_selected_counts_once() -> None:
    values: dict[Target, Value] = {Selected("brew"): True, AttributeOf("brew", "colour"): "red"}
    assert composition_of(machine(), values).parts == {"MACHINE": 1, "BREW": 1, "RED": 1}


def test_the_items_of_a_model_each_once_in_its_order() -> None:
    assert items_of(machine()) == ("MACHINE", "BREW", "STEEL", "RED", "SPOUT")
    assert has_amounts(machine())
    assert not has_amounts(Model("m", "M", Node("m", "M", item="M")))


def test_why_an_item_cannot_be_sold() -> None:
    price, cost = Decimal(10), Decimal(4)
    wares = [
        Ware("GOOD", price=price, cost=cost, has_cost=True, delivery_days=3),
        Ware("FOREIGN", price=price, has_cost=True),
        Ware("UNKNOWN", known=False),
        Ware("GONE", for_sale=False, price=price, cost=cost, has_cost=True),
        Ware("PRICELESS", cost=cost, has_cost=True),
        Ware("COSTLESS", price=price),
    ]
    supply = supply_of(wares, "EUR", DAY)
    assert {one.item: one.reason for one in supply.unavailable} == {
        "UNKNOWN": "Item UNKNOWN is not known",
        "GONE": "Item GONE is discontinued or not for sale",
        "PRICELESS": "Item PRICELESS has no list price in EUR on 2026-01-05",
        "COSTLESS": "Item COSTLESS has no standard cost on 2026-01-05",
    }
    assert supply.amounts["GOOD"].delivery_days == 3
    assert supply.amounts["FOREIGN"].cost is None


WARES = st.builds(
    Ware,
    sku=st.sampled_from(["A", "B", "C"]),
    known=st.booleans(),
    price=st.none() | st.decimals(0, 9, places=1),
    cost=st.none() | st.decimals(0, 9, places=1),
    has_cost=st.booleans(),
    delivery_days=st.none() | st.integers(0, 2),
)


@given(st.lists(WARES, max_size=3, unique_by=lambda ware: ware.sku))
def test_a_fingerprint_tells_supplies_apart(wares: list[Ware]) -> None:
    supply = supply_of(wares, "EUR", DAY)
    assert fingerprint(supply_of(list(reversed(wares)), "EUR", DAY)) == fingerprint(supply)
    assert (fingerprint(supply) == "") == (not wares)
    for at, ware in enumerate(wares):
        for other in (
            Ware("Z", price=ware.price),
            Ware(ware.sku, ware.known, ware.for_sale, ware.price, ware.cost, ware.has_cost, 7),
        ):
            changed = supply_of([*wares[:at], other, *wares[at + 1 :]], "EUR", DAY)
            assert (fingerprint(changed) == fingerprint(supply)) == (changed == supply)
