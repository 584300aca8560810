"""UVL files that are bad, hostile or too large: each is refused by name, with file and line."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cpq.readers import (
    BundleIsCyclic,
    FileCannotBeRead,
    FileIsTooLarge,
    NothingToConfigure,
    uvl,
)
from servicekit.errors import Refusal

from .uvl_files import SANDWICH, model, read

TREE = "features\n  R\n    optional\n      A\n      B\n"


@pytest.mark.parametrize(
    ("text", "line", "because"),
    [
        ("features\n  R\n  S\n", 3, "second root"),
        ("features\n  R\n    A\n", 3, "mandatory, optional"),
        ("features\n    A\n    mandatory\n            B\n", 3, "second root"),
        ("features\n  R\n      optional\n    mandatory\n", 4, "indented as no line above"),
        ("features\n  R\n    optional\n", 3, "has no features"),
        ("features\n  R\n    optional\n      A\n         B\n", 5, "mandatory, optional"),
        ("features\n  R\n    [2..3]\n      A\n", 3, "at least 2 of 1"),
        ("features\n  R\n    [3..2]\n      A\n", 3, "no cardinality"),
        ("features\n  R\n    [1.5]\n      A\n", 3, "no whole number"),
        ("features\n  R\n    [..2]\n      A\n", 3, "a whole number is expected"),
        ("features\n  R\n    or A\n", 3, "the end of the line is expected"),
        ("features\n  R cardinality 3\n", 2, "'[' is expected"),
        ("features\n  R {A 1\n", 2, "never closed"),
        ("features\n  R {A 1 B 2}\n", 2, "',' or '}' is expected"),
        ("features\n  R {A 1, A 2}\n", 2, "second time"),
        ("features\n  R {A =}\n", 2, "'=='"),
        ("features\n  R {A [1,,2]}\n", 2, "between the commas"),
        ("features\n  R {constraint}\n", 2, "a constraint is expected"),
        ("features\n  R)\n", 2, "closes no bracket"),
        ("features\n  (R]\n", 2, "closes no bracket"),
        ('features\n  "Fun.Fun"\n', 2, "has a dot"),
        ('features\n  ""\n', 2, "is empty"),
        ('features\n  "R\n', 2, "not closed"),
        ("features\n  R {A 'x\n", 2, "not closed"),
        ("features\n  R ^\n", 2, "means nothing"),
        ("feature\n  R\n", 1, "begins no section"),
        ("  features\n  R\n", 1, "begins no section"),
        ("features\n  R\nfeatures\n  R\n", 3, "second time"),
        ("namespace\nfeatures\n  R\n", 1, "a name is expected"),
        ("features\n  other.R\n", 2, "nothing is imported as 'other'"),
        ("imports\n  a as\nfeatures\n  R\n", 2, "a name is expected"),
        ("imports\n  a\n  b as a\nfeatures\n  a.R\n", 3, "two imports"),
        ("imports\n  a\nfeatures\n  a.R\n", 2, "a.uvl is not there"),
        ('imports\n  "/etc/passwd"\nfeatures\n  "/etc/passwd".R\n', 2, "no name of a file"),
        ("imports\n  b\nfeatures\n  b.X\n", 4, "not the root of b.uvl"),
        ("features\n  R\n    optional\n      A\n      A\n", 5, "in line 4 already"),
        (f"{TREE}constraints\n  A =>\n", 7, "ends too early"),
        (f"{TREE}constraints\n  A B\n", 7, "'B' means nothing"),
        (f"{TREE}constraints\n  (A\n", 7, "never closed"),
        (f"{TREE}constraints\n  A = B\n", 7, "'=='"),
        (f"{TREE}constraints\n  A => Z\n", 7, "no feature 'Z'"),
        (f"{TREE}constraints\n  sum(Price, Z) > 1\n", 7, "no feature 'Z'"),
        (f"{TREE}constraints\n  A => B.\n", 7, "ends too early"),
        (f"{TREE}constraints\n  A\n    B\n", 8, "indented more"),
        (f"{TREE}constraints\n  sum() > 1\n", 7, "')' means nothing"),
    ],
)
def test_a_bad_file_is_refused_with_the_line(text: str, line: int, because: str) -> None:
    with pytest.raises(FileCannotBeRead) as refused:
        read(text, b="features\n  B\n")
    assert refused.value.detail.startswith(f"test.uvl:{line}: ")
    assert because in refused.value.detail


def test_a_fault_in_an_imported_file_names_that_file() -> None:
    with pytest.raises(FileCannotBeRead) as refused:
        read("imports\n  sub.a\nfeatures\n  sub.a.A\n", sub__a="features\n  A =\n")
    assert refused.value.detail.startswith("sub/a.uvl:2: ")


def test_files_that_import_each_other_in_a_circle_are_refused() -> None:
    text = "imports\n  a\nfeatures\n  R\n    optional\n      a.A\n"
    inner = "imports\n  b\nfeatures\n  A\n    optional\n      b.B\n"
    circle = "imports\n  a\nfeatures\n  B\n    optional\n      a.A\n"
    with pytest.raises(BundleIsCyclic, match=r"b\.uvl:6: .*a\.uvl > b\.uvl > a\.uvl"):
        read(text, a=inner, b=circle)


def test_files_that_double_at_each_import_are_bounded() -> None:
    """Thirty files, each of which has the next one twice, would be a thousand million features."""
    files = {
        f"f{at}": f"imports\n  f{at + 1} as a\n  f{at + 1} as b\nfeatures\n  F\n    optional\n"
        "      a.F\n      b.F\n"
        for at in range(30)
    }
    files["f30"] = "features\n  F\n"
    with pytest.raises(FileIsTooLarge):
        read("imports\n  f0\nfeatures\n  f0.F\n", **files)


def nested(levels: int) -> str:
    lines = ["features"]
    for level in range(levels):
        lines.append(" " * (2 * level + 1) + f"F{level}")
        if level < levels - 1:
            lines.append(" " * (2 * level + 2) + "optional")
    return "\n".join(lines)


@pytest.mark.parametrize(
    "text",
    [
        nested(61),
        nested(3000),
        f"{TREE}constraints\n  {'(A & ' * 200}A{')' * 200}\n",
        f"{TREE}constraints\n  {'!' * 5000}A\n",
        f"{TREE}constraints\n  {' | '.join(['A'] * 20_000)}\n",
        f"features\n  R {{{'A {' * 50}{'}' * 50}}}\n",
        f"features\n  R {{A {'[' * 5000}{']' * 5000}}}\n",
        f"features\n  {'R' * 201}\n",
        f"features\n  R {{A {'9' * 31}}}\n",
    ],
)
def test_too_much_is_refused(text: str) -> None:
    with pytest.raises(FileIsTooLarge) as refused:
        read(text)
    assert refused.value.detail.startswith("test.uvl")


def test_much_but_not_too_much_is_read() -> None:
    assert len(list(model(nested(60)).nodes())) == 60
    long = f"{TREE}constraints\n  {' | '.join(['A'] * 5000)}\n  {' + '.join(['A.P'] * 2000)} > 3\n"
    assert len(model(long.replace("A\n", "A {P 1}\n", 1)).rules) == 2


@pytest.mark.parametrize("text", ["", "// nothing", "constraints\n", "namespace a\n"])
def test_a_file_without_features_has_nothing_to_configure(text: str) -> None:
    with pytest.raises(NothingToConfigure):
        read(text)


WORDS = st.sampled_from(
    re.findall(
        r"\S+|\n +",
        """features constraints imports include namespace mandatory optional or alternative
        cardinality Integer String Real as A B "C" A.Price sum(Price) len(B) {Price,3} { } [1..2]
        [ ] ( ) => <=> & | ! == < + - / * 1 2.5 't' , . .. true // /* */ é ' " constraint
  .
    .
      .""",
    )
)


@settings(deadline=None)
@given(st.lists(WORDS, max_size=40).map(" ".join) | st.text(max_size=80))
def test_any_text_is_read_or_refused_by_name(text: str) -> None:
    try:
        read(text, A="features\n  A\n")
    except Refusal as refused:
        told = refused.detail
    else:
        told = "read"
    assert told.encode()


@settings(deadline=None)
@given(st.data())
def test_a_file_with_a_word_out_of_place_is_read_or_refused_by_name(data: st.DataObject) -> None:
    words = SANDWICH.split(" ")
    at = data.draw(st.integers(0, len(words)))
    words[at : at + data.draw(st.integers(0, 2))] = data.draw(st.lists(WORDS, max_size=3))
    try:
        read(" ".join(words))
    except Refusal as refused:
        told = refused.detail
    else:
        told = "test.uvl"
    assert told.startswith("test.uvl")


@given(st.binary(max_size=60))
def test_any_bytes_are_refused_by_name(content: bytes) -> None:
    with pytest.raises(Refusal):
        uvl.read(content, name="test.uvl")
