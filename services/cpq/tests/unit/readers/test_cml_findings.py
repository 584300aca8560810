"""What a model cannot say is found by name and line; what is no CML file is refused by name."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cpq.readers import (
    BundleIsCyclic,
    Effect,
    FileCannotBeRead,
    FileIsTooLarge,
    NothingToConfigure,
    cml,
)
from servicekit.errors import Refusal

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


@pytest.mark.parametrize(
    ("text", "refusal", "said"),
    [
        ("type A {", FileCannotBeRead, "a.cml:1: this { is never closed."),
        ("type A { constraint(a > 1; }", FileCannotBeRead, "a.cml:1: } stands where the ("),
        ("type A { }\n}", FileCannotBeRead, "a.cml:2: this closing bracket closes nothing."),
        ("type A; )", FileCannotBeRead, "a.cml:1: this ) closes nothing."),
        ("type A;\ntype A;", FileCannotBeRead, "a.cml:2: the type A is declared twice."),
        ("", FileCannotBeRead, "a.cml declares no type"),
        ("hello", FileCannotBeRead, "a.cml declares no type"),
        ("type A { int a; int a; }", FileCannotBeRead, "a.cml:1: the name a is declared twice."),
        ("type A : B;\ntype B : A;", FileCannotBeRead, "inherits from itself (A : B : A)"),
        (
            "type A { relation b : B[5..2]; } type B;",
            FileCannotBeRead,
            "the relation b wants at least 5 and at most 2.",
        ),
        (
            "type A { relation b : B; }\ntype B { relation a : A; }",
            BundleIsCyclic,
            "A is part of itself (A > B > A).",
        ),
        (
            "type C { int n = [1..2]; }\ntype A { relation b : B; }\ntype B { relation a : A; }",
            BundleIsCyclic,
            "a.cml:2: A is part of itself (A > B > A).",
        ),
        ("type A;", NothingToConfigure, "a.cml has no type with parts, variables or rules."),
        ("type A { " + "(" * 100 + ")" * 100 + "; }", FileIsTooLarge, "brackets are nested"),
        ("type A { constraint(" + "!" * 100 + "a); }", FileIsTooLarge, "operators that nest"),
        ("type A { constraint(" + "a -> " * 100 + "a); }", FileIsTooLarge, "operators that nest"),
        ("type A; " + "x; " * 200_000, FileIsTooLarge, "words"),
        ("x" * 2_000_001, FileIsTooLarge, "characters"),
        (
            "type T0 { relation a : T1; relation b : T1; }"
            + "".join(
                f"type T{n} {{ relation a : T{n + 1}; relation b : T{n + 1}; }}"
                for n in range(1, 20)
            )
            + "type T20;",
            FileIsTooLarge,
            "more than 20000 parts",
        ),
        (
            "".join(f"type T{n} {{ relation a : T{n + 1}; }}" for n in range(60)) + "type T60;",
            FileIsTooLarge,
            "nested deeper than 25",
        ),
    ],
)  # fmt: skip
def test_what_is_no_such_file_is_refused_by_name(
    text: str, refusal: type[Refusal], said: str
) -> None:
    with pytest.raises(refusal) as refused:
        cml.read(text.encode(), name="a.cml")
    assert said in refused.value.detail


def test_bytes_that_are_no_text_are_refused() -> None:
    for content in (b"\xff\xfe", b"type A \0;", b"type A {\n\n \x80 }"):
        with pytest.raises(FileCannotBeRead):
            cml.read(content, name="a.cml")


def test_a_long_chain_of_calculations_is_read() -> None:
    steps = "".join(f"int v{n} = v{n + 1} + 1;" for n in range(3_000))
    text = f"type A {{ int v3000 = [0..1]; {steps} constraint(v0 > 3000); }}"
    reading = cml.read(text.encode(), name="a.cml")
    assert reading.lost() == ()
    assert len(reading.models[0].root.attributes) == 3_001


@pytest.mark.parametrize("operator", ["<->", "^", "*", "==", "&&", "+", "||", "in", "%", "-"])
def test_long_chains_are_read_or_lost(operator: str) -> None:
    chain = f" {operator} ".join(["a"] * 3_000)
    text = f"type A {{ int a = [0..1]; constraint({chain} > 0); }}"
    reading = cml.read(text.encode(), name="a.cml")
    assert len(reading.lost()) + len(reading.models[0].rules) >= 1


def test_many_variables_in_many_parts_are_refused() -> None:
    variables = "".join(f"int v{n};" for n in range(300))
    wings = "".join(f"relation r{n} : Part;" for n in range(1_000))
    text = f"type A {{ {wings} }} type Part {{ {variables} }}"
    with pytest.raises(FileIsTooLarge, match="200000 variables and rules"):
        cml.read(text.encode(), name="a.cml")


def test_a_circle_of_texts_is_found() -> None:
    text = (
        'type A { string a = b + "x"; string b = a + "y"; int n = [0..1]; constraint(a == "z"); }'
    )
    reading = cml.read(text.encode(), name="a.cml")
    assert [one.construct for one in reading.lost()] == ["constraint: b"]


@pytest.mark.parametrize(
    ("pattern", "searched"),
    [("(a*)*b", "a" * 60), ("(a|a)*b", "a" * 60), ("(.*)(.*)(.*)(.*)x", "a" * 90), ("[a", "a")],
)
def test_a_pattern_that_would_run_for_ever_is_not_run(pattern: str, searched: str) -> None:
    text = f"""type A {{
        string s = ["{searched}", "b"];
        constraint(regexpreplace(s, "{pattern}", "") == "x");
    }}"""
    started = time.monotonic()
    reading = cml.read(text.encode(), name="a.cml")
    assert time.monotonic() - started < 5
    assert [one.construct for one in reading.lost()] == ["constraint: regexpreplace()"]


LANGUAGE = """
    type relation int decimal(2) string boolean date extern define property order in not
    constraint require exclude message preference setdefault rule table default
    this.quantity parent count sum max true false null A B a b x y "x" 'y' ["x","y"] [1..3] [0..*]
    1 2.5 9999 -> <-> == != < <= > >= && || ! ? : ^ + - * / % = ; ; ; , . .. ( ) { } [ ]
    @ @(virtual=true) @(sequence=1) //c /* */ # \\
"""
WORDS = st.sampled_from([*LANGUAGE.split(), "\u201c", "\n"])
SEED = """type A { int x = [0..3]; string y = ["a","b"]; relation b : B[0..2];
constraint(x > 1 -> b[B] == 0, "m"); rule(x > 2, "disable", "relation", "b", "type", "B"); }
type B { int w = [1..2]; }
"""


@settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow])
@given(words=st.lists(WORDS, max_size=60))
def test_words_in_any_order_are_read_or_refused_by_name(words: list[str]) -> None:
    read_or_refused(" ".join(words))


@settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_a_file_with_holes_and_strange_words_is_read_or_refused_by_name(
    data: st.DataObject,
) -> None:
    text = SEED
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(text)))
        gone = data.draw(st.integers(0, 6))
        text = text[:at] + data.draw(st.one_of(WORDS, st.text(max_size=3))) + text[at + gone :]
    read_or_refused(text)


@settings(max_examples=100)
@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused_by_name(content: bytes) -> None:
    try:
        cml.read(content, name="any.cml")
    except Refusal:
        return


def read_or_refused(text: str) -> None:
    try:
        reading = cml.read(text.encode("utf-8", "replace"), name="any.cml")
    except Refusal:
        return
    for one in reading.findings:
        assert one.place.startswith("any.cml:")
        assert one.construct
        assert one.because


@pytest.mark.data
def test_the_real_files_cut_short_are_read_or_refused(data_set: object) -> None:
    assert callable(data_set)
    path: Path = data_set("cpq-quantumbit") / "constraints/Server2/ESDV_Server2_V1.cml"
    text = path.read_text()
    for at in range(0, len(text), 1_501):
        read_or_refused(text[:at])
        read_or_refused(text[at:])
