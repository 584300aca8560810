"""Choices and facts as they are written."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpq.choices.asked import Asked
from cpq.configuration.expressions import AttributeOf, Constant, Quantity, Selected
from cpq.configuration.model import (
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
    Question,
)
from cpq.configurator.rules import Wording, days, said
from cpq.solving import FactMakesNoSense, UnknownFact, UnknownTarget, UnknownValue


def machine() -> Model:
    size = Attribute(
        "size of boiler",
        "Size",
        AttributeType.DECIMAL,
        minimum=Decimal(1),
        maximum=Decimal(9),
    )
    note = Attribute("note", "Note", AttributeType.TEXT)
    wand = Node("steam wand", "Steam wand", maximum=2)
    root = Node(
        "machine", "Machine", attributes=(size, note), groups=(Group("g", "Group", (wand,)),)
    )
    return Model(
        "machine",
        "Machine",
        root,
        questions=(Question("where", "Where?", (Answer("bar", "Bar", Constant(True)),)),),
        facts=(
            Fact("tier", FactType.TEXT, ("gold",)),
            Fact("seats", FactType.NUMBER, minimum=Decimal(0), maximum=Decimal(99)),
            Fact("date", FactType.DATE),
        ),
    )


WORDING = Wording(machine())
TARGETS = [
    Selected("machine"),
    Quantity("steam wand"),
    AttributeOf("machine", "size of boiler"),
    AnswerTo("where"),
]


@pytest.mark.parametrize("target", TARGETS, ids=str)
def test_every_target_is_read_as_it_is_written(target: object) -> None:
    text = WORDING.text(target)  # type: ignore[arg-type]
    asked = Asked(text, None, 1) if isinstance(text, str) else Asked(None, text["question"], 1)
    assert WORDING.target(asked, "target") == target


def test_a_target_may_be_written_in_another_way() -> None:
    assert WORDING.target(Asked(" qty( `steam wand` )", None, 1), "t") == Quantity("steam wand")
    assert WORDING.target(Asked("`machine`", None, True), "t") == Selected("machine")


@pytest.mark.parametrize(
    "text", ["", "wings", "machine.wings", "machine and machine", "1", "not machine", "(" * 500]
)
def test_what_is_no_target_of_the_model_is_refused(text: str) -> None:
    with pytest.raises(UnknownTarget) as caught:
        WORDING.choice(4, Asked(text, None, True))
    assert caught.value.field == "choices.4.target"


@given(st.decimals(-1000, 1000, places=3))
def test_numbers_are_read_as_they_are_written(number: Decimal) -> None:
    choice = WORDING.choice(0, Asked("machine.`size of boiler`", None, format(number, "f")))
    assert choice == Choice(AttributeOf("machine", "size of boiler"), number)
    assert Decimal(str(said(choice.value))) == number


@pytest.mark.parametrize("bad", ["", "1e3", "NaN", "Infinity", "1,5", " 1", "0x1", "1" * 41, True])
def test_what_is_no_number_is_refused(bad: str | bool) -> None:
    with pytest.raises(UnknownValue):
        WORDING.choice(0, Asked("qty(`steam wand`)", None, bad))


def test_each_kind_of_value_has_its_own_form() -> None:
    assert WORDING.choice(0, Asked("machine.note", None, "12")).value == "12"
    assert WORDING.choice(0, Asked(None, "where", "bar")).value == "bar"
    for asked in (
        Asked("machine", None, "true"),
        Asked("machine", None, 1),
        Asked("machine.note", None, 12),
        Asked(None, "where", True),
    ):
        with pytest.raises(UnknownValue):
            WORDING.choice(0, asked)


@given(st.dates(date(1900, 1, 1), date(2200, 1, 1)))
def test_days_count_from_1970(day: date) -> None:
    found = WORDING.facts({"date": day.isoformat()})["date"]
    assert date(1970, 1, 1) + timedelta(int(Decimal(str(found)))) == day
    assert found == days(day)


def test_facts_are_of_their_kind() -> None:
    assert WORDING.facts({"tier": "any", "seats": "4.5"}) == {
        "tier": "any",
        "seats": Decimal("4.5"),
    }
    with pytest.raises(UnknownFact):
        WORDING.facts({"moon": "full"})
    for name, value in (("tier", 1), ("seats", "many"), ("date", "tomorrow"), ("date", 3)):
        with pytest.raises(FactMakesNoSense) as caught:
            WORDING.facts({name: value})  # type: ignore[dict-item]
        assert caught.value.field == f"facts.{name}"
