"""Conflicts and what mends them, against every valid configuration of small random models."""

from dataclasses import replace
from decimal import Decimal
from itertools import combinations

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from cpq.configuration.answers import Change
from cpq.configuration.language import parse
from cpq.configuration.model import (
    Attribute,
    AttributeType,
    Choice,
    Fact,
    FactType,
    Group,
    Model,
    Node,
    Rule,
)
from cpq.configuration.testing.examples import Example, choices, examples
from cpq.solving import Engine
from cpq.solving.testing import Oracle

checked = settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))


@st.composite
def requests(draw: st.DrawFn) -> tuple[Example, list[Choice]]:
    example = draw(examples())
    return example, draw(choices(example.model, most=6))


@checked
@given(request=requests())
def test_a_conflict_names_a_minimal_set_of_choices_and_the_rules_that_clash(
    request: tuple[Example, list[Choice]],
) -> None:
    example, chosen = request
    oracle = Oracle(example)
    state = Engine(example.model, example.supply).state(chosen, example.facts, reasons=False)
    assert state.consistent == oracle.consistent(chosen)
    if state.conflict is None:
        return
    reason = state.conflict.reason
    assert set(reason.choices) <= set(chosen)
    assert oracle.contradict(reason.choices, reason.rules)
    for choice in reason.choices:
        assert oracle.consistent(one for one in reason.choices if one != choice)
    for rule in reason.rules:
        others = [one for one in reason.rules if one != rule]
        assert not oracle.contradict(reason.choices, others)


@checked
@given(request=requests())
def test_a_repair_repairs_and_no_smaller_set_of_changes_does(
    request: tuple[Example, list[Choice]],
) -> None:
    example, chosen = request
    oracle = Oracle(example)
    assume(not oracle.consistent(chosen) and oracle.consistent([]))
    engine = Engine(example.model, example.supply)
    repairs = engine.repairs(chosen, example.facts)
    assert [len(one.changes) for one in repairs] == sorted(len(one.changes) for one in repairs)
    for repair in repairs:
        assert oracle.consistent(_changed(chosen, repair.changes))
        for number in range(len(repair.changes)):
            for fewer in combinations(repair.changes, number):
                kept = _without(chosen, fewer)
                assert not oracle.consistent(kept)
        state = engine.state(_changed(chosen, repair.changes), example.facts, reasons=False)
        assert state.totals.price == repair.price
    # All least sets are found, unless there are more than are shown.
    least = len(repairs[0].changes)
    expected = {
        frozenset(gone)
        for gone in combinations(chosen, least)
        if oracle.consistent(one for one in chosen if one not in gone)
    }
    found = {
        frozenset(change.choice for change in repair.changes)
        for repair in repairs
        if len(repair.changes) == least
    }
    assert found == expected


@checked
@given(request=requests())
def test_under_a_conflict_the_domains_are_those_of_the_least_repair(
    request: tuple[Example, list[Choice]],
) -> None:
    example, chosen = request
    engine = Engine(example.model, example.supply)
    state = engine.state(chosen, example.facts)
    if state.conflict is None or not state.conflict.repairs:
        return
    kept = _without(chosen, state.conflict.repairs[0].changes)
    after = engine.state(kept, example.facts)
    assert (state.domains, state.messages, state.totals) == (
        after.domains,
        after.messages,
        after.totals,
    )
    assert state.conflict.repairs == engine.repairs(chosen, example.facts)


def _without(chosen: list[Choice], changes: tuple[Change, ...]) -> list[Choice]:
    gone = {change.choice for change in changes}
    return [one for one in chosen if one not in gone]


def _changed(chosen: list[Choice], changes: tuple[Change, ...]) -> list[Choice]:
    replaced = [
        replace(change.choice, value=change.to) for change in changes if change.to is not None
    ]
    return [*_without(chosen, changes), *replaced]


def test_a_conflict_made_by_facts_names_those_that_its_rules_ask_for() -> None:
    a = Node("a", "A")
    power = Attribute("power", "Power", AttributeType.DECIMAL, expression=parse("@seats * 2"))
    root = Node("r", "R", attributes=(power,), groups=(Group("g", "G", (a,)),))
    rules = (
        Rule("gold", parse('@tier == "gold" => a'), "Gold"),
        Rule("power", parse("r.power > 10 => not a"), "Power"),
    )
    facts = (
        Fact("tier", FactType.TEXT, values=("gold", "silver")),
        Fact("seats", FactType.NUMBER, minimum=Decimal(0), maximum=Decimal(20)),
        Fact("region", FactType.TEXT, values=("north", "south")),
    )
    engine = Engine(Model("m", "M", root, rules=rules, facts=facts))

    state = engine.state((), {"tier": "gold", "seats": Decimal(9), "region": "north"})

    assert state.conflict is not None
    assert state.conflict.reason.rules == ("gold", "power")
    assert state.conflict.reason.facts == (("seats", Decimal(9)), ("tier", "gold"))
