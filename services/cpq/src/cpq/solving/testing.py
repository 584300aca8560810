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
from cpq.configuration.model import Choice, Group, Target
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
        """Whether no assignment at all has the root, these choices, and keeps these rules.

        A group's upper limits are kept also where its node is not selected, but members are.
        """
        kept = {*rules, f"node:{self.example.model.root.key}"}
        groups = [
            group
            for node in self.example.model.nodes()
            for group in node.groups
            if group.key in kept
        ]
        return not any(
            kept.isdisjoint(world.violations(values))
            and not any(_exceeded(group, values) for group in groups)
            and all(world.agrees(values, choice) for choice in choices)
            for values in assignments(self.example.model)
            for world in self.worlds
        )


def _exceeded(group: Group, values: Configuration) -> bool:
    quantities = [values.get(Quantity(one.key), Decimal(0)) for one in group.members]
    units = sum(int(one) for one in quantities)
    different = sum(1 for one in quantities if one)
    return (group.maximum is not None and different > group.maximum) or (
        group.most_units is not None and units > group.most_units
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
