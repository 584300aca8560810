"""The reference semantics: what expressions, tables, groups and totals mean, case by case."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from itertools import islice

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cpq.configuration.answers import Totals
from cpq.configuration.evaluation import (
    Semantics,
    assignments,
    canonical,
    enumerate_valid,
    open_facts,
    violations,
)
from cpq.configuration.expressions import AttributeOf, Quantity, Selected, Value, walk
from cpq.configuration.language import parse
from cpq.configuration.model import (
    Amounts,
    Answer,
    AnswerTo,
    Attribute,
    AttributeType,
    Choice,
    Fact,
    FactType,
    Group,
    Model,
    Node,
    Option,
    Question,
    Rule,
    Supply,
    Table,
    Unavailable,
)
from cpq.configuration.testing.examples import Example, choices, examples

Configuration = dict[Quantity | AttributeOf, Value]


def dec(text: str) -> Decimal:
    return Decimal(text)


COLOURS = (Option("red", "Red"), Option("blue", "Blue", item="PAINT", price=dec("1")))
DISK = Node(
    "disk",
    "Disk",
    minimum=1,
    maximum=3,
    item="DISK",
    price=dec("2"),
    cost=dec("1"),
    attributes=(
        Attribute("colour", "Colour", AttributeType.ENUMERATION, COLOURS),
        Attribute("size", "Size", AttributeType.INTEGER, minimum=dec("1"), maximum=dec("2")),
        Attribute("hot", "Hot", AttributeType.BOOLEAN),
        Attribute(
            "watts", "Watts", AttributeType.DECIMAL, expression=parse("2.5 * disk.size + qty(disk)")
        ),
        Attribute("label", "Label", AttributeType.TEXT),
    ),
)
FAN = Node("fan", "Fan", maximum=2, price=dec("0.50"))
CASE = Node(
    "case",
    "Case",
    minimum=1,
    maximum=2,
    required=True,
    groups=(Group("inside", "Inside", (DISK, FAN), maximum=1, most_units=2),),
)
PC = Model(
    "pc", "PC", Node("pc", "PC", price=dec("10"), groups=(Group("parts", "Parts", (CASE,)),))
)


def configuration(**quantities: int) -> Configuration:
    found: Configuration = {Quantity(key): Decimal(many) for key, many in quantities.items()}
    if "disk" in quantities:
        found[AttributeOf("disk", "colour")] = "blue"
        found[AttributeOf("disk", "size")] = dec("2")
        found[AttributeOf("disk", "hot")] = True
    return found


WITH_DISKS = configuration(pc=1, case=2, disk=2)
EMPTY = configuration(pc=1, case=1)


@pytest.mark.parametrize(
    ("text", "with_disks", "empty"),
    [
        ("disk", True, False),
        ("qty(disk)", dec("2"), dec("0")),
        ("disk.size", dec("2"), dec("0")),
        ("disk.watts", dec("7"), dec("0")),
        ("disk.hot", True, False),
        ('disk.colour == "blue"', True, False),
        ('disk.colour != "blue"', False, True),
        ("disk.colour == disk.colour", True, False),
        ("disk.colour != disk.colour", False, True),
        ("not disk", False, True),
        ("all() and not any()", True, True),
        ("disk => fan", False, True),
        ("disk <=> fan", False, True),
        ("count(disk, case, fan)", dec("2"), dec("1")),
        ("qty(disk) * 0.1 - qty(case)", dec("-1.8"), dec("-1")),
        ("sum()", dec("0"), dec("0")),
        ("@price", dec("60"), dec("10")),
        ("@delivery_days", dec("5"), dec("0")),
        ("@seats < 3", True, True),
    ],
)
def test_an_expression_means(text: str, with_disks: Value, empty: Value) -> None:
    supply = Supply({"DISK": Amounts(dec("8"), dec("4"), 5), "PAINT": Amounts(dec("1.50"))})
    semantics = Semantics(PC, {"seats": dec("2")}, supply)
    for values, meant in ((WITH_DISKS, with_disks), (EMPTY, empty)):
        found = semantics.evaluate(parse(text), values)
        assert (found, type(found)) == (meant, type(meant))


def test_products_and_sums_lose_no_digit() -> None:
    long = "1234567890123456789012345678901234567.1"
    found = Semantics(PC, {}).evaluate(parse(f"{long} * {long} + 0.001"), EMPTY)
    assert isinstance(found, Decimal)
    assert Fraction(found) == Fraction(long) ** 2 + Fraction("0.001")


def test_totals_multiply_down_the_tree_and_say_what_is_not_known() -> None:
    """2 cases of 2 disks; a disk is 2 + 8, its blue paint 1 + 1.50."""
    amounts = {
        "DISK": Amounts(dec("8"), dec("4"), 5),
        "PAINT": Amounts(dec("1.50"), dec("0.25"), 7),
    }
    known = Semantics(PC, {}, Supply(amounts)).totals(WITH_DISKS)
    assert known == Totals(dec("60"), dec("21"), 7)
    partly = Supply({**amounts, "PAINT": Amounts(cost=dec("0.25"))})
    assert Semantics(PC, {}, partly).totals(WITH_DISKS) == Totals(None, dec("21"), None)
    assert Semantics(PC, {}).totals(WITH_DISKS) == Totals(None, None, None)
    assert Semantics(PC, {}).totals(EMPTY) == Totals(dec("10"), dec("0"), 0)


@pytest.mark.parametrize(
    ("quantities", "broken"),
    [
        ({"pc": 1, "case": 1}, ()),
        ({}, ("node:pc",)),
        ({"pc": 1}, ("node:case",)),
        ({"pc": 1, "disk": 1}, ("node:case", "node:disk")),
        ({"case": 1}, ("node:pc", "node:case")),
        ({"pc": 1, "case": 1, "disk": 1, "fan": 1}, ("inside",)),
        ({"pc": 1, "case": 1, "disk": 3}, ("inside",)),
        ({"pc": 1, "case": 1, "fan": 2}, ()),
    ],
)
def test_the_tree_and_its_groups_hold(quantities: dict[str, int], broken: tuple[str, ...]) -> None:
    assert violations(PC, configuration(**quantities)) == broken


def test_groups_bound_different_members_and_units_below() -> None:
    group = replace(CASE.groups[0], minimum=1, maximum=None, least_units=2, most_units=None)
    model = with_case(replace(CASE, groups=(group,)))
    assert violations(model, EMPTY) == ("inside",)
    assert violations(model, configuration(pc=1, case=1, disk=1)) == ("inside",)
    assert violations(model, configuration(pc=1, case=1, disk=1, fan=1)) == ()
    nothing = with_case(replace(CASE, groups=(replace(group, least_units=None),)))
    assert violations(nothing, EMPTY) == ("inside",)


def with_case(case: Node, **changes: object) -> Model:
    root = replace(PC.root, groups=(Group("parts", "Parts", (case,)),))
    return replace(PC, root=root, **changes)  # type: ignore[arg-type]


def test_an_item_that_is_not_sold_excludes_its_node_and_its_option() -> None:
    for item in ("DISK", "PAINT"):
        supply = Supply({}, (Unavailable(item, "discontinued"),))
        assert violations(PC, WITH_DISKS, {}, supply) == (f"item:{item}",)
        assert violations(PC, EMPTY, {}, supply) == ()


SIZE, COLOUR = AttributeOf("disk", "size"), AttributeOf("disk", "colour")


@pytest.mark.parametrize(
    ("table", "kept"),
    [
        (Table("t", (COLOUR, SIZE), (("blue", dec("2")),)), True),
        (Table("t", (COLOUR, SIZE), (("blue", dec("1")), ("red", None))), False),
        (Table("t", (COLOUR, SIZE), ((None, dec("2")),)), True),
        (Table("t", (COLOUR, SIZE), ((None, dec("2")),), allowed=False), False),
        (Table("t", (COLOUR, SIZE), (), allowed=True), False),
        (Table("t", (COLOUR, Selected("fan")), (("blue", True),)), False),
        (Table("t", (Quantity("fan"), Quantity("disk")), ((dec("0"), dec("2")),)), True),
    ],
)
def test_a_table_speaks_while_its_attributes_have_values(table: Table, kept: bool) -> None:
    model = replace(PC, tables=(table,))
    assert violations(model, WITH_DISKS) == (() if kept else ("t",))
    if any(isinstance(column, AttributeOf) for column in table.columns):
        assert violations(model, EMPTY) == ()
    else:
        assert violations(model, EMPTY) == ("t",)


def test_rules_are_named_once_each_in_the_models_order() -> None:
    rules = (Rule("b", parse("not disk")), Rule("a", parse("fan")), Rule("c", parse("disk")))
    assert violations(replace(PC, rules=rules), WITH_DISKS) == ("b", "a")


def test_all_configurations_are_enumerated_once() -> None:
    """Case 1 or 2; nothing, 1 or 2 disks of 2 colours, 2 sizes, hot or not, or 1 or 2 fans."""
    found = list(enumerate_valid(PC))
    assert len(found) == 2 * (1 + 2 * 8 + 2)
    assert len({frozenset(one.items()) for one in found}) == len(found)
    assert EMPTY in found
    assert WITH_DISKS in found
    assert configuration(pc=1, case=1, disk=3) not in found


def test_an_open_fact_may_have_any_of_its_values() -> None:
    facts = (
        Fact("tier", FactType.TEXT, ("gold", "silver")),
        Fact("seats", FactType.NUMBER, (), dec("1"), dec("2"), dec("0.5")),
    )
    rule = Rule("r", parse('(@tier == "gold" => fan) and (@tier == "silver" => not fan)'))
    model = replace(PC, facts=facts, rules=(rule,))
    assert len(list(open_facts(model, {}))) == 6
    assert list(open_facts(model, {"tier": "gold", "seats": dec("1")})) == [
        {"tier": "gold", "seats": dec("1")}
    ]
    assert len(list(enumerate_valid(model))) == len(list(enumerate_valid(PC)))
    assert len(list(enumerate_valid(model, {"tier": "gold"}))) == 4
    assert len(list(enumerate_valid(model, {"tier": "another"}))) == len(list(enumerate_valid(PC)))


def test_choices_narrow_the_enumeration() -> None:
    question = Question("q", "Quiet?", (Answer("yes", "Yes", parse("not fan")),))
    model = replace(PC, questions=(question,))

    def count(*chosen: tuple[object, Value]) -> int:
        asked = [Choice(target, value) for target, value in chosen]  # type: ignore[arg-type]
        return len(list(enumerate_valid(model, choices=asked)))

    assert count((Selected("disk"), True)) == 32
    assert count((Selected("disk"), False)) == 6
    assert count((Quantity("disk"), dec("0"))) == 6
    assert count((Quantity("disk"), dec("2"))) == 16
    assert count((AttributeOf("disk", "hot"), False)) == 16
    assert count((AttributeOf("disk", "label"), "Hello")) == 32
    assert count((AnswerTo("q"), "yes")) == 34
    assert count((Quantity("case"), dec("1")), (Selected("fan"), True), (COLOUR, "red")) == 0


def test_a_completion_is_brought_to_the_one_form() -> None:
    told = [
        (Selected("pc"), True),
        (Selected("case"), True),
        (Quantity("case"), dec("2")),
        (Selected("disk"), False),
        (SIZE, dec("1")),
        (Selected("fan"), True),
    ]
    assert canonical(PC, told) == configuration(pc=1, case=2, fan=1)  # type: ignore[arg-type]
    every = [(key, value) for key, value in WITH_DISKS.items()]
    texts: list[tuple[AttributeOf, Value]] = [
        (AttributeOf("disk", "watts"), dec("7")),
        (AttributeOf("disk", "label"), "Hello"),
    ]
    assert canonical(PC, [*every, *texts]) == WITH_DISKS


def test_a_model_too_large_to_enumerate_is_refused() -> None:
    wide = replace(FAN, maximum=3_000_000)
    model = Model("m", "M", Node("root", "Root", groups=(Group("g", "G", (wide,)),)))
    with pytest.raises(ValueError, match="too large"):
        next(enumerate_valid(model))


@settings(deadline=None)
@given(examples(most_nodes=4))
def test_the_valid_configurations_are_the_assignments_that_break_nothing(example: Example) -> None:
    """The enumeration follows the tree; trying every assignment of the domains finds the same."""
    model, facts, supply = example.model, example.facts, example.supply
    found = {frozenset(one.items()) for one in enumerate_valid(model, facts, supply)}
    worlds = [Semantics(model, complete, supply) for complete in open_facts(model, facts)]
    for values in islice(assignments(model), 300):
        valid = any(not world.violations(values) for world in worlds)
        assert (frozenset(values.items()) in found) is valid


@settings(deadline=None)
@given(st.data())
def test_choices_keep_those_that_agree(data: st.DataObject) -> None:
    example = data.draw(examples())
    model, facts, supply = example.model, example.facts, example.supply
    asked = data.draw(choices(model))
    every = list(enumerate_valid(model, facts, supply))
    some = list(enumerate_valid(model, facts, supply, asked))
    assert all(one in every for one in some)
    worlds = [Semantics(model, complete, supply) for complete in open_facts(model, facts)]
    for values in every:
        agreed = any(
            world.is_valid(values) and all(world.agrees(values, one) for one in asked)
            for world in worlds
        )
        assert (values in some) is agreed


def features(example: Example) -> Iterator[str]:
    model = example.model
    nodes = list(model.nodes())
    for node in nodes:
        yield from ("deep" for group in node.groups for one in group.members if one.groups)
        yield "quantity" if node.maximum > 1 else "single"
        yield "required" if node.required else "optional"
        yield f"item {node.item is not None}"
        yield f"default {node.default}"
        yield f"node visible {node.visible_when is not None}"
        for group in node.groups:
            yield f"units {group.least_units is not None} {group.most_units is not None}"
            yield f"maximum {group.maximum}"
        for attribute in node.attributes:
            yield f"{attribute.type} {attribute.expression is not None}"
            yield f"default {attribute.type} {attribute.default is not None}"
    yield from (f"table {table.allowed}" for table in model.tables)
    yield from (f"fact {fact.type} {fact.name in example.facts}" for fact in model.facts)
    yield from (f"message {message.severity}" for message in model.messages)
    yield from ("question" for _ in model.questions)
    yield from ("preference" for _ in model.preferences)
    yield from ("unavailable" for _ in example.supply.unavailable)
    for rule in model.rules:
        yield from (type(part).__name__ for part in walk(rule.condition))
    yield (
        "void"
        if next(enumerate_valid(model, example.facts, example.supply), None) is None
        else ("valid")
    )


def test_random_models_have_everything_that_a_model_can_have() -> None:
    seen: Counter[str] = Counter()

    @settings(max_examples=300, database=None, derandomize=True, deadline=None)
    @given(examples())
    def look(example: Example) -> None:
        seen.update(set(features(example)))

    look()
    expected = re.findall(
        r"\w+",
        """deep quantity single required optional question preference unavailable void valid
        Constant Selected Quantity AttributeOf MeasureOf FactOf Not And Or Implies Equivalent
        CountOf Compare Sum Product""",
    )
    expected += [f"{kind} False" for kind in AttributeType]
    expected += ["boolean True", "decimal True", "table True", "table False"]
    expected += [f"default {kind} True" for kind in AttributeType]
    expected += [f"fact {kind} {brought}" for kind in FactType for brought in (True, False)]
    expected += ["units True False", "units False True", "maximum 1", "maximum None"]
    expected += ["default 0", "default 1", "node visible True", "item True"]
    expected += ["message recommendation"]
    assert [feature for feature in expected if not seen[feature]] == []
    assert seen["valid"] > 3 * seen["void"]
