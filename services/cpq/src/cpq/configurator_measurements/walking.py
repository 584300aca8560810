"""Random walks through a model: one consistent choice after another."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cpq.configuration.answers import State
from cpq.configuration.expressions import AttributeOf, Value
from cpq.configuration.model import AnswerTo, Choice, Model, Target
from cpq.solving import Engine

PATIENCE = 60.0
"""Seconds for one answer: far more than a front end would wait, so that slow ones are seen."""


@dataclass(frozen=True, slots=True)
class Step:
    """A state on the way, and how many seconds it took."""

    choices: tuple[Choice, ...]
    state: State
    seconds: float


def walk(engine: Engine, model: Model, steps: int, chance: random.Random) -> Iterator[Step]:
    """Choose at random among what is left, and look at the state after each choice."""
    calculated = {
        AttributeOf(node.key, attribute.code)
        for node in model.nodes()
        for attribute in node.attributes
        if attribute.expression is not None
    }
    choices: tuple[Choice, ...] = ()
    for _ in range(steps + 1):
        step = look(engine, choices)
        yield step
        offered = list(_offered(step.state, {one.target for one in choices} | calculated))
        if not offered:
            return
        target, values = chance.choice(offered)
        choices = (*choices, Choice(target, chance.choice(values)))


def look(engine: Engine, choices: Sequence[Choice]) -> Step:
    """The state of these choices, without reasons, as a front end asks after a click."""
    started = time.perf_counter()
    state = engine.state(choices, {}, reasons=False, seconds=PATIENCE)
    return Step(tuple(choices), state, time.perf_counter() - started)


def excluded(step: Step, chance: random.Random) -> tuple[Target, Value] | None:
    """A value that the choices have excluded; None where they exclude none."""
    chosen = {one.target for one in step.choices}
    found = [
        (domain.target, value.value)
        for domain in step.state.domains
        if domain.target not in chosen
        for value in domain.values
        if not value.possible
    ]
    return chance.choice(found) if found else None


def _offered(state: State, without: set[Target]) -> Iterator[tuple[Target, list[Value]]]:
    for domain in state.domains:
        if domain.target in without or isinstance(domain.target, AnswerTo):
            continue
        values: list[Value] = [one.value for one in domain.values if one.possible]
        if len(values) < 2 and domain.ranges:
            values = [end for pair in domain.ranges for end in pair]
        if len(values) > 1:
            yield domain.target, values
