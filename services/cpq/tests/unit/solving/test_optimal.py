"""Best completions against the best of all configurations of random small models."""

import random
from collections.abc import Mapping, Sequence
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cpq.configuration.answers import Completion, Goal
from cpq.configuration.evaluation import Semantics, canonical, enumerate_valid
from cpq.configuration.expressions import (
    AttributeOf,
    Compare,
    Comparison,
    Constant,
    FactOf,
    Measure,
    MeasureOf,
    Product,
    Quantity,
    Selected,
    Sum,
    Value,
)
from cpq.configuration.language import parse
from cpq.configuration.model import (
    Amounts,
    Attribute,
    AttributeType,
    Choice,
    Fact,
    FactType,
    Group,
    Model,
    Node,
    Option,
    Rule,
    Supply,
)
from cpq.configuration.testing.examples import Example, choices, examples
from cpq.solving.optimal import optimiser
from cpq.solving.refusals import ChoicesClash, ConfigurationTakesTooLong, ModelIsTooLarge

from .merits import merit


def best(
    model: Model,
    supply: Supply,
    chosen: Sequence[Choice],
    facts: Mapping[str, Value],
    goal: Goal,
    seconds: float = 60,
) -> Completion:
    return optimiser(model, supply).best(chosen, facts, goal, seconds=seconds)


@given(example=examples(), data=st.data())
@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
def test_no_configuration_is_better(example: Example, data: st.DataObject) -> None:
    model, supply, facts = example.model, example.supply, example.facts
    chosen = data.draw(choices(model, most=2))
    valid = list(enumerate_valid(model, facts, supply, chosen))
    optimal = optimiser(model, supply)
    for goal in Goal:
        if not valid:
            with pytest.raises(ChoicesClash):
                optimal.best(chosen, facts, goal, seconds=60)
            continue
        completion = optimal.best(chosen, facts, goal, seconds=60)
        values = canonical(model, completion.values)
        assert values in valid
        assert completion.optimal
        assert completion.totals == Semantics(model, {}, supply).totals(values)
        assert merit(model, supply, goal, values) == min(
            merit(model, supply, goal, one) for one in valid
        )
        turned = optimal.best(chosen[::-1], facts, goal, seconds=60)
        assert turned == completion


@given(example=examples(), data=st.data())
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_the_ends_of_a_number_are_the_least_and_the_most_that_it_can_be(
    example: Example, data: st.DataObject
) -> None:
    model, supply, facts = example.model, example.supply, example.facts
    chosen = data.draw(choices(model, most=2))
    numeric = (AttributeType.INTEGER, AttributeType.DECIMAL)
    # What is calculated from a fact that is left open is not one value in each configuration.
    left_open = any(fact.name not in facts for fact in model.facts)
    targets: list[Quantity | AttributeOf] = [Quantity(node.key) for node in model.nodes()]
    targets.extend(
        AttributeOf(node.key, attribute.code)
        for node in model.nodes()
        for attribute in node.attributes
        if attribute.type in numeric and (attribute.expression is None or not left_open)
    )
    target = data.draw(st.sampled_from(targets))
    semantics = Semantics(model, facts, supply)
    found = [
        semantics.evaluate(target, values)
        for values in enumerate_valid(model, facts, supply, chosen)
        if Quantity(target.node) in values
    ]
    numbers = [one for one in found if isinstance(one, Decimal)]
    expected = (min(numbers), max(numbers)) if numbers else None
    assert optimiser(model, supply).ends(target, chosen, facts, seconds=60) == expected


def shop(*options: Option, rules: tuple[Rule, ...] = (), units: int = 1) -> Model:
    """A desk of some colour, with up to so many drawers of 0.10 each."""
    colour = Attribute("colour", "Colour", AttributeType.ENUMERATION, options=options)
    drawer = Node("drawer", "Drawer", maximum=units, price=Decimal("0.10"), cost=Decimal("0.07"))
    desk = Node("desk", "Desk", attributes=(colour,), groups=(Group("g", "Parts", (drawer,)),))
    return Model("shop", "Shop", desk, "EUR", rules=rules)


NOTHING_KNOWN = Supply({})
WHITE = Option("white", "White", price=Decimal("1.0000000001"), cost=Decimal("0.5"))
BLACK = Option("black", "Black", price=Decimal(1), cost=Decimal("0.4999999999"))


def of(completion: Completion, target: Selected | Quantity | AttributeOf) -> Value:
    return dict(completion.values)[target]


def test_amounts_are_compared_to_their_last_digit() -> None:
    model = shop(WHITE, BLACK)
    colour = AttributeOf("desk", "colour")
    cheapest = best(model, NOTHING_KNOWN, [], {}, Goal.LOWEST_PRICE)
    assert of(cheapest, colour) == "black"
    assert cheapest.totals.price == 1
    dearest = best(model, NOTHING_KNOWN, [], {}, Goal.HIGHEST_PRICE)
    assert of(dearest, colour) == "white"
    assert dearest.totals.price == Decimal("1.1000000001")
    richest = best(model, NOTHING_KNOWN, [], {}, Goal.HIGHEST_MARGIN)
    assert richest.totals.price is not None
    assert richest.totals.cost is not None
    assert richest.totals.price - richest.totals.cost == Decimal("0.5300000001")


def test_equally_good_configurations_are_told_apart_by_parts_and_order() -> None:
    plain = Option("plain", "Plain"), Option("other", "Other")
    completion = best(shop(*plain), NOTHING_KNOWN, [], {}, Goal.EARLIEST_DELIVERY)
    assert of(completion, Selected("drawer")) is False
    assert of(completion, AttributeOf("desk", "colour")) == "plain"


def test_what_is_not_known_is_proposed_last() -> None:
    known, unknown = Option("known", "Known", item="A"), Option("unknown", "Unknown", item="B")
    supply = Supply({"A": Amounts(Decimal(9), Decimal(9), 30)})
    for goal in Goal:
        completion = best(shop(unknown, known), supply, [], {}, goal)
        assert of(completion, AttributeOf("desk", "colour")) == "known"
    chosen = [Choice(AttributeOf("desk", "colour"), "unknown")]
    completion = best(shop(unknown, known), supply, chosen, {}, Goal.LOWEST_PRICE)
    assert completion.totals.price is None
    assert completion.totals.delivery_days is None


def test_rules_about_the_price_bind_the_goal() -> None:
    below = Compare(Comparison.LESS, MeasureOf(Measure.PRICE), Constant(Decimal("1.45")))
    model = shop(WHITE, BLACK, rules=(Rule("r", below),), units=9)
    dearest = best(model, NOTHING_KNOWN, [], {}, Goal.HIGHEST_PRICE)
    assert dearest.totals.price == Decimal("1.4000000001")
    assert of(dearest, Quantity("drawer")) == 4


def test_choices_that_clash_have_no_completion() -> None:
    forbidden = Rule("r", Compare(Comparison.LESS, Quantity("drawer"), Constant(Decimal(3))))
    model = shop(WHITE, rules=(forbidden,), units=5)
    chosen = [Choice(Quantity("drawer"), Decimal(3))]
    with pytest.raises(ChoicesClash):
        best(model, NOTHING_KNOWN, chosen, {}, Goal.LOWEST_PRICE)


def test_without_time_there_is_no_completion() -> None:
    with pytest.raises(ConfigurationTakesTooLong):
        best(shop(WHITE), NOTHING_KNOWN, [], {}, Goal.LOWEST_PRICE, seconds=0)


def test_what_is_found_in_time_is_not_called_optimal_without_proof() -> None:
    """A knapsack with ten limits: easy to fill, and nobody proves the best in a few seconds."""
    chance = random.Random(5)
    members = tuple(
        Node(f"n{at}", f"N{at}", price=Decimal(chance.randrange(500, 1500))) for at in range(200)
    )
    rules = []
    for number in range(10):
        weights = [Decimal(chance.randrange(1, 1000)) for _ in members]
        terms = [
            Product(Constant(weight), Quantity(member.key))
            for weight, member in zip(weights, members, strict=True)
        ]
        limit = Constant(sum(weights, Decimal(0)) // 2)
        rules.append(Rule(f"r{number}", Compare(Comparison.AT_MOST, Sum(tuple(terms)), limit)))
    root = Node("all", "All", groups=(Group("g", "Group", members),))
    model = Model("sack", "Sack", root, "EUR", rules=tuple(rules))
    completion = best(model, NOTHING_KNOWN, [], {}, Goal.HIGHEST_PRICE, seconds=4)
    assert not completion.optimal
    assert Semantics(model, {}).is_valid(canonical(model, completion.values))
    assert completion.totals.price is not None
    assert completion.totals.price > 50_000


def test_numbers_beyond_64_bits_are_refused() -> None:
    drawer = Node("drawer", "Drawer", maximum=10**9, price=Decimal("1000000000.0000000001"))
    root = Node("desk", "Desk", groups=(Group("g", "Parts", (drawer,)),))
    with pytest.raises(ModelIsTooLarge, match="@price"):
        best(Model("m", "M", root), NOTHING_KNOWN, [], {}, Goal.LOWEST_PRICE)


@pytest.mark.parametrize(
    "condition",
    [
        "(qty(q) - 1 == qty(q)) <=> b",
        "(qty(q) + 1 != qty(q)) <=> not b",
        "(@price == @price + 1) <=> b",
    ],
)
@pytest.mark.parametrize("goal", list(Goal))
def test_numbers_that_cancel_out_differ_by_what_is_left(condition: str, goal: Goal) -> None:
    b = Node("b", "B", price=Decimal(5))
    q = Node("q", "Q", maximum=2, price=Decimal(3))
    root = Node("r", "R", groups=(Group("g", "G", (b, q)),))
    model = Model("m", "M", root, currency="EUR", rules=(Rule("x", parse(condition), "x"),))

    found = best(model, Supply({}), (), {}, goal)

    assert canonical(model, found.values) in list(enumerate_valid(model, {}, Supply({})))


def test_two_facts_may_be_the_same_text_that_neither_declares() -> None:
    tier, level = (Fact(name, FactType.TEXT, ("gold", "silver")) for name in ("tier", "level"))
    for left, right, facts, holds in (
        ("tier", "tier", {"tier": "another"}, True),
        ("tier", "level", {"tier": "another", "level": "another"}, True),
        ("tier", "level", {"tier": "another", "level": "other"}, False),
        ("tier", "level", {"tier": "gold", "level": "gold"}, True),
        ("tier", "level", {"tier": "gold", "level": "another"}, False),
    ):
        same = Compare(Comparison.EQUAL, FactOf(left), FactOf(right))
        model = Model(
            key="facts",
            name="Facts",
            root=Node(key="root", name="Root"),
            rules=(Rule("same", same, "They are the same.", "facts:0"),),
            facts=(tier, level),
        )
        ends = optimiser(model, Supply({})).ends(Quantity("root"), [], facts, seconds=60)
        assert (ends is not None) is holds, facts
