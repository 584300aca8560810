"""FeatureIDE's XML: every construct, what it becomes, what is found and what is refused."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cpq.configuration.expressions import Constant
from cpq.configuration.language import unparse
from cpq.configuration.model import AttributeType, Model
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

ABC = '<feature name="A"/><feature name="B"/><feature mandatory="true" name="C"/>'


def read(text: str) -> Reading:
    reading = featureide.read(text.encode(), name="test.xml")
    documented(reading.models)
    return reading


def with_struct(struct: str, rest: str = "", tag: str = "featureModel") -> str:
    return f"<?xml version='1.0'?>\n<{tag}>\n<struct>\n{struct}\n</struct>\n{rest}\n</{tag}>"


def model(struct: str, rest: str = "") -> Model:
    """The model of a file of which everything is understood."""
    reading = read(with_struct(struct, rest, "extendedFeatureModel"))
    assert reading.findings == ()
    return reading.models[0]


@pytest.mark.parametrize(
    ("tag", "valid"),
    [
        ("and", sets("R C", "R A C", "R B C", "R A B C")),
        ("or", sets("R A", "R B", "R C", "R A B", "R A C", "R B C", "R A B C")),
        ("alt", sets("R A", "R B", "R C")),
    ],
)
def test_groups(tag: str, valid: set[frozenset[str]]) -> None:
    found = model(f'<{tag} mandatory="true" name="R">{ABC}</{tag}>')
    assert selections(found) == valid
    assert (found.key, found.currency) == ("R", None)


def test_an_or_of_one_feature_is_what_featureide_makes_of_it() -> None:
    optional = read(with_struct('<or name="R"><feature name="A"/></or>'))
    assert selections(optional.models[0]) == sets("R", "R A")
    assert [(one.construct, one.effect) for one in optional.findings] == [("or R", Effect.NOTED)]
    required = read(with_struct('<or name="R"><feature mandatory="true" name="A"/></or>'))
    assert selections(required.models[0]) == sets("R A")
    assert selections(model('<alt name="R"><feature name="A"/></alt>')) == sets("R A")


def test_abstract_and_hidden_features() -> None:
    found = nodes(
        model(
            '<and abstract="true" name="R"><and hidden="true" name="A"><feature name="B"/></and>'
            '<feature name="C"/></and>'
        )
    )
    assert [found[key].abstract for key in "RABC"] == [True, False, False, False]
    never = Constant(False)
    assert [found[key].visible_when for key in "RABC"] == [None, never, never, None]


RULES = [
    ("<var>A</var>", "A"),
    ("<not><var>A</var></not>", "not A"),
    ("<imp><var>A</var><var>B</var></imp>", "A => B"),
    ("<eq><var>A</var><not><var>B</var></not></eq>", "A <=> not B"),
    ("<conj><var>A</var><var>B</var><var>C</var></conj>", "A and B and C"),
    ("<disj><var>A</var><disj><var>B</var><var>C</var></disj></disj>", "A or B or C"),
    ("<conj><conj><var>A</var><var>B</var></conj><var>C</var></conj>", "A and B and C"),
    ("<disj><var>A</var></disj>", "A"),
    ("<disj><conj><var>A</var><var>B</var></conj><var>C</var></disj>", "A and B or C"),
    ("<atmost1><var>A</var><var>B</var></atmost1>", "count(A, B) <= 1"),
    ("<not><disj><var>\n A \n</var><var>B</var></disj></not>", "not (A or B)"),
]


@pytest.mark.parametrize(("formula", "meant"), RULES)
def test_rules(formula: str, meant: str) -> None:
    struct = f'<and name="R">{ABC}</and>'
    found = model(struct, f"<constraints>\n<rule>{formula}</rule>\n</constraints>")
    assert rules(found) == [meant]
    assert (found.rules[0].message, found.rules[0].source) == (meant, "test.xml:7")


def test_a_rule_says_its_description() -> None:
    rule = "<rule><description>\n  B needs\n  A\n</description><var>A</var></rule>"
    found = model(f'<and name="R">{ABC}</and>', f"<constraints>{rule}</constraints>")
    assert found.rules[0].message == "B needs A"


def test_attributes_become_amounts_and_constants() -> None:
    struct = """<and name="R">
<attribute name="Price" recursive="true" type="double" unit="€" value="841.9"/>
<attribute name="Weight" recursive="true" type="long" unit="kg"/>
<feature name="A">
  <attribute name="Price" value="1.0E2"/>
  <attribute name="Weight" value="3"/>
  <attribute name="Size" type="double" value="-1.50"/>
  <attribute name="Fragile" type="boolean" value="TRUE"/>
</feature>
<feature name="B"><attribute name="Price" type="double" unit="€"/></feature>
</and>"""
    reading = read(with_struct(struct, tag="extendedFeatureModel"))
    found = nodes(reading.models[0])
    assert reading.models[0].currency == "EUR"
    assert [found[key].price for key in "RAB"] == [Decimal("841.9"), Decimal(100), None]
    told = [
        (one.code, one.type, unparse(one.expression))
        for one in found["A"].attributes
        if one.expression is not None
    ]
    assert told == [
        ("Weight", AttributeType.INTEGER, "3"),
        ("Size", AttributeType.DECIMAL, "-1.50"),
        ("Fragile", AttributeType.BOOLEAN, "true"),
    ]
    assert [(one.construct, one.effect) for one in reading.findings] == [
        ("attribute Weight without a value", Effect.NOTED)
    ]


def test_other_attributes_may_be_the_amounts() -> None:
    struct = """<feature name="R"><attribute name="list" type="long" unit="USD" value="9"/>
<attribute name="made for" type="double" unit="$" value="4.5"/>
<attribute name="Price" type="long" value="7"/></feature>"""
    amounts = featureide.AmountNames(price="list", cost="made for")
    text = with_struct(struct, tag="extendedFeatureModel").encode()
    found = featureide.read(text, name="test.xml", amounts=amounts).models[0]
    assert (found.currency, found.root.price, found.root.cost) == ("USD", 9, Decimal("4.5"))
    assert [one.code for one in found.root.attributes] == ["Price"]
    assert featureide.read(text, name="test.xml", currency="CHF").models[0].currency == "CHF"


@pytest.mark.parametrize("units", [("points",), ("€", "$"), ("€", "points")])
def test_units_that_are_no_currency_of_all_are_found(units: tuple[str, ...]) -> None:
    features = "".join(
        f'<feature name="F{at}"><attribute name="Price" type="long" unit="{unit}" value="1"/>'
        "</feature>\n"
        for at, unit in enumerate(units)
    )
    reading = read(with_struct(f'<and name="R">{features}</and>'))
    assert reading.models[0].currency is None
    assert [(one.construct, one.effect) for one in reading.findings] == [
        (f"unit {unit}", Effect.CHANGED) for unit in units
    ]


def test_configurable_attributes_are_chosen() -> None:
    struct = """<and name="R">
<attribute name="seats" type="long" configurable="true" value="4"/>
<attribute name="load" type="double" configurable="true" value="2500.5"/>
<attribute name="quiet" type="boolean" configurable="true" value="false"/>
<attribute name="label" type="string" configurable="true" recursive="true" value="Hello"/>
<feature name="A"><attribute name="label" value="there"/></feature>
</and>"""
    reading = read(with_struct(struct, tag="extendedFeatureModel"))
    root = reading.models[0].root
    told = [(one.type, one.default, one.minimum, one.maximum) for one in root.attributes]
    assert told == [
        (AttributeType.INTEGER, 4, -10_000, 10_000),
        (AttributeType.DECIMAL, Decimal("2500.5"), -1000, Decimal("2500.5")),
        (AttributeType.BOOLEAN, False, None, None),
        (AttributeType.TEXT, "Hello", None, None),
    ]
    assert nodes(reading.models[0])["A"].attributes[0].default == "there"
    assert [(one.construct, one.effect) for one in reading.findings] == [
        ("attribute seats", Effect.CHANGED),
        ("attribute load", Effect.CHANGED),
    ]


def test_what_decides_nothing_is_noted_once() -> None:
    struct = """<and name="R"><description>
 The root </description><graphics key="collapsed" value="false"/>
<feature name="A" coordinates="1, 2"><description>a</description><property key="x" value="y"/>
<attribute name="Maker" type="string" value="M"/></feature>
</and>"""
    rest = """<constraints/>
<properties><graphics key="legend" value="true"/></properties>
<calculations Auto="true"/><comments><c>Hello</c></comments>
<featureOrder userDefined="true"><feature name="A"/></featureOrder>"""
    reading = read(with_struct(struct, rest))
    assert [(one.construct, one.place) for one in reading.findings] == [
        ("description", "test.xml:4"),
        ("graphics", "test.xml:5"),
        ("property", "test.xml:6"),
        ("attribute Maker of text", "test.xml:7"),
        ("properties", "test.xml:11"),
        ("calculations", "test.xml:12"),
        ("comments", "test.xml:12"),
        ("featureOrder", "test.xml:13"),
    ]
    assert {one.effect for one in reading.findings} == {Effect.NOTED}


def test_what_is_not_known_is_lost_and_the_rest_is_read() -> None:
    struct = f'<and name="R">{ABC}\n<cloud name="D"/></and>'
    rest = """<constraints>
<rule><xor><var>A</var><var>B</var></xor></rule>
<law/>
<rule><var>A</var></rule>
</constraints>
<wishes/>"""
    reading = read(with_struct(struct, rest))
    assert rules(reading.models[0]) == ["A"]
    assert [(one.construct, one.place) for one in reading.lost()] == [
        ("wishes", "test.xml:12"),
        ("cloud", "test.xml:5"),
        ("xor", "test.xml:8"),
        ("law", "test.xml:9"),
    ]


def deep(levels: int) -> str:
    opened = "".join(f'<and name="N{level}">' for level in range(levels))
    return opened + "</and>" * levels


def test_a_formula_that_is_too_deep_is_lost() -> None:
    formula = "<not>" * 200 + "<var>A</var>" + "</not>" * 200
    rest = f"<constraints><rule>{formula}</rule></constraints>"
    reading = read(with_struct(f'<and name="R">{ABC}</and>', rest))
    assert [(one.construct, one.effect) for one in reading.findings] == [("rule", Effect.LOST)]
    right = "<disj><var>A</var>" * 200 + "<var>B</var>" + "</disj>" * 200
    found = model(f'<and name="R">{ABC}</and>', f"<constraints><rule>{right}</rule></constraints>")
    assert rules(found) == [" or ".join(["A"] * 200 + ["B"])]


ROOT = '<and name="R"><feature name="A"/></and>'


@pytest.mark.parametrize(
    ("text", "line", "because"),
    [
        ("", 1, "no element"),
        ("<featureModel>", 1, "no element"),
        ("<a>\n<b>\n</a>", 3, "mismatched tag"),
        ("<html/>", 1, "'html' is no feature model"),
        (with_struct("<feature/>"), 4, "needs a name"),
        (with_struct('<feature name=" "/>'), 4, "needs a name"),
        (with_struct('<and name="R">\n<feature name="R"/></and>'), 5, "in line 4 already"),
        (with_struct('<and name="R"><feature name="R"/></and>'), 4, "in line 4 already"),
        (with_struct('<feature name="R"><feature name="A"/></feature>'), 4, "but no group"),
        (with_struct(f'{ROOT}\n<feature name="S"/>'), 3, "one feature, which is the root"),
        (with_struct('<feature name="R"><attribute/></feature>'), 4, "without a name"),
        (
            with_struct('<feature name="R"><attribute name="a" value="1"/></feature>'),
            4,
            "has no type",
        ),
        (
            with_struct('<feature name="R"><attribute name="a" type="date"/></feature>'),
            4,
            "is no type",
        ),
        *(
            (
                with_struct(
                    f'<feature name="R">\n<attribute name="a" type="{kind}" value="{value}"/>'
                    "</feature>"
                ),
                5,
                because,
            )
            for kind, value, because in (
                ("long", "1.5", "is no number"),
                ("long", "x", "is no number"),
                ("double", "NaN", "is no number"),
                ("double", "Infinity", "is no number"),
                ("double", "1e999999", "is no number"),
                ("double", "9" * 31, "is no number"),
                ("boolean", "yes", "neither true nor false"),
            )
        ),
        *(
            (with_struct(ROOT, f"<constraints>\n<rule>{formula}</rule></constraints>"), 7, because)
            for formula, because in (
                ("", "one formula"),
                ("<var>A</var><var>A</var>", "one formula"),
                ("<var>Z</var>", "no feature 'Z'"),
                ("<not/>", "has 1 formulas"),
                ("<imp><var>A</var></imp>", "has 2 formulas"),
                ("<conj/>", "has no formulas"),
                ("<var><var>A</var></var>", "holds the name"),
            )
        ),
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
        '<!DOCTYPE a [<!ENTITY b "c">]><featureModel>&b;</featureModel>',
        '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><featureModel>&b;</featureModel>',
        '<!DOCTYPE a SYSTEM "http://127.0.0.1:1/a.dtd"><featureModel/>',
    ],
)
def test_entities_are_refused(text: str) -> None:
    with pytest.raises((FileCannotBeRead, NothingToConfigure)):
        read(text)


@pytest.mark.parametrize(
    "text",
    [
        with_struct(deep(61)),
        "<a>" * 2000,
        with_struct(f'<feature name="{"R" * 201}"/>'),
        " " * 20_000_001,
    ],
)
def test_too_much_is_refused(text: str) -> None:
    with pytest.raises(FileIsTooLarge):
        read(text)


@pytest.mark.parametrize("text", ["<featureModel/>", "<featureModel><struct/></featureModel>"])
def test_a_file_without_features_has_nothing_to_configure(text: str) -> None:
    with pytest.raises(NothingToConfigure):
        read(text)


PIECES = st.sampled_from(
    re.findall(
        r"\S+",
        """<featureModel> </featureModel> <struct> </struct> <and§name="R"> </and> <alt§name="A">
        </alt> <feature§name="B"/> <feature§name="C"§mandatory="true"/> <constraints>
        </constraints> <rule> </rule> <var>B</var> <not> </not> <imp> </imp> <disj> </disj>
        <attribute§name="Price"§type="double"§value="2.5"/> <attribute§name="x"/> <description>
        </description> text &amp; &b; <!-- --> <![CDATA[ ]]> <? é < > " """,
    )
).map(lambda piece: piece.replace("§", " "))

SOUND = re.findall(
    r"<[^>]*>|[^<]+",
    with_struct(
        f'<and name="R">{ABC}</and>', "<constraints><rule><var>A</var></rule></constraints>"
    ),
)


@settings(deadline=None)
@given(st.data())
def test_a_file_with_a_piece_out_of_place_is_read_or_refused_by_name(data: st.DataObject) -> None:
    pieces = list(SOUND)
    at = data.draw(st.integers(0, len(pieces)))
    pieces[at : at + data.draw(st.integers(0, 3))] = data.draw(st.lists(PIECES, max_size=4))
    try:
        read("".join(pieces))
    except Refusal as refused:
        told = refused.detail
    else:
        told = "test.xml"
    assert told.startswith("test.xml")
    assert told.encode()


@given(st.binary(max_size=60) | st.text(max_size=60).map(lambda text: f"<a>{text}".encode()))
def test_any_bytes_are_refused_by_name(content: bytes) -> None:
    with pytest.raises(Refusal):
        featureide.read(content, name="test.xml")
