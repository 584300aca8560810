"""Every valid configuration of a small model, to check an engine's answers against."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal

from cpq.configuration.answers import State
from cpq.configuration.evaluation import (
    Configuration,
    Semantics,
    assignments,
    enumerate_valid,
    open_facts,
)
from cpq.configuration.expressions import AttributeOf, Quantity, Selected, Value
from cpq.configuration.model import Choice, Target
from cpq.configuration.testing.examples import Example


class Oracle:
    """All valid configurations of an example, each in all worlds that its open facts allow."""

    def __init__(self, example: Example) -> None:
        self.example = example
        self.worlds = [
            Semantics(example.model, facts, example.supply)
            for facts in open_facts(example.model, example.facts)
        ]
        found = list(enumerate_valid(example.model, example.facts, example.supply))
        self.valid = [
            (values, world)
            for values in found
            for world in self.worlds
            if not world.violations(values)
        ]

    def having(self, choices: Iterable[Choice]) -> list[Configuration]:
        """The valid configurations with these choices, each once."""
        asked = tuple(choices)
        found: list[Configuration] = []
        for values, world in self.valid:
            if all(world.agrees(values, choice) for choice in asked) and (
                not found or found[-1] is not values
            ):
                found.append(values)
        return found

    def consistent(self, choices: Iterable[Choice]) -> bool:
        """Whether some valid configuration has these choices."""
        return bool(self.having(choices))

    def contradict(self, choices: Sequence[Choice], rules: Iterable[str]) -> bool:
        """Whether no assignment at all has the root, these choices, and keeps these rules."""
        kept = {*rules, f"node:{self.example.model.root.key}"}
        return not any(
            kept.isdisjoint(world.violations(values))
            and all(world.agrees(values, choice) for choice in choices)
            for values in assignments(self.example.model)
            for world in self.worlds
        )


def proposal(state: State) -> dict[Quantity | AttributeOf, Value]:
    """The configuration that a state proposes."""
    values: dict[Target, Value] = {
        domain.target: domain.value for domain in state.domains if domain.value is not None
    }
    return {
        **{
            Quantity(target.node): values.get(Quantity(target.node), Decimal(1))
            for target, value in values.items()
            if isinstance(target, Selected) and value
        },
        **{target: value for target, value in values.items() if isinstance(target, AttributeOf)},
    }
