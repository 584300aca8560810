"""Every rule of the four QuantumBit constraint models fires, with its own message."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from cpq.configuration.evaluation import Semantics
from cpq.configuration.expressions import AttributeOf, Value
from cpq.configuration.model import Message, Model, Preference, Rule, Table

from .quantumbit import CASES, FILES, Case
from .reading import configured, documented, model, read

pytestmark = pytest.mark.data


@pytest.fixture(scope="module")
def constraints(data_set: Callable[[str], Path]) -> Path:
    return data_set("cpq-quantumbit") / "constraints"


def named(found: Model, case: Case) -> Rule | Table | Preference | Message:
    """What the rule of a case became."""
    source = f"{Path(case.file).name}:{case.line}"
    every: list[Rule | Table | Preference | Message] = [
        *(found.rules if case.kind == "rule" else ()),
        *(found.tables if case.kind == "table" else ()),
        *(found.preferences if case.kind == "preference" else ()),
        *(found.messages if case.kind == "message" else ()),
    ]
    return next(one for one in every if one.source == source)


def facts(found: Model, given: dict[str, int]) -> dict[str, Value]:
    return {one.name: Decimal(given.get(one.name, 0)) for one in found.facts}


@pytest.mark.parametrize(
    "case", CASES, ids=lambda case: f"{case.file.partition('/')[0]}-{case.name}"
)
def test_a_rule_says_yes_and_no_with_its_own_words(constraints: Path, case: Case) -> None:
    found = model(constraints / case.file, case.model)
    rule = named(found, case)
    kept = configured(found, case.keeps)
    broken = configured(found, case.breaks)
    yes = Semantics(found, facts(found, case.facts_kept))
    no = Semantics(found, facts(found, case.facts_broken))

    assert yes.violations(kept) == ()
    if isinstance(rule, Rule | Table):
        assert rule.message == case.text
        assert rule.key in no.violations(broken)
    elif isinstance(rule, Preference):
        assert rule.message == case.text
        assert yes.evaluate(rule.condition, kept) is True
        assert no.evaluate(rule.condition, broken) is False
        # What is preferred can be done without.
        assert no.violations(broken) == ()
    else:
        assert rule.text == case.text
        assert yes.evaluate(rule.condition, kept) is False
        assert no.evaluate(rule.condition, broken) is True


@pytest.mark.parametrize("file", FILES)
def test_no_rule_of_a_file_is_without_a_case(constraints: Path, file: str) -> None:
    """The rules are counted in the text itself, beside the reader."""
    text = re.sub(r"//[^\n]*", "", (constraints / file).read_text())
    calls = re.finditer(
        r"^\s*(constraint|require|exclude|message|preference|rule)\s*\(", text, re.MULTILINE
    )
    lines = {text.count("\n", 0, one.start(1)) + 1 for one in calls}
    assert {case.line for case in CASES if case.file == file} == lines


@pytest.mark.parametrize("file", FILES)
def test_nothing_that_decides_is_left_behind(constraints: Path, file: str) -> None:
    assert read(constraints / file).lost() == ()


def test_the_models_can_be_kept_as_documents(constraints: Path) -> None:
    for file in FILES:
        documented(read(constraints / file).models)


def test_the_models_are_those_that_the_files_configure(constraints: Path) -> None:
    found = {file.partition("/")[0]: read(constraints / file).models for file in FILES}
    assert {name: [one.key for one in models] for name, models in found.items()} == {
        "QuantumBitBundle": ["Quote", "QuantumBitCompleteSolution"],
        "QuantumBitComplete": ["QuantumBitCompleteSolution"],
        "QuantumBitPCM": ["Quote"],
        "Server2": ["Server"],
    }
    sizes = {one.key: len(list(one.nodes())) for models in found.values() for one in models}
    assert sizes == {"Quote": 10, "QuantumBitCompleteSolution": 29, "Server": 41}


def test_what_the_server_draws_is_what_its_file_says(constraints: Path) -> None:
    """The file sums the air coolers where it says liquid coolers; so does the model."""
    server = model(constraints / FILES[3], "Server")
    meaning = Semantics(server, {})

    def drawn(**parts: int) -> Value | None:
        values = configured(server, parts)
        return meaning.evaluate(AttributeOf("Server", "PowerDraw"), values)

    assert drawn() == 0
    assert drawn(liquidcooler=2) == 0
    assert drawn(aircooler=2) == 2 * 2 * 15
    assert drawn(gold21ghz=2, ram64=4, hdd8_big=3, ssd30=2) == 2 * 150 + 4 * 4 + 3 * 3 + 2 * 2
    assert drawn(accel=1, nova=1, raid500=1, link100g=1) == 400 + 300 + 15 + 25


def test_an_open_quantity_is_as_large_as_the_language_lets_it_be(constraints: Path) -> None:
    server = model(constraints / FILES[3], "Server")
    most = {one.key: one.maximum for one in server.nodes()}
    assert most["hdd1_big"] == 9999
    assert (most["ram8"], most["pwr500s"], most["gold3ghz"]) == (8, 1, 2)
    solution = model(constraints / FILES[1], "QuantumBitCompleteSolution")
    nodes = {one.key: one for one in solution.nodes()}
    manager = nodes["quantumbitservicesproject/projectmanager"]
    assert (manager.required, manager.minimum, manager.maximum, manager.default) == (
        True,
        1,
        9999,
        8,
    )
    assert nodes["professionalservicesdailyrate"].default == 250
