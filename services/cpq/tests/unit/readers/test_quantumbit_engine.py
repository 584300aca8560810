"""The engine says of every rule of the QuantumBit models what the models' meaning says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from cpq.configuration.evaluation import Semantics
from cpq.configuration.expressions import (
    AttributeOf,
    Expression,
    Quantity,
    Selected,
    Value,
    walk,
)
from cpq.configuration.model import Model, Rule
from cpq.solving import Engine

from .quantumbit import CASES, FILES, Case
from .reading import Configuration, choices, configured, model, proposed
from .test_quantumbit import facts, named

pytestmark = pytest.mark.data

FORBIDDING = [one for one in CASES if one.kind in ("rule", "table")]
# What the server warns of, a rule of it forbids as well: no valid configuration shows it.
SHOWING = [one for one in CASES if one.kind == "message" and one.model != "Server"]
PREFERRING = [one for one in CASES if one.kind == "preference"]


def titled(case: Case) -> str:
    return f"{case.file.partition('/')[0]}-{case.name}"


@pytest.fixture(scope="module")
def constraints(data_set: Callable[[str], Path]) -> Path:
    return data_set("cpq-quantumbit") / "constraints"


@cache
def engine(path: Path, key: str) -> Engine:
    return Engine(model(path, key))


def why(asked: Engine, found: Model, values: Configuration, known: dict[str, Value]) -> list[str]:
    """Why a complete configuration is refused: the words, none when it is not.

    One choice is asked about beside all others; not one of a part that is there, for whether it is
    and how many there are is one question.
    """
    chosen = choices(found, values)
    first = next(one for one in chosen if isinstance(one.target, AttributeOf) or one.value is False)
    others = [one for one in chosen if one is not first]
    reason = asked.explain(others, known, first.target, first.value)
    return [] if reason is None else list(reason.messages)


def twins(found: Model, rule: Rule) -> set[str]:
    """The keys of other rules about exactly the same parts: the file says some things twice."""

    def about(condition: Expression) -> frozenset[Expression]:
        parts = (Quantity, AttributeOf, Selected)
        return frozenset(
            Selected(one.node) if isinstance(one, Quantity) else one
            for one in walk(condition)
            if isinstance(one, parts)
        )

    same = about(rule.condition)
    return {one.key for one in found.rules if one is not rule and about(one.condition) == same}


@pytest.mark.parametrize("case", FORBIDDING, ids=titled)
def test_the_engine_takes_what_keeps_a_rule_and_refuses_what_breaks_it_with_its_words(
    constraints: Path, case: Case
) -> None:
    found = model(constraints / case.file, case.model)
    whole = engine(constraints / case.file, case.model)
    broken = configured(found, case.breaks)
    assert why(whole, found, configured(found, case.keeps), facts(found, case.facts_kept)) == []
    known = facts(found, case.facts_broken)
    messages = why(whole, found, broken, known)
    assert messages
    if case.text in messages:
        return
    # Another rule says the same with other words, and one reason is enough: without it, this one.
    rule = named(found, case)
    assert isinstance(rule, Rule)
    same = twins(found, rule)
    assert {one.message for one in found.rules if one.key in same} & {*messages}
    left = tuple(one for one in found.rules if one.key not in same)
    alone = replace(found, rules=left)
    assert case.text in why(Engine(alone), alone, broken, known)


@pytest.mark.parametrize("case", PREFERRING, ids=titled)
def test_what_is_preferred_can_be_done_without(constraints: Path, case: Case) -> None:
    found = model(constraints / case.file, case.model)
    whole = engine(constraints / case.file, case.model)
    for written in (case.keeps, case.breaks):
        assert why(whole, found, configured(found, written), facts(found, {})) == []


@pytest.mark.parametrize("case", SHOWING, ids=titled)
def test_messages_are_shown_while_they_are_true(constraints: Path, case: Case) -> None:
    found = model(constraints / case.file, case.model)
    whole = engine(constraints / case.file, case.model)

    def shown(written: object, given: dict[str, int]) -> set[str]:
        assert isinstance(written, dict)
        chosen = choices(found, configured(found, written), only=False)
        state = whole.state(chosen, facts(found, given), reasons=False)
        assert state.consistent
        return {one.text for one in state.messages}

    assert case.text in shown(dict(case.breaks), case.facts_broken)
    assert case.text not in shown(dict(case.keeps), case.facts_kept)


@pytest.mark.parametrize(
    ("file", "key"),
    [
        (FILES[0], "Quote"),
        (FILES[0], "QuantumBitCompleteSolution"),
        (FILES[1], "QuantumBitCompleteSolution"),
        (FILES[2], "Quote"),
        (FILES[3], "Server"),
    ],
)
def test_what_the_engine_proposes_is_valid_and_its_messages_are_true(
    constraints: Path, file: str, key: str
) -> None:
    found = model(constraints / file, key)
    known = facts(found, {})
    state = engine(constraints / file, key).state([], known, reasons=False)
    values = proposed(found, state)
    meaning = Semantics(found, known)
    assert meaning.violations(values) == ()
    true = {one.key for one in found.messages if meaning.evaluate(one.condition, values) is True}
    assert {one.key for one in state.messages} == true
