"""What a model cannot say is found by name and line; what is no CML file is refused by name."""

from __future__ import annotations

import pytest

from cpq.readers import Effect, cml

from .reading import documented

THING = """type Thing {{
    int a = [0..5]; string s = ["x", "y"]; relation parts : Part[0..3];
    {0}
}}
type Part {{ int w = [1..2]; }}
type Bolt : Part;
type Nut : Part;
"""


def found(statement: str, text: str = THING) -> list[tuple[str, str, Effect]]:
    """What is said of a statement in line 3, and nothing of the rest."""
    reading = cml.read(text.format(statement).encode(), name="thing.cml")
    documented(reading.models)
    return [
        (one.construct, one.because, one.effect)
        for one in reading.findings
        if one.place == "thing.cml:3"
    ]


@pytest.mark.parametrize(
    ("statement", "construct"),
    [
        ("constraint(a / s > 1);", "constraint: number"),
        ("constraint(a / parts[Part] > 1);", "constraint: /"),
        ("constraint(a / 0 > 1);", "constraint: /"),
        ("constraint(missing > 1);", "constraint: missing"),
        ("constraint(parts[Missing] > 1);", "constraint: Missing"),
        ("constraint(parts[Thing] > 1);", "constraint: Thing"),
        ("constraint(parts.missing > 1);", "constraint: missing"),
        ("constraint(parts.avg(w) > 1);", "constraint: avg()"),
        ("constraint(parts.join(w) == \"\");", "constraint: join()"),
        ("constraint(parts.median(w) > 1);", "constraint: median()"),
        ("constraint(parent(a) > 1);", "constraint: parent()"),
        ("constraint(sqrt(a) > 1);", "constraint: sqrt()"),
        ("constraint(s < \"y\");", "constraint: <"),
        ("constraint((a ^ 9) > 1);", "constraint: ^"),
        ("constraint(table(a));", "constraint: table()"),
        ("constraint(table(a, SalesforceTable(\"P__c\", \"A__c\"), {1, 2}));",
         "constraint: SalesforceTable()"),
        ("constraint(table(a, s, {1}));", "constraint: table()"),
        ("constraint();", "constraint"),
        ("message(a > 1);", "message"),
        ("require(a > 1);", "require"),
        ("rule(a > 1);", "rule"),
        ("rule(a > 1, \"call\", \"type\", \"Part\");", 'rule: rule "call"'),
        ("rule(a > 1, \"disable\", \"relation\", \"other\");", "rule: other"),
        ("rule(a > 1, \"disable\", \"relation\", \"parts\", \"type\", \"Thing\");", "rule: Thing"),
        ("rule(a > 1, \"recommend\", \"colour\", \"red\");", 'rule: rule "colour"'),
        ("string[] many;", "string[]"),
        ("datetime when;", "datetime"),
        ("Wheel wheel;", "Wheel"),
        ("relation wheels : Wheel[0..4];", "Wheel"),
        ("int b = s;", "number"),
        ("int b = c; int c = b;", "b"),
        ("relation more : Part[0..2] { default Thing(1); }", "default Thing"),
        ("@(unheardOf = 1) int b = [1..2];", "@(unheardOf)"),
        ("@(sharing = true) relation more : Part[0..2];", "@(sharing)"),
        ("@(sourceAttribute = \"a\") int b = [1..2];", "@(sourceAttribute)"),
        ("hide(a > 1, parts);", "hide ( a > 1 , parts )"),
        ("table constraint valid { (a, s) }", "table constraint valid"),
        ("constraint(a > 1 §);", "constraint ( a > 1 § )"),
        ("constraint(regexpreplace(s, \"(a+)+$\", \"\") == \"x\");", "constraint: regexpreplace()"),
    ],
)  # fmt: skip
def test_what_cannot_be_said_is_lost_by_name_and_line(statement: str, construct: str) -> None:
    lost = [(name, effect) for name, _, effect in found(statement) if effect is Effect.LOST]
    assert (construct, Effect.LOST) in lost


@pytest.mark.parametrize(
    ("statement", "construct", "effect"),
    [
        ("@(sequence = 2) int b = [1..2];", "@(sequence)", Effect.NOTED),
        ("@(configurable = false) int b = [1..2];", "@(configurable)", Effect.CHANGED),
        ("@(configurable = true) int b = [1..2];", None, None),
        ("@(defaultValue = \"9\") int b = [1..2];", "@(defaultValue)", Effect.CHANGED),
        ("int b;", "int", Effect.CHANGED),
        ("string t; constraint(t == \"z\" -> a > 1);", "string", Effect.CHANGED),
        ("constraint(s == \"z\" -> a > 1);", '"z"', Effect.NOTED),
        ("relation more : Part[0..2];", "relation", Effect.CHANGED),
        ("message(a > 1, \"{} of them\", a);", "{}", Effect.NOTED),
        ("rule(a > 1, \"disable\", \"attribute\", \"s\");", 'rule "disable"', Effect.CHANGED),
        ("rule(a > 1, \"recommend\", \"type\", \"Thing\");", 'rule "recommend"', Effect.CHANGED),
        ("constraint(a > 1)\n", ";", Effect.NOTED),
    ],
)  # fmt: skip
def test_what_means_something_else_here_is_said(
    statement: str, construct: str | None, effect: Effect | None
) -> None:
    if statement.endswith("\n"):
        statement += '    constraint(s == "x");'
    said = [(name, what) for name, _, what in found(statement)]
    assert said == ([(construct, effect)] if construct is not None else [])


def test_a_component_group_that_cannot_be_kept_is_widened() -> None:
    reading = cml.read(
        b"""type House { Group rooms; }
        @(minInstanceQty = 3, maxInstanceQty = 1)
        type Group { relation bath : Bath[1..2]; relation hall : Hall[1..2]; }
        type Bath; type Hall;""",
        name="house.cml",
    )
    documented(reading.models)
    (group,) = reading.models[0].root.groups
    assert (group.minimum, group.maximum) == (2, 2)
    assert [(one.construct, one.place) for one in reading.findings] == [
        ("cardinality", "house.cml:3")
    ]


def test_a_rule_that_needs_what_is_lost_is_lost_too() -> None:
    names = [name for name, _, _ in found("int b = sqrt(a); constraint(b > 1);")]
    assert names == ["sqrt()", "constraint: b"]


def test_a_group_by_is_lost_with_its_rules() -> None:
    reading = cml.read(
        b"""
        @(virtual = true) type Quote { relation groups : Group[1..9]; relation sets : Set[0..9]; }
        @(virtual = true, groupBy = volt)
        type Group { string volt; relation sets : Set[0..9]; constraint(sets[Set] < 5); }
        type Set { string volt = ["low", "high"]; }
        """,
        name="groups.cml",
    )
    assert [(one.construct, one.place) for one in reading.lost()] == [
        ("@(groupBy)", "groups.cml:3")
    ]
    assert [one.key for one in reading.models[0].nodes()] == ["Quote", "sets"]
