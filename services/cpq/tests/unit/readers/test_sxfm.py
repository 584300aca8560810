"""SXFM: the tree and the constraints that the SPLOT repository writes as text inside of XML."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cpq.readers import (
    Effect,
    FileCannotBeRead,
    FileIsTooLarge,
    NothingToConfigure,
    Reading,
    featureide,
)
from servicekit.errors import Refusal

from .reading import documented
from .uvl_files import nodes, rules, selections, sets

TREE = """:r Home shop (shop)
\t:m Catalogue (cat)
\t\t:g (g1) [1,*]
\t\t\t: Books (books)
\t\t\t: Films (films)
\t:o Wish list
\t:o Payment (pay)
\t\t:g [1,1]
\t\t\t: Card
\t\t\t: Cash
\t\t:g [0,2]
\t\t\t: In advance (adv)
\t\t\t: Books
"""


def written(tree: str = TREE, constraints: str = "") -> str:
    return (
        f'<feature_model name="Shop">\n<feature_tree>\n{tree}</feature_tree>\n'
        f"<constraints>\n{constraints}\n</constraints>\n</feature_model>"
    )


def read(text: str) -> Reading:
    reading = featureide.read(text.encode(), name="test.xml")
    documented(reading.models)
    return reading


def test_the_tree_is_what_its_lines_say() -> None:
    reading = read(written())
    found = nodes(reading.models[0])
    assert reading.models[0].key == "Shop"
    assert {key: (one.name, one.required) for key, one in found.items()} == {
        "shop": ("Home shop", False),
        "cat": ("Catalogue", True),
        "books": ("Books", False),
        "films": ("Films", False),
        "Wish list": ("Wish list", False),
        "pay": ("Payment", False),
        "Card": ("Card", False),
        "Cash": ("Cash", False),
        "adv": ("In advance", False),
        "Books": ("Books", False),
    }
    bounds = [(group.minimum, group.maximum) for node in found.values() for group in node.groups]
    assert bounds == [(0, None), (1, None), (1, 1), (0, 2)]
    # books, films or both; a wish list or none; no payment, or card or cash with 4 more choices.
    assert len(selections(reading.models[0])) == 3 * 2 * (1 + 2 * 4)


@pytest.mark.parametrize(
    ("constraint", "meant"),
    [
        ("c: books", "books"),
        ("c: ~books or films", "not books or films"),
        ("c: ~ books OR ~films or pay", "not books or not films or pay"),
        ("c: books and films or pay", "books and films or pay"),
        ("c: (books or films) and pay", "(books or films) and pay"),
        ("c: ~(books or films)", "not (books or films)"),
        ("c: books imp films imp pay", "books => films => pay"),
        ("c: books BIIMP ~films imp pay", "books <=> not films => pay"),
        ("c: Wish_list or Wishlist or Card", None),
        ("c: Wishlist or Card", "`Wish list` or Card"),
    ],
)
def test_constraints(constraint: str, meant: str | None) -> None:
    if meant is None:
        with pytest.raises(FileCannotBeRead, match="no feature 'Wish_list'"):
            read(written(constraints=constraint))
    else:
        found = read(written(constraints=constraint)).models[0]
        assert rules(found) == [meant]
        assert (found.rules[0].message, found.rules[0].source) == (constraint[3:], "test.xml:18")


def test_constraints_decide() -> None:
    small = ":r R\n\t:o A\n\t:o B\n"
    assert selections(read(written(small, "c1: ~A or B\nc2: B")).models[0]) == sets("R B", "R A B")


def test_who_made_it_is_noted() -> None:
    text = written().replace(
        "<feature_tree>", "<meta><data name='x'>y</data></meta>\n<feature_tree>"
    )
    assert [(one.construct, one.effect) for one in read(text).findings] == [("meta", Effect.NOTED)]


@pytest.mark.parametrize(
    ("text", "line", "because"),
    [
        (written("R\n"), 3, "is expected"),
        (written(":x R\n"), 3, "is expected"),
        (written(":r\n"), 3, "needs a name"),
        (written(":m R\n"), 3, "one root"),
        (written(":r R\n:m A\n"), 4, "one root"),
        (written(":r R\n\t:r A\n"), 4, "one root"),
        (written(":r R\n\t: A\n"), 4, "stands below no group"),
        (written(":r R\n\t:g [1,1]\n\t\t:m A\n"), 5, "begin with ': '"),
        (written(":r R\n\t:g\n\t\t: A\n"), 4, "needs its cardinality"),
        (written(":r R\n\t:g [1,2\n\t\t: A\n"), 4, "needs its cardinality"),
        (written(":r R\n\t:g [2,1]\n\t\t: A\n"), 4, "no cardinality"),
        (written(":r R\n\t:g [2,2]\n\t\t: A\n"), 4, "at least 2 of 1"),
        (written(":r R\n\t:g [0,1]\n"), 4, "of 0 features"),
        (written(":r R (a)\n\t:m A (a)\n"), 4, "in line 3 already"),
        (written(constraints="books"), 18, "name and a colon"),
        (written(constraints="c:"), 18, "from 1 to"),
        (written(constraints="c: books films"), 18, "'films' means nothing"),
        (written(constraints="c: books or"), 18, "ends too early"),
        (written(constraints="c: or books"), 18, "'or' means nothing"),
        (written(constraints="c: (books"), 18, "ends too early"),
        (written(constraints="c: books)"), 18, "closes no bracket"),
        (written(constraints="c: ()"), 18, "means nothing"),
        (written(constraints="c1: books\n\nc2: nothing"), 20, "no feature 'nothing'"),
        (written().replace("<constraints>", "<rules/><constraints>"), 17, "no part of the format"),
    ],
)
def test_a_bad_file_is_refused_with_the_line(text: str, line: int, because: str) -> None:
    with pytest.raises(FileCannotBeRead) as refused:
        read(text)
    assert refused.value.detail.startswith(f"test.xml:{line}: ")
    assert because in refused.value.detail


@pytest.mark.parametrize(
    "text",
    [
        written(":r R\n" + "".join("\t" * at + f":o O{at}\n" for at in range(1, 61))),
        written(f":r {'R' * 201}\n"),
        written(f":r R ({'r' * 201})\n"),
    ],
)
def test_too_much_is_refused(text: str) -> None:
    with pytest.raises(FileIsTooLarge):
        read(text)


def test_a_formula_that_is_too_deep_is_lost() -> None:
    reading = read(written(constraints="c: " + "~" * 300 + "books"))
    assert [(one.construct, one.effect) for one in reading.findings] == [
        ("constraint", Effect.LOST)
    ]


@pytest.mark.parametrize(
    "text",
    [
        '<feature_model name="x"/>',
        '<feature_model name="x"><feature_tree>\n</feature_tree></feature_model>',
    ],
)
def test_a_file_without_features_has_nothing_to_configure(text: str) -> None:
    with pytest.raises(NothingToConfigure):
        read(text)


LINES = st.lists(
    st.sampled_from(
        [":r R", ":m A", ":o B", ":g [1,1]", ":g", ": C", ": D (d)", ":", "x", "c: A", "c: ~(A or"]
    ).flatmap(lambda line: st.integers(0, 3).map(lambda tabs: "\t" * tabs + line)),
    max_size=12,
)


@settings(deadline=None)
@given(LINES, LINES)
def test_any_lines_are_read_or_refused_by_name(tree: list[str], constraints: list[str]) -> None:
    try:
        read(written("\n".join(tree) + "\n", "\n".join(constraints)))
    except Refusal as refused:
        told = refused.detail
    else:
        told = "test.xml"
    assert told.startswith("test.xml")
