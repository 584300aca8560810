"""Random walks through a model: one consistent choice after another."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cpq.configuration.answers import Domain, State
from cpq.configuration.expressions import AttributeOf, Value
from cpq.configuration.model import AnswerTo, Choice, Model, Target
from cpq.solving import Engine

PATIENCE = 60.0
"""Seconds for one answer: far more than a front end would wait, so that slow ones are seen."""


@dataclass(frozen=True, slots=True)
class Step:
    """A state on the way, and how many seconds it took: by the clock, and of the processor.

    They differ where others use the machine.
    """

    choices: tuple[Choice, ...]
    state: State
    seconds: float
    busy: float


class Walker:
    """Walks through one model. What is calculated is not chosen."""

    def __init__(self, engine: Engine, model: Model) -> None:
        self._engine = engine
        self._calculated = {
            AttributeOf(node.key, attribute.code)
            for node in model.nodes()
            for attribute in node.attributes
            if attribute.expression is not None
        }

    def walk(self, steps: int, chance: random.Random) -> Iterator[Step]:
        """Choose at random among what is left, and look at the state after each choice."""
        choices: tuple[Choice, ...] = ()
        for _ in range(steps + 1):
            step = look(self._engine, choices)
            yield step
            offered = list(self._offered(step))
            if not offered:
                return
            target, values = chance.choice(offered)
            choices = (*choices, Choice(target, chance.choice(values)))

    def excluded(self, step: Step, chance: random.Random) -> tuple[Target, Value] | None:
        """A value that the choices have excluded; None where they exclude none."""
        found = [
            (domain.target, value.value)
            for domain in self._open(step)
            for value in domain.values
            if not value.possible
        ]
        return chance.choice(found) if found else None

    def _open(self, step: Step) -> Iterator[Domain]:
        chosen = {one.target for one in step.choices}
        for domain in step.state.domains:
            target = domain.target
            if not (target in chosen or target in self._calculated or isinstance(target, AnswerTo)):
                yield domain

    def _offered(self, step: Step) -> Iterator[tuple[Target, list[Value]]]:
        for domain in self._open(step):
            values: list[Value] = [one.value for one in domain.values if one.possible]
            if not values and domain.ranges:
                values = [end for pair in domain.ranges for end in pair]
            if len(values) > 1:
                yield domain.target, values


def look(engine: Engine, choices: Sequence[Choice]) -> Step:
    """The state of these choices, without reasons, as a front end asks after a click."""
    started, busy = time.perf_counter(), time.thread_time()
    state = engine.state(choices, {}, reasons=False, seconds=PATIENCE)
    ended, worked = time.perf_counter(), time.thread_time()
    return Step(tuple(choices), state, ended - started, worked - busy)
