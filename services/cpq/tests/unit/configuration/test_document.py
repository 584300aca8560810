"""Models as JSON: what is read and written, everything that is wrong and where."""

import json
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cpq.configuration.document import (
    LARGEST,
    DocumentCannotBeRead,
    DocumentIsTooLong,
    Flaw,
    ModelCannotBeRead,
    Problem,
    read,
    read_json,
    schema,
    write,
)
from cpq.configuration.document.domains import LARGEST_DOMAIN
from cpq.configuration.document.form import MOST_NODES, MOST_OPTIONS
from cpq.configuration.document.problems import MOST_PROBLEMS
from cpq.configuration.document.shapes import DEEPEST_TREE
from cpq.configuration.evaluation import Semantics
from cpq.configuration.expressions import AttributeOf, Quantity, Value
from cpq.configuration.language import DEEPEST, LONGEST
from cpq.configuration.testing.examples import Example, examples

PAGE = Path(__file__).parents[5] / "docs" / "architecture" / "configuration-models.md"
BLOCKS = re.findall(r"```json\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
TOLD = re.findall(r"```text\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)

Json = dict[str, Any]


def problems_of(document: object) -> tuple[Problem, ...]:
    with pytest.raises(ModelCannotBeRead) as refused:
        read(document)
    return refused.value.problems


def places_of(document: object) -> list[tuple[str, Flaw]]:
    return [(one.pointer, one.flaw) for one in problems_of(document)]


def small() -> Json:
    """A document with one of everything, to be broken in one place."""
    return {
        "key": "m",
        "root": {
            "key": "r",
            "attributes": [
                {"code": "c", "type": "enumeration", "options": [{"code": "x"}, {"code": "y"}]},
                {"code": "n", "type": "integer", "minimum": 0, "maximum": 9},
                {"code": "d", "type": "decimal", "minimum": "0", "maximum": "1", "step": "0.25"},
                {"code": "b", "type": "boolean"},
                {"code": "t", "type": "text", "longest": 5},
                {"code": "w", "type": "integer", "expression": "r.n + 1"},
            ],
            "groups": [
                {"key": "g", "members": [{"key": "p", "maximum": 3}, {"key": "q"}]},
            ],
        },
        "rules": [{"key": "rule", "condition": "p => q"}],
        "tables": [{"key": "table", "columns": ["r.c", "qty(p)", "q"], "rows": [["x", 2, True]]}],
        "preferences": [{"key": "preference", "condition": "p"}],
        "messages": [{"key": "message", "condition": "p", "text": "Mind p"}],
        "questions": [
            {"key": "question", "text": "Why?", "answers": [{"code": "a", "then": "p"}]},
        ],
        "facts": [
            {"name": "tier", "type": "text", "values": ["gold"]},
            {"name": "seats", "type": "number", "minimum": 1, "maximum": "9.5", "step": "0.5"},
            {"name": "day", "type": "date", "minimum": "2026-01-01", "maximum": "2026-12-31"},
        ],
    }


def changed(at: str, value: object) -> Json:
    """The small document with another value at a pointer; beyond the end of a list it is added."""
    document = small()
    *path, last = at.removeprefix("/").split("/")
    inner: Any = document
    for name in path:
        inner = inner[int(name)] if isinstance(inner, list) else inner[name]
    if not isinstance(inner, list):
        inner[last] = value
    elif int(last) == len(inner):
        inner.append(value)
    else:
        inner[int(last)] = value
    return document


def test_the_example_of_the_page_is_read_and_written_as_it_stands() -> None:
    model = read_json(BLOCKS[0].encode())
    assert write(model) == json.loads(BLOCKS[0])
    assert read(write(model)) == model


def test_the_example_means_what_the_page_says() -> None:
    """2 groups and 3 litres at 230 V are 3531.5 W; walnut is 40 and its item."""
    model = read_json(BLOCKS[0].encode())
    values: dict[Quantity | AttributeOf, Value] = {
        Quantity(key): Decimal(many)
        for key, many in {"bar": 1, "group": 2, "boiler": 1, "panel": 1}.items()
    }
    values |= {
        AttributeOf("bar", "voltage"): "230",
        AttributeOf("boiler", "litres"): Decimal(3),
        AttributeOf("panel", "finish"): "walnut",
    }
    day = Decimal(20454)
    semantics = Semantics(model, {"tier": "silver", "day": day})
    assert semantics.evaluate(AttributeOf("bar", "watts"), values) == Decimal("3531.5")
    assert semantics.violations(values) == ()
    values[AttributeOf("boiler", "litres")] = Decimal("4.5")
    assert "power" in semantics.violations(values)
    values[Quantity("telemetry")] = Decimal(1)
    assert "gold-telemetry" in semantics.violations(values)
    assert "gold-telemetry" not in Semantics(model, {"tier": "gold", "day": day}).violations(values)


def test_the_errors_of_the_page_are_those_of_its_document() -> None:
    told = [
        f"{one.pointer}{f' (line {one.line}, column {one.column})' if one.column else ''} "
        f"{one.flaw}: {one.message}"
        for one in problems_of(json.loads(BLOCKS[1]))
    ]
    assert told == TOLD[0].splitlines()


def test_the_schema_beside_the_page_is_the_readers() -> None:
    kept = PAGE.with_name("configuration-model.schema.json").read_text("utf-8")
    assert json.loads(kept) == json.loads(json.dumps(schema())), "run `make contracts`"
    validator = jsonschema_rs.validator_for(schema())
    assert validator.is_valid(json.loads(BLOCKS[0]))
    assert validator.is_valid(small())
    for at, wrong in (("/root/minimum", 0), ("/root/colour", 1), ("/rules/0/condition", 3)):
        assert not validator.is_valid(changed(at, wrong))


@settings(deadline=None)
@given(examples())
def test_a_model_is_read_as_it_was_written(example: Example) -> None:
    document = write(example.model)
    assert read(document) == example.model
    assert read_json(json.dumps(document).encode()) == example.model
    assert jsonschema_rs.validator_for(schema()).is_valid(document)


def test_what_is_left_out_is_as_usual() -> None:
    model = read({"key": "m", "root": {"key": "r", "item": None}})
    assert (model.name, model.root.name, model.root.maximum) == ("m", "r", 1)
    assert write(model) == {
        "format": "tradewind/configuration-model/1",
        "key": "m",
        "root": {"key": "r"},
    }


NODE, GROUP = "/root/groups/0/members", "/root/groups/0"
ATTRIBUTE, RULE = "/root/attributes", "/rules/0/condition"
ANSWERS = "/questions/0/answers"

CASES: list[tuple[str, object, Flaw, str, int]] = [
    # What JSON it is.
    ("/root", [], Flaw.WRONG_TYPE, "", 0),
    ("/root/name", 3, Flaw.WRONG_TYPE, "", 0),
    ("/root/required", "yes", Flaw.WRONG_TYPE, "", 0),
    ("/root/groups", {}, Flaw.WRONG_TYPE, "", 0),
    ("/root/groups", None, Flaw.WRONG_TYPE, "", 0),
    ("/root/price", 12.5, Flaw.WRONG_TYPE, "", 0),
    ("/root/price", True, Flaw.WRONG_TYPE, "", 0),
    ("/root/price", "12,50", Flaw.NOT_ALLOWED, "", 0),
    ("/root/price", "1e5", Flaw.NOT_ALLOWED, "", 0),
    ("/root/price", "NaN", Flaw.NOT_ALLOWED, "", 0),
    ("/root/price", "9" * 41, Flaw.TOO_MANY, "", 0),
    ("/root/price", 10**4000, Flaw.TOO_MANY, "", 0),
    ("/root/key", "", Flaw.NOT_ALLOWED, "", 0),
    ("/root/key", "a\nb", Flaw.NOT_ALLOWED, "", 0),
    ("/root/key", "\ud800", Flaw.NOT_ALLOWED, "", 0),
    ("/root/key", "x" * 201, Flaw.TOO_MANY, "", 0),
    ("/root/key", None, Flaw.REQUIRED, "/root", 0),
    ("/root/colour", 1, Flaw.UNKNOWN_MEMBER, "", 0),
    ("/a~b", 1, Flaw.UNKNOWN_MEMBER, "/a~0b", 0),
    ("/format", "another", Flaw.NOT_ALLOWED, "", 0),
    ("/currency", "euro", Flaw.NOT_ALLOWED, "", 0),
    ("/currency", 978, Flaw.WRONG_TYPE, "", 0),
    (RULE, 1, Flaw.WRONG_TYPE, "", 0),
    (RULE, None, Flaw.REQUIRED, "/rules/0", 0),
    ("/messages/0/severity", "loud", Flaw.NOT_ALLOWED, "", 0),
    ("/preferences/0/weight", 0, Flaw.NOT_ALLOWED, "", 0),
    (ANSWERS, [], Flaw.NOT_ALLOWED, "", 0),
    (f"{ATTRIBUTE}/0/type", "colour", Flaw.NOT_ALLOWED, "", 0),
    (f"{ATTRIBUTE}/1/step", "0", Flaw.NOT_ALLOWED, "", 0),
    # Names.
    (f"{NODE}/1/key", "p", Flaw.DUPLICATE, "", 0),
    (f"{NODE}/1/key", "r", Flaw.CYCLIC_BUNDLE, "", 0),
    (f"{ATTRIBUTE}/1/code", "c", Flaw.DUPLICATE, "", 0),
    (f"{ATTRIBUTE}/0/options/1/code", "x", Flaw.DUPLICATE, "", 0),
    ("/rules/0/key", "g", Flaw.DUPLICATE, "", 0),
    ("/tables/0/key", "rule", Flaw.DUPLICATE, "", 0),
    ("/rules/0/key", "node:r", Flaw.RESERVED, "", 0),
    ("/facts/0/name", "margin", Flaw.RESERVED, "", 0),
    ("/facts/0/name", "day", Flaw.DUPLICATE, "/facts/2/name", 0),
    ("/facts/0/values", ["a", "a"], Flaw.DUPLICATE, "/facts/0/values/1", 0),
    (
        "/questions/0/answers/1",
        {"code": "a", "then": "p"},
        Flaw.DUPLICATE,
        "/questions/0/answers/1/code",
        0,
    ),
    ("/messages/0/node", "z", Flaw.UNKNOWN_NODE, "", 0),
    # Expressions.
    (RULE, "p => ", Flaw.UNREADABLE_EXPRESSION, "", 6),
    (RULE, "p => z", Flaw.UNKNOWN_NODE, "", 6),
    (RULE, "qty(z) > 1", Flaw.UNKNOWN_NODE, "", 1),
    (RULE, "p or r.z", Flaw.UNKNOWN_ATTRIBUTE, "", 6),
    (RULE, "z.z", Flaw.UNKNOWN_NODE, "", 1),
    (RULE, "@moon == 1", Flaw.UNKNOWN_FACT, "", 1),
    (RULE, 'r.c == "z"', Flaw.UNKNOWN_VALUE, "", 8),
    (RULE, '"bronze" != @tier', Flaw.UNKNOWN_VALUE, "", 1),
    (RULE, 'r.t == "z"', Flaw.TEXT_IN_EXPRESSION, "", 1),
    (RULE, 'r.n == "z"', Flaw.TYPES_DIFFER, "", 5),
    (RULE, "r.c == 3", Flaw.TYPES_DIFFER, "", 5),
    (RULE, 'r.c < "x"', Flaw.TYPES_DIFFER, "", 5),
    (RULE, '"x" == "x"', Flaw.TYPES_DIFFER, "", 5),
    (RULE, "p == q", Flaw.TYPES_DIFFER, "", 3),
    (RULE, "p + 1 > 2", Flaw.TYPES_DIFFER, "", 1),
    (RULE, "p and\nqty(p)", Flaw.TYPES_DIFFER, "", 1),
    (RULE, "3", Flaw.TYPES_DIFFER, "", 1),
    (RULE, "not " * 150 + "p", Flaw.EXPRESSION_TOO_LARGE, "", 201),
    (RULE, "p" * (LONGEST + 1), Flaw.EXPRESSION_TOO_LARGE, "", 0),
    (RULE, "p\x00", Flaw.NOT_ALLOWED, "", 0),
    ("/root/visible_when", "z", Flaw.UNKNOWN_NODE, "", 1),
    (f"{ATTRIBUTE}/0/visible_when", "z", Flaw.UNKNOWN_NODE, "", 1),
    ("/preferences/0/condition", "z", Flaw.UNKNOWN_NODE, "", 1),
    ("/messages/0/condition", "z", Flaw.UNKNOWN_NODE, "", 1),
    ("/questions/0/ask_when", "z", Flaw.UNKNOWN_NODE, "", 1),
    ("/questions/0/answers/0/then", "z", Flaw.UNKNOWN_NODE, "", 1),
    # What is calculated.
    (f"{ATTRIBUTE}/5/expression", "p", Flaw.TYPES_DIFFER, "", 1),
    (f"{ATTRIBUTE}/5/expression", "r.d * 4", Flaw.NOT_WHOLE, "", 0),
    (f"{ATTRIBUTE}/5/expression", "r.w + 1", Flaw.CYCLIC_CALCULATION, "", 0),
    (f"{ATTRIBUTE}/5/maximum", 9, Flaw.NOT_FOR_THIS_TYPE, "", 0),
    (f"{ATTRIBUTE}/5/default", 9, Flaw.NOT_FOR_THIS_TYPE, "", 0),
    (f"{ATTRIBUTE}/0/expression", "p", Flaw.NOT_FOR_THIS_TYPE, "", 0),
    # Domains.
    (f"{ATTRIBUTE}/1/minimum", None, Flaw.REQUIRED, f"{ATTRIBUTE}/1", 0),
    (f"{ATTRIBUTE}/1/minimum", 10, Flaw.BOUNDS_CROSSED, "", 0),
    (f"{ATTRIBUTE}/1/minimum", "0.5", Flaw.NOT_WHOLE, "", 0),
    (f"{ATTRIBUTE}/1/maximum", LARGEST_DOMAIN, Flaw.DOMAIN_TOO_LARGE, "", 0),
    (
        f"{ATTRIBUTE}/2/step",
        "0." + "0" * 30 + "1",
        Flaw.DOMAIN_TOO_LARGE,
        f"{ATTRIBUTE}/2/maximum",
        0,
    ),
    (f"{ATTRIBUTE}/0/options", [], Flaw.REQUIRED, f"{ATTRIBUTE}/0", 0),
    (f"{ATTRIBUTE}/3/options", [{"code": "a"}], Flaw.NOT_FOR_THIS_TYPE, "", 0),
    (f"{ATTRIBUTE}/3/longest", 3, Flaw.NOT_FOR_THIS_TYPE, "", 0),
    (f"{ATTRIBUTE}/0/default", "z", Flaw.UNKNOWN_VALUE, "", 0),
    (f"{ATTRIBUTE}/0/default", 1, Flaw.TYPES_DIFFER, "", 0),
    (f"{ATTRIBUTE}/1/default", 10, Flaw.OUTSIDE_DOMAIN, "", 0),
    (f"{ATTRIBUTE}/2/default", "0.3", Flaw.OUTSIDE_DOMAIN, "", 0),
    (f"{ATTRIBUTE}/2/default", 0.25, Flaw.WRONG_TYPE, "", 0),
    (f"{ATTRIBUTE}/3/default", "true", Flaw.TYPES_DIFFER, "", 0),
    (f"{ATTRIBUTE}/4/default", "abcdef", Flaw.OUTSIDE_DOMAIN, "", 0),
    (f"{ATTRIBUTE}/4/default", 3, Flaw.TYPES_DIFFER, "", 0),
    ("/facts/1/minimum", 10, Flaw.BOUNDS_CROSSED, "", 0),
    ("/facts/1/maximum", 10**7, Flaw.DOMAIN_TOO_LARGE, "", 0),
    ("/facts/1/values", ["a"], Flaw.NOT_FOR_THIS_TYPE, "", 0),
    ("/facts/0/values", [], Flaw.REQUIRED, "/facts/0", 0),
    ("/facts/2/minimum", "2026-02-30", Flaw.NOT_ALLOWED, "", 0),
    ("/facts/2/minimum", 20454, Flaw.NOT_ALLOWED, "", 0),
    ("/facts/2/maximum", "9999-12-31", Flaw.DOMAIN_TOO_LARGE, "", 0),
    ("/facts/2/step", 7, Flaw.NOT_FOR_THIS_TYPE, "", 0),
    # The tree.
    ("/root/maximum", 2, Flaw.NOT_ALLOWED, "", 0),
    ("/root/default", 1, Flaw.NOT_ALLOWED, "", 0),
    (f"{NODE}/0/minimum", 4, Flaw.BOUNDS_CROSSED, "", 0),
    (f"{NODE}/0/default", 4, Flaw.OUTSIDE_DOMAIN, "", 0),
    (f"{GROUP}/minimum", 3, Flaw.IMPOSSIBLE_GROUP, "", 0),
    (f"{GROUP}/least_units", 5, Flaw.IMPOSSIBLE_GROUP, "", 0),
    (NODE, [], Flaw.NOT_ALLOWED, "", 0),
    (NODE, None, Flaw.WRONG_TYPE, "", 0),
    # Tables.
    ("/tables/0/columns/0", "not p", Flaw.WRONG_COLUMN, "", 0),
    ("/tables/0/columns/0", "r.w", Flaw.WRONG_COLUMN, "", 0),
    ("/tables/0/columns/0", "r.t", Flaw.WRONG_COLUMN, "", 0),
    ("/tables/0/columns/0", "z", Flaw.UNKNOWN_NODE, "", 0),
    ("/tables/0/columns/0", "r.z", Flaw.UNKNOWN_ATTRIBUTE, "", 0),
    ("/tables/0/columns/0", "r.", Flaw.UNREADABLE_EXPRESSION, "", 3),
    ("/tables/0/rows/0", ["x", 2], Flaw.ROW_LENGTH, "", 0),
    ("/tables/0/rows/0/0", "z", Flaw.UNKNOWN_VALUE, "", 0),
    ("/tables/0/rows/0/1", 4, Flaw.OUTSIDE_DOMAIN, "", 0),
    ("/tables/0/rows/0/1", "1.5", Flaw.OUTSIDE_DOMAIN, "", 0),
    ("/tables/0/rows/0/1", "many", Flaw.NOT_ALLOWED, "", 0),
    ("/tables/0/rows/0/2", 1, Flaw.TYPES_DIFFER, "", 0),
    ("/tables/0/rows/0/2", {}, Flaw.WRONG_TYPE, "", 0),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case[0]} {case[2]}")
def test_one_mistake_is_named_where_it_is(case: tuple[str, object, Flaw, str, int]) -> None:
    """At the changed place, or at another that the case names; in an expression with the column."""
    at, value, flaw, pointer, column = case
    found = problems_of(changed(at, value))
    assert (pointer or at, flaw, column) in [(one.pointer, one.flaw, one.column) for one in found]
    assert all(one.message for one in found)


def test_the_small_document_is_sound_and_every_flaw_has_a_case() -> None:
    assert read(write(read(small()))) == read(small())
    assert set(Flaw) == {flaw for _, _, flaw, _, _ in CASES}


def members(*nodes: Json, **group: object) -> Json:
    return {
        "key": "m",
        "root": {"key": "r", "groups": [{"key": "g", "members": [*nodes], **group}]},
    }


@pytest.mark.parametrize(
    ("document", "pointer"),
    [
        (members({"key": "a"}, {"key": "b"}, minimum=2, maximum=1), "/root/groups/0/minimum"),
        (
            members({"key": "a", "required": True}, {"key": "b", "required": True}, maximum=1),
            "/root/groups/0/maximum",
        ),
        (members({"key": "a"}, least_units=2, most_units=1), "/root/groups/0/least_units"),
        (
            members({"key": "a", "required": True, "minimum": 3, "maximum": 3}, most_units=2),
            "/root/groups/0/most_units",
        ),
    ],
)
def test_bounds_that_nothing_keeps_are_refused(document: Json, pointer: str) -> None:
    assert places_of(document) == [(pointer, Flaw.IMPOSSIBLE_GROUP)]


def test_a_required_part_is_not_left_out_by_default() -> None:
    assert read(members({"key": "a", "default": 0})).root.groups[0].members[0].default == 0
    found = problems_of(members({"key": "a", "default": 0, "required": True}))
    assert [one.flaw for one in found] == [Flaw.OUTSIDE_DOMAIN]


def test_a_bundle_in_a_circle_is_named_with_its_way() -> None:
    inner: Json = {"key": "b", "groups": [{"key": "h", "members": [{"key": "a"}]}]}
    found = problems_of(members({"key": "a", "groups": [{"key": "k", "members": [inner]}]}))
    assert [one.flaw for one in found] == [Flaw.CYCLIC_BUNDLE]
    assert "a > b > a" in found[0].message


def calculated(**expressions: str) -> Json:
    attributes = [
        {"code": code, "type": "decimal", "expression": text} for code, text in expressions.items()
    ]
    return {"key": "m", "root": {"key": "r", "attributes": attributes}}


def test_calculations_in_a_circle_are_named_once_with_their_way() -> None:
    found = problems_of(calculated(a="r.b + 1", b="2 * r.c", c="r.a", d="r.a + r.b"))
    assert [(one.pointer, one.flaw) for one in found] == [
        ("/root/attributes/0/expression", Flaw.CYCLIC_CALCULATION)
    ]
    assert "r.a > r.b > r.c > r.a" in found[0].message


def test_calculations_add_to_the_depth_of_what_asks_them() -> None:
    chain = {f"a{at}": f"r.a{at + 1} + 1" for at in range(2 * DEEPEST)}
    found = problems_of(calculated(**chain, **{f"a{2 * DEEPEST}": "1"}))
    assert {one.flaw for one in found} == {Flaw.EXPRESSION_TOO_LARGE}
    short = calculated(**{f"a{at}": f"r.a{at + 1} + 1" for at in range(20)}, a20="1")
    assert read(short)
    short["rules"] = [{"key": "k", "condition": "not " * 90 + "(r.a0 > 1)"}]
    assert [one.pointer for one in problems_of(short)] == ["/rules/0/condition"]


def test_all_mistakes_are_told_at_once() -> None:
    document = small()
    document["root"]["price"] = 1.5
    document["root"]["groups"][0]["members"][1]["key"] = "p"
    document["rules"] = [{"key": "a", "condition": "p =>"}, {"key": "b", "condition": "z and y"}]
    document["facts"][0]["colour"] = "red"
    assert [(one.pointer, one.flaw) for one in problems_of(document)] == [
        ("/root/price", Flaw.WRONG_TYPE),
        ("/facts/0/colour", Flaw.UNKNOWN_MEMBER),
        ("/root/groups/0/members/1/key", Flaw.DUPLICATE),
        ("/rules/0/condition", Flaw.UNREADABLE_EXPRESSION),
        ("/rules/1/condition", Flaw.UNKNOWN_NODE),
        ("/rules/1/condition", Flaw.UNKNOWN_NODE),
        ("/tables/0/columns/2", Flaw.UNKNOWN_NODE),
    ]


def test_the_refusal_names_the_first_places_and_counts_the_rest() -> None:
    document = small()
    document["rules"] = [{"key": f"k{at}", "condition": "z"} for at in range(2 * MOST_PROBLEMS)]
    with pytest.raises(ModelCannotBeRead) as refused:
        read(document)
    assert len(refused.value.problems) == len(refused.value.faults) == MOST_PROBLEMS
    assert refused.value.context["total"] == 2 * MOST_PROBLEMS
    assert refused.value.field == "/rules/0/condition"
    assert refused.value.faults[0].message == "line 1, column 1: the model has no node 'z'"


def nested(levels: int) -> Json:
    node: Json = {"key": "n0"}
    for level in range(1, levels):
        node = {"key": f"n{level}", "groups": [{"key": f"g{level}", "members": [node]}]}
    return {"key": "m", "root": node}


def test_trees_have_a_bounded_depth_and_size() -> None:
    deepest = read(nested(DEEPEST_TREE))
    assert read(write(deepest)) == deepest
    assert Flaw.TOO_MANY in {one.flaw for one in problems_of(nested(DEEPEST_TREE + 1))}
    assert Flaw.TOO_MANY in {one.flaw for one in problems_of(nested(5000))}
    many = [{"key": f"n{at}"} for at in range(MOST_NODES)]
    assert places_of(members(*many)) == [("/root", Flaw.TOO_MANY)]
    options = [{"code": f"o{at}"} for at in range(MOST_OPTIONS + 1)]
    at = "/root/attributes/0/options"
    assert (at, Flaw.TOO_MANY) in places_of(changed(at, options))


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "line 1, column 1"),
        (b'{"key": "m",\n "root": }', "line 2, column 10"),
        (b"\xff{}", "byte 0 is not UTF-8"),
        (b'{"key": "m", "key": "n"}', "'key' twice"),
        (b'{"root": {"price": NaN}}', "NaN is no number"),
        (b'{"root": {"price": Infinity}}', "Infinity is no number"),
        (b"[" * 100_000, "nested too deeply"),
        (b"1" * 10_000, "a number cannot be read"),
    ],
)
def test_what_is_no_json_is_refused_where_it_stands(content: bytes, told: str) -> None:
    with pytest.raises(DocumentCannotBeRead) as refused:
        read_json(content)
    assert told in refused.value.detail


def test_a_document_of_too_many_bytes_is_not_parsed() -> None:
    with pytest.raises(DocumentIsTooLong):
        read_json(b" " * (LARGEST + 1))


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)


@settings(deadline=None)
@given(st.data())
def test_a_document_broken_anywhere_is_read_or_refused_by_name(data: st.DataObject) -> None:
    """A random value replaces, or a random text follows, one place of a sound document."""
    document = small()
    inner: Any = document
    while True:
        keys = list(range(len(inner))) if isinstance(inner, list) else list(inner)
        key = data.draw(st.sampled_from(keys))
        if not isinstance(inner[key], dict | list) or not inner[key] or data.draw(st.booleans()):
            break
        inner = inner[key]
    if isinstance(inner[key], str) and data.draw(st.booleans()):
        inner[key] += data.draw(st.text(max_size=6))
    else:
        inner[key] = data.draw(VALUES)
    try:
        read(document)
    except ModelCannotBeRead as refused:
        told = "".join(fault.field + fault.message for fault in refused.faults)
    else:
        told = "nothing"
    assert told.encode("utf-8")


@given(VALUES)
def test_any_value_is_refused_by_name(value: object) -> None:
    with pytest.raises(ModelCannotBeRead):
        read(value)
