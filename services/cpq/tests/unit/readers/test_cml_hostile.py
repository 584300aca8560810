"""Files that are wrong, huge or hostile: read with findings, or refused by name."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cpq.readers import (
    BundleIsCyclic,
    FileCannotBeRead,
    FileIsTooLarge,
    NothingToConfigure,
    Reading,
    cml,
)
from servicekit.errors import Refusal

from .reading import documented


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


def test_a_chain_of_calculations_is_read_and_a_very_long_one_lost() -> None:
    def chain(length: int) -> Reading:
        steps = "".join(f"int v{n} = v{n + 1} + 1;" for n in range(length))
        rule = f"constraint(v0 > {length});"
        text = f"type A {{ int v{length} = [0..1]; {steps} {rule} }}"
        return cml.read(text.encode(), name="a.cml")

    reading = chain(40)
    assert reading.lost() == ()
    assert len(reading.models[0].root.attributes) == 41
    reading = chain(3_000)
    assert "v2950 is calculated by more than 100 steps." in [one.because for one in reading.lost()]
    assert reading.models[0].rules == ()


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


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(words=st.lists(WORDS, max_size=60))
def test_words_in_any_order_are_read_or_refused_by_name(words: list[str]) -> None:
    read_or_refused(" ".join(words))


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
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


SMALLEST = """a b s t d x c e f parts[Part] parts[Bolt] parts parts.sum(w) parts.count(w>1)
    parent(a) "x" 0 1 2.5 true null cardinality(Bolt,parts) parts.max(w) limit urgent due country
    price parts.total(w) parts[Part].v this.quantity strlen(s) s+t "" ["x","y"] [0..2]"""
BETWEEN = "-> <-> == != < <= > >= && || + - * / % ^ in"
ATOMS = st.sampled_from(SMALLEST.split())
OPERATORS = st.sampled_from(BETWEEN.split())


def _joined(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.tuples(inner, OPERATORS, inner).map(lambda each: f"({' '.join(each)})"),
        inner.map(lambda one: f"!({one})"),
        st.tuples(inner, inner, inner).map(lambda each: "({} ? {} : {})".format(*each)),
    )


EXPRESSIONS = st.recursive(ATOMS, _joined, max_leaves=8)
RULES = st.sampled_from(
    [
        'constraint({}, "No.");',
        "constraint({});",
        'message({}, "{{}} of them", a);',
        'message({}, "Stop.", "Error");',
        "preference({});",
        "setdefault(a > 1, {});",
        "require({}, parts[Bolt] > 0);",
        "exclude({}, parts[Nut]);",
        'rule({}, "hide", "relation", "parts", "type", "Bolt");',
        'rule({}, "disable", "attribute", "s", "value", "x");',
        'rule({}, "recommend", "relation", "parts", "type", "Nut");',
        'constraint(table(a, s, {{1, "x"}}, {{{}, "y"}}));',
        "int c2 = {};",
        "boolean f2 = {};",
        "decimal(3) g2 = {};",
        "string h2 = {};",
    ]
)
FILE = """@(contextPath = "Q.C") extern string country;
@(contextPath = "Q.U") extern boolean urgent;
@(contextPath = "Q.P") extern int price = 5; extern date due; extern decimal(2) limit = [0..9];
type Thing {{
    int a = [0..5]; int b; decimal(2) d = [0.5, 1, 2.5]; string s = ["x", "y"]; string t;
    date x = ["2026-01-01".."2026-12-31"]; int c = a * 2; boolean f = a > 2; int e = [0..9000000];
    relation parts : Part[0..3];
    {}
}}
type Part {{ int w = [1..2]; int v = w * 3; }}
type Bolt : Part;
type Nut : Part;
"""


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(rules=st.lists(st.tuples(RULES, EXPRESSIONS), min_size=1, max_size=4))
def test_whatever_rules_say_their_model_makes_sense(rules: list[tuple[str, str]]) -> None:
    said = "\n    ".join(rule.format(expression) for rule, expression in rules)
    read_or_refused(FILE.format(said))


@settings(max_examples=100, deadline=None)
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
    documented(reading.models)
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
