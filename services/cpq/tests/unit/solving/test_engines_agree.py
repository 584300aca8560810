"""The compiled circuit, the solver and plain enumeration say the same."""

from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cpq.configuration.evaluation import canonical
from cpq.configuration.model import Choice, Model, Node, Supply
from cpq.configuration.testing.examples import Example, choices, examples
from cpq.solving import ChoicesClash, Engine
from cpq.solving.compiled import Compiled, compile_formula
from cpq.solving.encoding import encode
from cpq.solving.testing import Oracle

checked = settings(deadline=None, suppress_health_check=list(HealthCheck))


@st.composite
def requests(draw: st.DrawFn) -> tuple[Example, list[list[Choice]]]:
    example = draw(examples())
    return example, [draw(choices(example.model)) for _ in range(4)]


def compiled(example: Example) -> Engine:
    encoding = encode(example.model, example.supply)
    found = compile_formula(encoding.core, encoding.clauses(), seconds=60)
    assert isinstance(found, Compiled)
    engine = Engine(example.model, example.supply, artefact=found.artefact)
    assert engine.compiled
    return engine


@settings(checked, max_examples=12)
@given(request=requests())
def test_the_circuit_and_the_solver_say_the_same(
    request: tuple[Example, list[list[Choice]]],
) -> None:
    example, several = request
    circuit, solver = compiled(example), Engine(example.model, example.supply)
    for chosen in several:
        assert circuit.state(chosen, example.facts) == solver.state(chosen, example.facts)


@settings(checked, max_examples=12)
@given(request=requests(), seed=st.integers(0, 9))
def test_counts_equal_enumeration_and_samples_are_valid(
    request: tuple[Example, list[list[Choice]]], seed: int
) -> None:
    example, several = request
    oracle = Oracle(example)
    for engine in (compiled(example), Engine(example.model, example.supply)):
        for chosen in several:
            having = oracle.having(chosen)
            assert engine.count(chosen, example.facts) == len(having)
            try:
                drawn = engine.sample(chosen, example.facts, 3, seed)
            except ChoicesClash:
                assert not having
                continue
            assert len(drawn) == 3
            assert drawn == engine.sample(chosen, example.facts, 3, seed)
            for one in drawn:
                values = canonical(example.model, one.values)
                assert values in having
                assert one.totals == oracle.worlds[0].totals(values)


def test_an_artefact_of_another_model_is_ignored() -> None:
    """A circuit answers for exactly the clauses that it was compiled from."""
    example = Example(Model("small", "Small", Node("root", "Root")), {}, Supply({}))
    other = replace(example.model, root=replace(example.model.root, maximum=2))
    encoding = encode(example.model, example.supply)
    found = compile_formula(encoding.core, encoding.clauses(), seconds=60)
    assert isinstance(found, Compiled)
    assert not Engine(other, artefact=found.artefact).compiled
    assert not Engine(example.model, artefact=b"nothing of ours").compiled
    assert Engine(example.model, artefact=found.artefact).compiled
