"""Best completions by the circuit: against all configurations, and against the integer program."""

import random
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cpq.configuration.answers import Goal
from cpq.configuration.evaluation import canonical, enumerate_valid
from cpq.configuration.expressions import Quantity, Selected
from cpq.configuration.model import Amounts, Choice, Group, Model, Node, Supply
from cpq.configuration.testing.examples import Example, choices, examples
from cpq.solving import Engine
from cpq.solving.compiled.artefact import formula_bytes
from cpq.solving.compiled.child import compiled
from cpq.solving.encoding import encode
from cpq.solving.generation import generate
from cpq.solving.optimal import optimiser
from cpq.solving.refusals import ChoicesClash

from .formulas import Clauses, circuit_of, formulas, solutions
from .merits import merit

NOTHING_KNOWN = Supply({})


def compiled_engine(model: Model, supply: Supply = NOTHING_KNOWN) -> Engine:
    encoding = encode(model, supply)
    engine = Engine(
        model, supply, artefact=compiled(formula_bytes(encoding.core, encoding.clauses()))
    )
    assert engine.compiled
    return engine


@given(formula=formulas(), data=st.data(), scale=st.sampled_from((1, 10**30)))
@settings(max_examples=80, deadline=None)
def test_no_configuration_of_a_formula_costs_less(
    formula: tuple[int, Clauses], data: st.DataObject, scale: int
) -> None:
    variables, clauses = formula
    literals = [sign * one for one in range(1, variables + 1) for sign in (1, -1)]
    costs = {one: scale * data.draw(st.integers(-9, 9)) for one in literals}
    assumed = data.draw(st.lists(st.sampled_from(literals), max_size=3))
    circuit = circuit_of(variables, clauses)
    if not circuit.count():
        assert not circuit.consistent(assumed)
        return
    found = circuit.cheapest(circuit.costs(costs), assumed)
    expected = {
        one: sum(costs[v if one[v] else -v] for v in range(1, variables + 1))
        for one in solutions(variables, clauses, assumed)
    }
    if not expected:
        assert found is None
        return
    assert found is not None
    cost, flags = found
    assert cost == min(expected.values())
    assert expected[tuple(flags.tolist())] == cost


@given(example=examples(), data=st.data())
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_no_configuration_is_better(example: Example, data: st.DataObject) -> None:
    model, supply, facts = example.model, example.supply, example.facts
    chosen = data.draw(choices(model, most=2))
    engine = compiled_engine(model, supply)
    valid = list(enumerate_valid(model, facts, supply, chosen))
    for goal in Goal:
        if not valid:
            with pytest.raises(ChoicesClash):
                engine.complete(chosen, facts, goal, seconds=60)
            continue
        completion = engine.complete(chosen, facts, goal, seconds=60)
        values = canonical(model, completion.values)
        assert values in valid
        assert completion.optimal
        assert merit(model, supply, goal, values) == min(
            merit(model, supply, goal, one) for one in valid
        )


@pytest.mark.parametrize("seed", [1, 2])
def test_circuit_and_integer_program_find_equally_good_configurations(seed: int) -> None:
    model = generate(150, 600, seed=seed)
    engine, program = compiled_engine(model), optimiser(model, NOTHING_KNOWN)
    chance = random.Random(seed)
    for _ in range(3):
        some = engine.sample((), {}, 1, chance.randrange(1000))[0]
        chosen = [
            Choice(target, value)
            for target, value in chance.sample(some.values, 4)
            if isinstance(target, Selected)
        ]
        for goal in Goal:
            by_circuit = engine.complete(chosen, {}, goal)
            by_program = program.best(chosen, {}, goal, seconds=60)
            assert by_circuit.totals.price is not None
            parts = [
                sum(value is True for _, value in one.values) for one in (by_circuit, by_program)
            ]
            assert parts[0] <= parts[1]
            if goal is not Goal.EARLIEST_DELIVERY:
                assert by_circuit.totals == by_program.totals


def test_quantities_multiply_their_own_node_only_by_the_circuit() -> None:
    """What lies below a quantity is multiplied by it: the integer program answers."""
    inner = Node("inner", "Inner", price=Decimal(3))
    outer = Node(
        "outer",
        "Outer",
        required=True,
        minimum=2,
        maximum=70,
        price=Decimal(-1),
        groups=(Group("g", "G", (inner,)),),
    )
    alone = Node("alone", "Alone", required=True, maximum=100, price=Decimal("0.5"))
    for children, lowest, circuits in (((alone,), "0.5", True), ((outer,), "-70", False)):
        root = Node("root", "Root", groups=(Group("r", "R", children),))
        engine = compiled_engine(Model("m", "M", root, "EUR"))
        completer = engine._machinery.completer
        assert completer is not None
        assert (completer.best([], Goal.LOWEST_PRICE) is not None) is circuits
        assert engine.complete((), {}, Goal.LOWEST_PRICE).totals.price == Decimal(lowest)
    dearest = engine.complete((), {}, Goal.HIGHEST_PRICE)
    assert dearest.totals.price == 140


def test_delivery_is_as_early_as_the_slowest_needed_part() -> None:
    nodes = tuple(Node(f"n{days}", "N", item=f"I{days}") for days in (0, 3, 9, 20))
    group = Group("g", "G", nodes, minimum=3)
    model = Model("m", "M", Node("root", "Root", groups=(group,)))
    supply = Supply(
        {f"I{days}": Amounts(Decimal(days), Decimal(0), days) for days in (0, 3, 9, 20)}
    )
    engine = compiled_engine(model, supply)
    assert engine.complete((), {}, Goal.EARLIEST_DELIVERY).totals.delivery_days == 9
    chosen = [Choice(Quantity("n9"), Decimal(0))]
    assert engine.complete(chosen, {}, Goal.EARLIEST_DELIVERY).totals.delivery_days == 20


def test_a_large_model_is_completed_by_the_circuit_exactly() -> None:
    model = generate(600, 2_400, seed=3)
    engine = compiled_engine(model)
    cheapest = engine.complete((), {}, Goal.LOWEST_PRICE)
    assert cheapest.totals.price is not None
    program = optimiser(model, NOTHING_KNOWN).best((), {}, Goal.LOWEST_PRICE, seconds=100)
    assert program.totals.price == cheapest.totals.price
    assert cheapest.totals.price > 0
