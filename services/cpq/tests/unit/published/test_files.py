"""The published feature models: what their files say of each other, by the second method alone."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from cpq.configuration.model import Model
from cpq.readers import featureide, uvl

from .second_method import Clauses, clauses_of, dimacs, false_optional, parents_of

pytestmark = pytest.mark.data

PC, SHOP, PRINTER = "pc-richmond_Sprey2020", "e_shop_Lau2006", "printer_Mendonca2009"


@pytest.fixture(scope="module")
def home(data_set: Callable[[str], Path]) -> Path:
    return data_set("config-models")


def read(path: Path) -> Model:
    reader = uvl.read if path.suffix == ".uvl" else featureide.read
    reading = reader(path.read_bytes(), name=path.name)
    assert reading.lost() == ()
    return reading.models[0]


def published(home: Path) -> list[dict[str, str]]:
    with (home / "published_statistics.csv").open(encoding="utf-8") as opened:
        return list(csv.DictReader(opened))


def depth(model: Model) -> int:
    """Levels of the tree, the root's being 1."""
    parents = {key: parent.key for key, (parent, _, _) in parents_of(model).items()}
    deepest = 0
    for key in parents:
        levels, at = 1, key
        while at in parents:
            levels, at = levels + 1, parents[at]
        deepest = max(deepest, levels)
    return deepest


def test_every_published_figure_is_that_of_the_uvl_file(home: Path) -> None:
    """All columns that speak of the model; `Void` is 1 for all, and means that it is not void."""
    rows = published(home)
    assert len(rows) == 3
    for row in rows:
        model = read(home / f"{row['Name']}_{row['Origin']}.uvl")
        clauses = clauses_of(model)
        core = clauses.core()
        assert {
            "NumberOfFeatures": len(clauses.names),
            "NumberOfLeafFeatures": sum(not node.groups for node in model.nodes()),
            "Number_Constraints": len(model.rules),
            "TreeDepth": depth(model),
            "NumberOfClauses": len(clauses.clauses),
            "Void": int(clauses.possible()),
            "Number_CORE": len(core),
            "Number_Dead": len(clauses.dead()),
            "NumberOfFalseOptionalFeatures": len(false_optional(model, clauses)),
            "NumberOfOptionalFeatures": len(clauses.names) - len(core),
            "NumberOfValidConfigurationsLog": len(str(clauses.count())),
        } == {
            name: int(float(row[name]))
            for name in row
            if name.startswith(("NumberOf", "Number_", "TreeDepth", "Void"))
        }


@pytest.mark.parametrize(
    ("file", "features", "rules", "core", "false_optionals", "configurations"),
    [
        (f"{SHOP}.uvl", 173, 0, 50, 0, 247496437923840),
        (f"{PRINTER}.uvl", 172, 0, 49, 0, 2278241108363321839974600000),
        (f"{PC}.uvl", 364, 12, 9, 0, 554424990964054425600),
        (f"{PC}.xml", 377, 12, 9, 0, 3326549945784326553600),
        (f"{PRINTER}.xml", 172, 0, 50, 0, 1139120554181660919987300000),
        (f"{SHOP}.xml", 287, 21, 28, 1, 22602043046884916411967340980576977518099169280000),
    ],
)
def test_every_file_has_these_figures(
    home: Path, file: str, features: int, rules: int, core: int, false_optionals: int,
    configurations: int,
) -> None:  # fmt: skip
    model = read(home / file)
    clauses = clauses_of(model)
    assert (len(clauses.names), len(model.rules)) == (features, rules)
    assert (len(clauses.core()), len(clauses.dead())) == (core, 0)
    assert len(false_optional(model, clauses)) == false_optionals
    assert clauses.count() == configurations


def test_the_dimacs_file_of_the_pc_is_its_xml(home: Path) -> None:
    from_xml, given = clauses_of(read(home / f"{PC}.xml")), dimacs(home / f"{PC}.dimacs")
    assert from_xml.names == given.names
    assert set(from_xml.clauses) == set(given.clauses)


def test_the_uvl_file_of_the_pc_is_an_earlier_one_without_plug_in_disks(home: Path) -> None:
    """Thirteen features below one; full stops in names have become commas. The rest is the same."""
    earlier, later = (clauses_of(read(home / f"{PC}.{suffix}")) for suffix in ("uvl", "xml"))
    renamed = {name: name.replace(".", ",") for name in later.names}
    model = read(home / f"{PC}.xml")
    disks = next(node for node in model.nodes() if node.key == "M.2 SSD")
    below = {node.key for node in Model("", "", disks).nodes()} - {disks.key}
    assert len(below) == 13
    assert {renamed[name] for name in later.names} - set(earlier.names) == {
        renamed[name] for name in below
    }
    assert set(earlier.names) <= set(renamed.values())
    assert _named(earlier, {}, set()) == _named(later, renamed, below)


def _named(clauses: Clauses, renamed: dict[str, str], without: set[str]) -> set[frozenset[str]]:
    """The clauses in words, without those that speak of some features."""

    def word(literal: int) -> str:
        name = clauses.names[abs(literal) - 1]
        return ("" if literal > 0 else "not ") + renamed.get(name, name)

    gone = {clauses.numbers[name] for name in without}
    return {
        frozenset(word(literal) for literal in clause)
        for clause in clauses.clauses
        if gone.isdisjoint(abs(literal) for literal in clause)
    }


def test_the_printers_differ_in_whether_both_sides_must_be_printed(home: Path) -> None:
    """In the SXFM file Duplex is the only member of a group of exactly one; in UVL it is optional.

    Names lost their spaces, and repeated ones got a number, on the way from one file to the other.
    """
    given, derived = read(home / f"{PRINTER}.xml"), read(home / f"{PRINTER}.uvl")

    def edges(model: Model) -> list[tuple[str, str, int, int | None, bool]]:
        return sorted(
            (
                _bare(parent.name),
                _bare(node.name),
                group.minimum,
                group.maximum,
                node.required,
            )
            for parent, group, node in parents_of(model).values()
        )

    one, other = edges(given), edges(derived)
    for edge in list(one):
        if edge in other:
            one.remove(edge)
            other.remove(edge)
    assert one == [("PrintedSides", "Duplex", 1, 1, False)]
    assert other == [("PrintedSides", "Duplex", 0, None, False)]


def _bare(name: str) -> str:
    return re.sub(r"_\d+$", "", re.sub(r"[^\w]|_(?!\d)", "", name))


def test_the_shop_in_xml_is_the_whole_and_in_uvl_part_of_its_front(home: Path) -> None:
    """The UVL has most of the store front and no rule; some groups are features there.

    A name that begins with a digit got an `a` before it.
    """
    given, derived = read(home / f"{SHOP}.xml"), read(home / f"{SHOP}.uvl")
    front = next(node for node in given.nodes() if node.key == "store_front")
    names = {re.sub(r"^(?=\d)", "a", _bare(node.name)) for node in Model("", "", front).nodes()}
    groups = [node.key for node in derived.nodes() if node.abstract]
    kept = [node.key for node in derived.nodes() if not node.abstract]
    assert (len(groups), len(kept), len(names)) == (21, 152, 175)
    root, *features = kept
    assert root == given.root.key
    assert [key for key in features if _bare(key) not in names] == []
    assert (len(given.rules), len(derived.rules)) == (21, 0)
