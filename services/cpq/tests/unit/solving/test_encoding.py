"""Clauses against the reference: the same configurations, each exactly once."""

from collections.abc import Iterator, Mapping
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from pysat.solvers import Solver

from cpq.configuration.evaluation import canonical, enumerate_valid, open_facts
from cpq.configuration.expressions import AttributeOf, Quantity, Selected, Value
from cpq.configuration.model import Target
from cpq.configuration.testing.examples import Example, examples
from cpq.solving import variables
from cpq.solving.encoding import Encoding, Few, Many, encode

MOST = 3_000


def true_values(encoding: Encoding, model: set[int]) -> Iterator[tuple[Target, Value]]:
    """What a model of the clauses says of each target."""
    for key, part in encoding.variables.parts.items():
        selected = part.selected in model
        yield Selected(key), selected
        if not selected:
            continue
        domains: dict[Target, Few | Many | None] = {Quantity(key): part.quantity}
        domains |= {AttributeOf(key, code): domain for code, domain in part.attributes.items()}
        for target, domain in domains.items():
            if isinstance(domain, Few):
                (value,) = [
                    value
                    for value, literal in zip(domain.values, domain.literals, strict=True)
                    if literal in model
                ]
                yield target, value
            elif isinstance(domain, Many):
                bits = sum(1 << at for at, bit in enumerate(domain.bits) if bit in model)
                yield target, domain.value(bits)


def given_facts(encoding: Encoding, facts: Mapping[str, Value]) -> list[int]:
    """The literals of the facts that a rule asks for."""
    found: list[int] = []
    for name, domain in encoding.variables.facts.items():
        value = facts[name]
        if isinstance(domain, Few):
            pairs = zip(domain.values, domain.literals, strict=True)
            found.extend(literal if known == value else -literal for known, literal in pairs)
        else:
            position = domain.position(value)
            assert position is not None
            found.extend(domain.assumptions(position))
    return found


@pytest.mark.parametrize("few", [variables.FEW_VALUES, 1], ids=["values", "binary"])
@pytest.mark.parametrize("exclusive", [True, False], ids=["exclusive", "added"])
@given(example=examples())
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_every_configuration_is_one_model_of_the_clauses(
    exclusive: bool, few: int, example: Example
) -> None:
    model = example.model
    for facts in list(open_facts(model, example.facts))[:3]:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(variables, "FEW_VALUES", few)
            encoding = encode(model, example.supply, exclusive=exclusive)
        with Solver(name="minisat22", bootstrap_with=list(encoding.clauses())) as solver:
            # Variables that no clause has are variables all the same.
            solver.add_clause([encoding.total, -encoding.total])
            for clause in encoding.extras:
                solver.add_clause(clause)
            for literal in given_facts(encoding, facts):
                solver.add_clause([literal])
            for excluded in encoding.exclusions:
                solver.add_clause([-excluded.literal])
            found = []
            for at, one in enumerate(solver.enum_models()):
                assert at < MOST
                whole = {1, *one}
                found.append(canonical(model, true_values(encoding, whole)))
        expected = list(enumerate_valid(model, facts, example.supply))
        assert len(found) == len(expected)
        assert {_key(one) for one in found} == {_key(one) for one in expected}


def _key(values: Mapping[Quantity | AttributeOf, Value]) -> frozenset[tuple[object, object]]:
    return frozenset(
        (target, Decimal(value).normalize() if isinstance(value, Decimal) else value)
        for target, value in values.items()
    )
