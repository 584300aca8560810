"""UVL: every construct of the language, what it becomes, what is found and what is refused."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from cpq.configuration.evaluation import enumerate_valid
from cpq.configuration.language import unparse
from cpq.configuration.model import AttributeType
from cpq.readers import Effect, uvl

from .uvl_files import SANDWICH, model, nodes, read, rules, selections, sets


def test_the_core_of_the_language_says_what_can_be_selected() -> None:
    found = model(SANDWICH)
    assert selections(found) == sets(
        "Sandwich Bread",
        "Sandwich Bread Cheese",
        "Sandwich Bread Sauce Mustard",
        "Sandwich Bread Sauce Mustard Cheese",
        "Sandwich Bread Sauce Ketchup Cheese",
    )
    assert (found.key, found.rules[0].message) == ("Sandwich", "Ketchup => Cheese")
    assert found.rules[0].source == "test.uvl:13"


@pytest.mark.parametrize(
    ("group", "valid"),
    [
        ("mandatory", sets("R A B C")),
        ("optional", sets("R", "R A", "R B", "R C", "R A B", "R A C", "R B C", "R A B C")),
        ("or", sets("R A", "R B", "R C", "R A B", "R A C", "R B C", "R A B C")),
        ("alternative", sets("R A", "R B", "R C")),
        ("[2..3]", sets("R A B", "R A C", "R B C", "R A B C")),
        ("[2..*]", sets("R A B", "R A C", "R B C", "R A B C")),
        ("[2]", sets("R A B", "R A C", "R B C")),
        ("[0..1]", sets("R", "R A", "R B", "R C")),
    ],
)
def test_groups(group: str, valid: set[frozenset[str]]) -> None:
    text = f"features\n  R\n    {group}\n      A\n      B\n      C\n"
    assert selections(model(text)) == valid


@pytest.mark.parametrize(
    ("constraint", "meant"),
    [
        ("!A & B | C", "not A and B or C"),
        ("!(A & B)", "not (A and B)"),
        ("A => B => C", "(A => B) => C"),
        ("A <=> B <=> C", "A <=> B <=> C"),
        ("A | B => C & A <=> B", "A or B => C and A <=> B"),
        ("A.Price + 2 * B.Price - 1 == 3", "A.Price + 2 * B.Price - 1 == 3"),
        ("A.Price - (B.Price - 1) != 3", "A.Price - (B.Price - 1) != 3"),
        ("A.Price / 4 > B.Price", "A.Price > 4 * B.Price"),
        ("A.Price / 0.4 - B.Price / 6 >= 1", "15 * A.Price - B.Price >= 6"),
        ("A.Price / -2 < 1", "-1 * A.Price < 2"),
        ("-A.Price * B.Price <= -3", "-1 * A.Price * B.Price <= -3"),
        ("3 < 4", "3 < 4"),
        ("'a' == 'a'", "true"),
        ("'a' == 'b'", "false"),
        ("true => A", "true => A"),
        ("A.ok", "A.ok"),
        ("A.ok == B", "A.ok <=> B"),
        ("sum(Price) < 9", "A.Price + B.Price < 9"),
        ("sum(Price, C) == 0", "sum() == 0"),
        ("sum(Price, A) == 2", "sum(A.Price) == 2"),
        ("floor(B.Price) == 3 & ceil(B.Price) == 4", "3 * count(B) == 3 and 4 * count(B) == 4"),
        ("len(A.Made) == 5", "5 * count(A) == 5"),
        ("A.Box.Size > 1", "A.`Box.Size` > 1"),
    ],
)
def test_constraints(constraint: str, meant: str) -> None:
    text = f"""features
    R
        optional
            A {{Price 2, ok, Made 'Italy', Box {{Size 4, Colour 'red'}}}}
            B {{Price 3.5}}
            C
constraints
    {constraint}
"""
    assert rules(read(text).models[0]) == [meant]


def test_constraints_of_features_hold_like_all_others() -> None:
    text = """features
    R
        optional
            A {constraint A => B}
            B {constraints [B => C, (B | C) => A], Price 1}
            C {constraints []}
"""
    found = model(text)
    assert rules(found) == ["A => B", "B => C", "B or C => A"]
    assert [rule.source for rule in found.rules] == ["test.uvl:4", "test.uvl:5", "test.uvl:5"]


def test_attributes_become_amounts_and_constants() -> None:
    text = """features
    R {abstract true, Price 100}
        mandatory
            A {abstract, Price 2.50, Cost 1, Weight 3, Size -1.5, Fragile, Boxed false}
            B {abstract false}
constraints
    B.abstract => A
"""
    reading = uvl.read(text.encode(), name="t.uvl", amounts=uvl.AmountNames(cost="Cost"))
    found = nodes(reading.models[0])
    assert (found["R"].abstract, found["A"].abstract, found["B"].abstract) == (True, True, False)
    assert (found["R"].price, found["A"].price, found["A"].cost) == (100, Decimal("2.50"), 1)
    told = {
        one.code: (one.type, unparse(one.expression))
        for one in found["A"].attributes
        if one.expression is not None
    }
    assert told == {
        "Weight": (AttributeType.INTEGER, "3"),
        "Size": (AttributeType.DECIMAL, "-1.5"),
        "Fragile": (AttributeType.BOOLEAN, "true"),
        "Boxed": (AttributeType.BOOLEAN, "false"),
    }
    assert [one.code for one in found["B"].attributes] == ["abstract"]


def test_a_price_that_a_constraint_asks_is_an_attribute_too() -> None:
    found = model("features\n  R {Price 3}\nconstraints\n  sum(Price) < 5\n")
    assert found.root.price == 3
    assert rules(found) == ["sum(R.Price) < 5"]


def test_a_feature_with_a_cardinality_has_a_quantity() -> None:
    text = """features
    R
        mandatory
            A cardinality [2..3] {Price 2}
            B cardinality [0..2]
        optional
            C cardinality [1..2]
constraints
    sum(Price) <= 4
"""
    found = model(text)
    told = {key: (one.minimum, one.maximum, one.required) for key, one in nodes(found).items()}
    assert told == {"R": (1, 1, False), "A": (2, 3, True), "B": (1, 2, False), "C": (1, 2, False)}
    assert rules(found) == ["sum(qty(A) * A.Price) <= 4"]
    assert len(list(enumerate_valid(found))) == 1 * 3 * 3


@pytest.mark.parametrize(
    ("feature", "told"),
    [
        ("A cardinality [1..*]", ("A", 1, 1000)),
        ("A cardinality [0..0]", ("A", 1, 1)),
        ("A cardinality [2]\n        optional\n          B", ("A", 2, 2)),
        ("Integer A cardinality [2] {constraint A >= 1 & A <= 2}", ("A", 2, 2)),
    ],
)
def test_cardinalities_that_mean_something_else_are_found(
    feature: str, told: tuple[str, int, int]
) -> None:
    reading = read(f"features\n  R\n    optional\n      {feature}\n")
    found = nodes(reading.models[0])["A"]
    assert (found.key, found.minimum, found.maximum) == told
    if "[0..0]" in feature:
        assert selections(reading.models[0]) == sets("R")
    else:
        assert [one.effect for one in reading.findings] == [Effect.CHANGED]


def test_numbers_have_the_bounds_that_constraints_set() -> None:
    text = """features
    R
        mandatory
            Integer A {constraint A >= -2 & A <= 3}
            Integer B
        optional
            Integer C
constraints
    B == 1 | B == 4
    C => 0.5 < C & C < 2.5
    A < B
"""
    found = model(text)
    values = {
        key: (one.attributes[0].minimum, one.attributes[0].maximum)
        for key, one in nodes(found).items()
        if one.attributes
    }
    assert values == {"A": (-2, 3), "B": (1, 4), "C": (1, 2)}
    assert len(list(enumerate_valid(found))) == (3 + 6) * 3


def test_numbers_without_bounds_are_bounded_and_found() -> None:
    text = """features
    R
        optional
            Integer A
            Real B
            Real C {constraint C >= 0 & C <= 0.125}
            Integer D {constraint D >= 20000}
            Integer value {value 3}
            Integer Huge {constraint Huge >= 0 & Huge <= 100000000}
"""
    reading = read(text)
    found = {
        key: one.attributes[0] for key, one in nodes(reading.models[0]).items() if one.attributes
    }
    bounds = {key: (one.minimum, one.maximum, one.step) for key, one in found.items()}
    assert bounds["A"] == (-10_000, 10_000, 1)
    assert bounds["B"] == (-1000, 1000, Decimal("0.01"))
    assert bounds["C"] == (0, Decimal("0.125"), Decimal("0.001"))
    assert bounds["D"] == (20_000, 40_000, 1)
    assert bounds["Huge"] == (0, 100_000_000, 1000)
    assert found["value"].code == "value_"
    assert {one.construct for one in reading.findings} == {
        "Integer A", "Real B", "Real C", "Integer D", "Integer value", "Integer Huge",
    }  # fmt: skip
    assert {one.effect for one in reading.findings} == {Effect.CHANGED}


def test_texts_are_enumerated_as_far_as_constraints_compare_them() -> None:
    text = """features
    R
        optional
            String Free
            String Name
            String Other
            A {Made 'Italy', Note 'nobody asks'}
constraints
    Name == 'Fun' | Name == A.Made
    Other != Name
"""
    reading = read(text)
    found = nodes(reading.models[0])
    assert found["Free"].attributes[0].type is AttributeType.TEXT
    options = [one.code for one in found["Name"].attributes[0].options]
    assert options == ["Fun", "Italy", "another text", "another text (2)"]
    assert [one.code for one in found["A"].attributes] == ["Made"]
    assert rules(reading.models[0]) == [
        'Name.value == "Fun" or Name.value == A.Made',
        "Other.value != Name.value",
    ]
    assert [(one.construct, one.effect) for one in reading.findings] == [
        ("String Name", Effect.CHANGED),
        ("String Other", Effect.CHANGED),
        ("A.Note", Effect.NOTED),
    ]


@pytest.mark.parametrize(
    ("constraint", "because"),
    [
        ("len(Name) < 10", "length of a text"),
        ("Name < 'x'", "no order"),
        ("Name == 3", "compared with what is none"),
        ("Name + 1 == 3", "cannot be calculated with"),
        ("A.Missing > 1", "declares no attribute 'Missing'"),
        ("A.Price", "where a truth value is needed"),
        ("A.Price / B.Price > 1", "only a constant can be divided by"),
        ("A.Price / 0 > 1", "divided by 0"),
        ("ceil(X) > 1", "a number that is chosen cannot be rounded"),
        ("floor(A) > 1", "rounds numbers"),
        ("avg(Price) * 2 > 1", "can only be compared"),
        ("len(A, B) == 1", "one argument"),
        ("sum(Price, A, B) == 1", "one or two arguments"),
        ("A.List == 1", "is a list"),
    ],
)
def test_what_a_model_cannot_say_is_found_with_its_line(constraint: str, because: str) -> None:
    text = f"""features
    R
        optional
            A {{Price 2, List [1, 2]}}
            B {{Price 3}}
            String Name
            Real X {{constraint X >= 0 & X <= 1}}
constraints
    {constraint}
    A => B
"""
    reading = read(text)
    lost = reading.lost()
    assert [(one.construct, one.place) for one in lost] == [(constraint, "test.uvl:9")]
    assert because.lower() in lost[0].because.lower()
    assert rules(reading.models[0])[1:] == ["A => B"]


@pytest.mark.parametrize(
    ("constraint", "meant"),
    [
        ("avg(Price) < 3", "A.Price + B.Price < 3 * (count(A) + count(B))"),
        ("A + B == 1", "count(A) + count(B) == 1"),
        ("A < 1", "count(A) < 1"),
    ],
)
def test_what_means_something_else_in_some_case_is_found(constraint: str, meant: str) -> None:
    text = f"""features
    R
        optional
            A {{Price 2}}
            B {{Price 3}}
constraints
    {constraint}
"""
    reading = read(text)
    assert rules(reading.models[0]) == [meant]
    assert [(one.construct, one.effect) for one in reading.findings] == [
        (constraint, Effect.CHANGED)
    ]


def test_files_import_each_other() -> None:
    text = """namespace Shop
imports
    parts.cpu as cpu
    disk
features
    PC
        mandatory
            cpu.CPU
        optional
            disk.Disk cardinality [1..2] {Price 3}
                optional
                    Label
constraints
    disk.SSD => cpu.maker.Fast
    sum(Price) < 50
"""
    files = {
        "parts__cpu": """imports
    maker
features
    CPU {Price 10}
        alternative
            maker.Maker
            Own
constraints
    Own | maker.Fast
""",
        "parts__maker": "features\n  Maker\n    alternative\n      Fast {Price 20}\n      Slow\n",
        "disk": "features\n  Disk\n    alternative\n      SSD\n      HDD\n",
    }
    reading = read(text, **files)
    found = reading.models[0]
    assert found.key == "Shop"
    assert list(nodes(found)) == [
        "PC", "cpu.CPU", "cpu.maker.Maker", "cpu.maker.Fast", "cpu.maker.Slow", "cpu.Own",
        "disk.Disk", "disk.SSD", "disk.HDD", "Label",
    ]  # fmt: skip
    assert (nodes(found)["disk.Disk"].maximum, nodes(found)["disk.Disk"].price) == (2, 3)
    assert rules(found) == [
        "`cpu.Own` or `cpu.maker.Fast`",
        "`disk.SSD` => `cpu.maker.Fast`",
        "`cpu.CPU`.Price + `cpu.maker.Fast`.Price + qty(`disk.Disk`) * `disk.Disk`.Price < 50",
    ]
    assert [rule.source for rule in found.rules] == [
        "parts/cpu.uvl:9", "test.uvl:14", "test.uvl:15",
    ]  # fmt: skip
    assert [one.effect for one in reading.findings] == [Effect.CHANGED]


def test_a_file_may_stand_in_two_places_under_two_names() -> None:
    text = """imports
    disk as first
    disk as second
features
    PC
        mandatory
            first.Disk
        optional
            second.Disk
"""
    found = model(text, disk="features\n  Disk\n    alternative\n      SSD\n      HDD\n")
    assert len(selections(found)) == 2 * 3


def test_imports_are_found_beside_the_file_and_nowhere_else(tmp_path: Path) -> None:
    home = tmp_path / "home"
    (home / "parts").mkdir(parents=True)
    (home / "parts" / "disk.uvl").write_text("features\n  Disk\n")
    (tmp_path / "secret.uvl").write_text("features\n  Disk\n")
    (home / "parts" / "link.uvl").symlink_to(tmp_path / "secret.uvl")
    others = uvl.beside(home / "main.uvl")
    assert others("parts/disk.uvl") == b"features\n  Disk\n"
    for path in (
        "../secret.uvl",
        str(tmp_path / "secret.uvl"),
        "parts/link.uvl",
        "parts",
        "no.uvl",
    ):
        assert others(path) is None


def test_words_may_be_written_in_many_ways() -> None:
    text = (
        "\ufeff// A comment\r\n"
        "include // levels\r\n"
        "\tBoolean.*\r\n"
        "\tArithmetic.aggregate-function\r\n"
        'namespace "My Shop".PC /* a block\r\n   that goes on */\r\n'
        "features\r\n"
        '\t"PC 100%" {abstract,\r\n  Price\r\n 3}   // root\r\n'
        "\r\n"
        "\t\tmandatory\r\n"
        "            // a comment at a strange place\r\n"
        '\t\t\tBoolean "Brackets()[]{}"\r\n'
        '\t\t\tGröße {Note \'with // no comment\', "Other Note" "old quotes. yes"}\r\n'
        "\t\toptional\r\n"
        "\t\t\tInteger\r\n"
        "\t\t\tA_1#\r\n"
        "constraints\r\n"
        '\t"PC 100%".Price-1 == 2 // minus\r\n'
        '\tInteger => A_1# &"Brackets()[]{}"\r\n'
        "  "
    )
    reading = read(text)
    found = reading.models[0]
    assert found.key == "My Shop.PC"
    assert list(nodes(found)) == ["PC 100%", "Brackets()[]{}", "Größe", "Integer", "A_1#"]
    assert rules(found) == ["`PC 100%`.Price - 1 == 2", "Integer => `A_1#` and `Brackets()[]{}`"]
    assert {one.effect for one in reading.findings} == {Effect.NOTED}


def test_levels_that_are_not_known_and_imports_that_nobody_uses_are_found() -> None:
    text = "include\n  SMT-level.aggregate-function\n  Type.magic\nimports\n  a\nfeatures\n  R\n"
    reading = read(text, a="features\n  A\n")
    assert [(one.construct, one.place) for one in reading.findings] == [
        ("include SMT-level.aggregate-function", "test.uvl:2"),
        ("include Type.magic", "test.uvl:3"),
        ("imports a", "test.uvl:5"),
    ]


def test_keys_of_rules_stay_when_lines_move() -> None:
    text = "features\n  R\n    optional\n      A\n      B\nconstraints\n  A => B\n  !A\n  A => B\n"
    first = [rule.key for rule in model(text).rules]
    moved = "// one more line\n" + text.replace("  !A\n", "").replace("A => B", "A  =>   B", 1)
    assert [rule.key for rule in model(moved).rules] == [first[0], first[2]]
    assert first[2] == f"{first[0]}-2"
