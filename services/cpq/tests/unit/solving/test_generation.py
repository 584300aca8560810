"""Generated models: as large as asked, the same each time, and with configurations."""

import pytest
from pysat.solvers import Solver

from cpq.configuration.model import Group, Model, Node, Supply
from cpq.solving.encoding import encode
from cpq.solving.generation import generate, usual_clauses


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize(
    ("features", "clauses"), [(100, 360), (1_000, 4_000), (2_500, 10_000), (3_000, 40_000)]
)
def test_a_generated_model_is_as_large_as_asked_and_satisfiable(
    features: int, clauses: int, seed: int
) -> None:
    model = generate(features, clauses, seed=seed)
    nodes = list(model.nodes())
    assert len(nodes) == len({node.key for node in nodes}) == features
    assert usual_clauses(model) == pytest.approx(clauses, rel=0.05)
    assert len(model.rules) == len({rule.key for rule in model.rules}) > 0
    assert all(node.price is not None for node in nodes if not node.groups)
    with Solver("minisat22", bootstrap_with=list(encode(model, Supply({})).clauses())) as solver:
        assert solver.solve()


def test_equal_arguments_give_equal_models() -> None:
    assert generate(200, 800, seed=3) == generate(200, 800, seed=3)
    assert generate(200, 800, seed=3) != generate(200, 800, seed=4)


@pytest.mark.parametrize(("features", "clauses"), [(9, 100), (100, 199)])
def test_too_small_a_size_is_an_error(features: int, clauses: int) -> None:
    with pytest.raises(ValueError, match="at least 10 features"):
        generate(features, clauses)


@pytest.mark.parametrize("features", [10, 20, 20_000])
def test_the_ends_of_the_range_work(features: int) -> None:
    model = generate(features, 4 * features)
    assert sum(1 for _ in model.nodes()) == features


def test_clauses_are_counted_as_usual() -> None:
    """A root, three alternatives of which one is required: 1 + 3 + 1 + 1 + 3."""
    first = Node("a", "A", required=True)
    members = (first, Node("b", "B"), Node("c", "C"))
    root = Node("r", "R", groups=(Group("g", "G", members, minimum=1, maximum=1),))
    assert usual_clauses(Model("m", "M", root)) == 9
