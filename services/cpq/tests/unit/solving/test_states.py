"""What an engine says of choices, against every valid configuration of small random models."""

import random
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cpq.configuration.answers import Goal, Origin
from cpq.configuration.evaluation import Configuration
from cpq.configuration.expressions import AttributeOf, Quantity, Selected, Value
from cpq.configuration.model import (
    AnswerTo,
    Attribute,
    AttributeType,
    Choice,
    Model,
    Node,
    Target,
)
from cpq.configuration.testing.examples import Example, choices, examples
from cpq.solving import Engine, UnknownValue, variables
from cpq.solving.testing import Oracle, proposal

checked = settings(
    max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), print_blob=True
)


@st.composite
def requests(draw: st.DrawFn) -> tuple[Example, list[Choice]]:
    example = draw(examples())
    return example, draw(choices(example.model))


def beside(target: Target, chosen: list[Choice]) -> list[Choice]:
    """The choices of other targets: of a node, whether and how many are one."""

    def shared(one: Target) -> Target:
        return Selected(one.node) if isinstance(one, Quantity) else one

    return [one for one in chosen if shared(one.target) != shared(target)]


@checked
@given(request=requests(), seed=st.randoms(use_true_random=False))
def test_the_order_of_the_choices_and_what_was_asked_before_do_not_matter(
    request: tuple[Example, list[Choice]], seed: random.Random
) -> None:
    example, chosen = request
    engine = Engine(example.model, example.supply)
    first = engine.state(chosen, example.facts)
    shuffled = chosen.copy()
    seed.shuffle(shuffled)
    for length in range(len(chosen)):
        engine.state(chosen[:length], example.facts)
    assert engine.state(shuffled, example.facts) == first
    assert Engine(example.model, example.supply).state(shuffled, example.facts) == first


@checked
@given(request=requests())
def test_each_value_offered_completes_and_each_excluded_one_cannot(
    request: tuple[Example, list[Choice]],
) -> None:
    example, chosen = request
    oracle = Oracle(example)
    state = Engine(example.model, example.supply).state(chosen, example.facts, reasons=False)
    assert state.consistent == oracle.consistent(chosen)
    if not state.consistent:
        return
    for domain in state.domains:
        others = beside(domain.target, chosen)
        if not _is_chosen(example, domain.target):
            continue
        for one in domain.values:
            assert one.possible == oracle.consistent([*others, Choice(domain.target, one.value)])


@checked
@given(request=requests())
def test_the_proposal_is_valid_and_has_the_choices(request: tuple[Example, list[Choice]]) -> None:
    example, chosen = request
    oracle = Oracle(example)
    state = Engine(example.model, example.supply).state(chosen, example.facts)
    if not state.consistent:
        return
    values = proposal(state)
    primary = {one: value for one, value in values.items() if _is_chosen(example, one)}
    assert primary in oracle.having(chosen)
    valid = [world for world in oracle.worlds if not world.violations(primary)]
    assert state.totals == valid[0].totals(primary)
    # What is calculated may depend on facts that are left open: it is right for one of them.
    calculated = {
        target: value
        for target, value in values.items()
        if isinstance(target, AttributeOf)
        and target not in primary
        and not _is_text(example, target)
    }
    assert any(
        all(world.evaluate(target, primary) == value for target, value in calculated.items())
        for world in valid
    )


@checked
@given(request=requests())
def test_origins_say_who_gave_the_value(request: tuple[Example, list[Choice]]) -> None:
    example, chosen = request
    oracle = Oracle(example)
    state = Engine(example.model, example.supply).state(chosen, example.facts, reasons=False)
    if not state.consistent:
        return
    targets = {choice.target: choice.value for choice in chosen}
    having = oracle.having(chosen)
    for domain in state.domains:
        if domain.target in targets:
            assert domain.origin is Origin.USER or domain.value is None
            assert domain.value in (targets[domain.target], None)
        elif domain.origin in (Origin.FORCED, Origin.DEFAULT, Origin.PROPOSED):
            if not _is_chosen(example, domain.target):
                continue
            only = len({_value(domain.target, values) for values in having}) == 1
            assert (domain.origin is Origin.FORCED) == only


@checked
@given(request=requests())
def test_reasons_name_choices_and_rules_that_exclude_the_value_and_none_too_many(
    request: tuple[Example, list[Choice]],
) -> None:
    example, chosen = request
    oracle = Oracle(example)
    state = Engine(example.model, example.supply).state(chosen, example.facts)
    if not state.consistent:
        return
    checks = 0
    for domain in state.domains:
        if not _is_chosen(example, domain.target):
            continue
        for one in domain.values:
            assert (one.reason is None) == one.possible
            if one.reason is None or checks > 5:
                continue
            checks += 1
            wanted = Choice(domain.target, one.value)
            assert set(one.reason.choices) <= set(beside(domain.target, chosen))
            assert_minimal(oracle, one.reason.choices, one.reason.rules, wanted)
            assert len(one.reason.messages) == len(one.reason.rules)


def assert_minimal(
    oracle: Oracle, chosen: tuple[Choice, ...], rules: tuple[str, ...], *denied: Choice
) -> None:
    """The choices and rules contradict each other, and each of them is needed for that."""
    assert oracle.contradict([*chosen, *denied], rules)
    for choice in chosen:
        assert oracle.consistent([*denied, *(one for one in chosen if one != choice)])
    for rule in rules:
        if rule != f"node:{oracle.example.model.root.key}":
            others = [one for one in rules if one != rule]
            assert not oracle.contradict([*chosen, *denied], others)


@checked
@given(request=requests())
def test_the_ends_of_a_numbers_ranges_are_reached_and_nothing_lies_beyond(
    request: tuple[Example, list[Choice]],
) -> None:
    example, chosen = request
    oracle = Oracle(example)
    state = in_binary(example).state(chosen, example.facts)
    assert state.consistent == oracle.consistent(chosen)
    if not state.consistent:
        return
    for domain in state.domains:
        if domain.values or not isinstance(domain.target, Quantity | AttributeOf):
            continue
        if not _is_chosen(example, domain.target):
            continue
        having = oracle.having(beside(domain.target, chosen))
        found = {_value(domain.target, one) for one in having}
        values = {value for value in found if isinstance(value, Decimal)}
        ends = [end for bounds in domain.ranges for end in bounds]
        assert set(ends) <= values
        assert all(any(low <= value <= high for low, high in domain.ranges) for value in values)
        if domain.reason is not None:
            assert domain.origin is Origin.FORCED
            left = {_value(domain.target, one) for one in oracle.having(domain.reason.choices)}
            assert left == {domain.value}
    primary = {one: value for one, value in proposal(state).items() if _is_chosen(example, one)}
    assert primary in oracle.having(chosen)


def in_binary(example: Example) -> Engine:
    """An engine that writes all numbers in binary, as it does large ones."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(variables, "FEW_VALUES", 1)
        return Engine(example.model, example.supply)


def _attribute(example: Example, target: AttributeOf) -> Attribute:
    node = next(node for node in example.model.nodes() if node.key == target.node)
    attribute = node.attribute(target.attribute)
    assert attribute is not None
    return attribute


def _is_text(example: Example, target: AttributeOf) -> bool:
    return _attribute(example, target).type is AttributeType.TEXT


def _is_chosen(example: Example, target: Target) -> bool:
    """Whether the target is part of a configuration: no text, and not calculated."""
    if not isinstance(target, AttributeOf):
        return True
    return _attribute(example, target).expression is None and not _is_text(example, target)


def _value(target: Target, values: Configuration) -> Value | None:
    match target:
        case Selected(node):
            return Quantity(node) in values
        case Quantity():
            return values.get(target, Decimal(0))
        case AttributeOf():
            return values.get(target)
        case AnswerTo():
            return None


def test_whole_numbers_stand_on_a_grid_too() -> None:
    height = Attribute(
        "height",
        "Height",
        AttributeType.INTEGER,
        minimum=Decimal(48),
        maximum=Decimal(64),
        step=Decimal(2),
    )
    engine = Engine(Model("frame", "Frame", Node("frame", "Frame", attributes=(height,))))
    target = AttributeOf("frame", "height")
    found = next(one for one in engine.state((), {}).domains if one.target == target)
    assert [one.value for one in found.values] == list(range(48, 65, 2))
    with pytest.raises(UnknownValue):
        engine.state((Choice(target, Decimal(49)),), {})
    assert engine.count((), {}) == 9
    best = engine.complete((Choice(target, Decimal(50)),), {}, Goal.LOWEST_PRICE)
    assert dict(best.values)[target] == 50
