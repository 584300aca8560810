"""The face of the solvers: everything that is asked of a configuration model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Final

from cpq.configuration.answers import Completion, Goal, Lint, Reason, Repair, State
from cpq.configuration.expressions import Value
from cpq.configuration.model import Choice, Model, Supply, Target
from cpq.solving.counting import count, sample
from cpq.solving.linting import Linter
from cpq.solving.machinery import Machinery
from cpq.solving.refusals import ChoicesClash
from cpq.solving.satisfying import Deadline, Lease
from cpq.solving.sessions import Session

LONGEST: Final = 10.0
"""Seconds that a question may take when its caller sets no limit."""


class Engine:
    """Answers questions about one version of a model at one moment of supply.

    It is immutable to its callers, holds nothing of a request, and may be shared by threads. Every
    answer is the same whatever the order of the choices. `seconds` bounds each question; beyond it
    `ConfigurationTakesTooLong` is raised. Choices and facts that the model does not have raise
    `UnknownTarget`, `UnknownValue`, `ValueIsCalculated`, `ChosenTwice`, `UnknownFact`,
    `FactMakesNoSense`, whose `field` is `choices.INDEX` or `facts.NAME`.
    """

    def __init__(
        self, model: Model, supply: Supply | None = None, *, artefact: bytes | None = None
    ) -> None:
        """Encode the model. Raises `ModelIsTooLarge`, `ModelMakesNoSense`.

        Args:
            model: the version.
            supply: amounts and what is not sold; None: nothing is known and all is sold.
            artefact: what `compile` made of the same model (and the same amounts, where rules ask
                for price, cost or delivery); one of others is ignored.
        """
        self._machinery = Machinery(model, supply or Supply({}), artefact)

    @property
    def model(self) -> Model:
        """The version that it answers for."""
        return self._machinery.model

    @property
    def size_bytes(self) -> int:
        """About how much memory the engine holds."""
        return self._machinery.size_bytes

    @property
    def compiled(self) -> bool:
        """Whether the artefact is used."""
        return self._machinery.circuit is not None

    @contextmanager
    def _session(
        self, choices: Sequence[Choice], facts: Mapping[str, Value], seconds: float
    ) -> Iterator[Session]:
        deadline = Deadline(seconds)
        with Lease(self._machinery.solvers, deadline) as lease:
            yield Session(self._machinery, lease, choices, facts, deadline)

    def state(
        self,
        choices: Sequence[Choice],
        facts: Mapping[str, Value],
        *,
        reasons: bool = True,
        seconds: float = LONGEST,
    ) -> State:
        """What is possible, excluded, forced and proposed; without reasons it is faster.

        A conflict is explained and mended whether reasons are asked for or not. Reasons take at
        most half of the time; `explain` answers for a value that is left without one.
        """
        with self._session(choices, facts, seconds) as session:
            return session.state(reasons=reasons)

    def explain(
        self,
        choices: Sequence[Choice],
        facts: Mapping[str, Value],
        target: Target,
        value: Value,
        *,
        seconds: float = LONGEST,
    ) -> Reason | None:
        """Why the target cannot have the value beside the other choices; None when it can."""
        with self._session(choices, facts, seconds) as session:
            requests = self._machinery.requests
            slot, _ = requests.assume(target, value, "value")
            return session.explain(slot, requests.own(slot, target, value))

    def repairs(
        self,
        choices: Sequence[Choice],
        facts: Mapping[str, Value],
        *,
        seconds: float = LONGEST,
    ) -> tuple[Repair, ...]:
        """The least changes that make the choices consistent, best first; none when they are."""
        with self._session(choices, facts, seconds) as session:
            return session.repairs()

    def complete(
        self,
        choices: Sequence[Choice],
        facts: Mapping[str, Value],
        goal: Goal,
        *,
        seconds: float = LONGEST,
    ) -> Completion:
        """The best valid configuration for the goal. Raises `ChoicesClash`.

        By the circuit where that can tell, else by CP-SAT, whose answer's `optimal` is false where
        the time ran out before the proof.
        """
        with self._session(choices, facts, seconds) as session:
            completer = self._machinery.completer
            if completer is not None:
                found = completer.best(session.given(session.choices), goal)
                if found is not None:
                    return found
            if not session.consistent():
                raise ChoicesClash("No valid configuration has these choices")
            ordered = [one.choice for one in session.choices]
            optimiser, left = self._machinery.optimiser, session.deadline.left
        return optimiser.best(ordered, facts, goal, seconds=left)

    def count(
        self,
        choices: Sequence[Choice],
        facts: Mapping[str, Value],
        *,
        seconds: float = LONGEST,
    ) -> int | None:
        """How many valid configurations have these choices, exactly; None: too many to count.

        With an artefact any number is counted, unless a rule asks for a fact that is left open;
        otherwise they are counted one by one, up to `counting.MOST_COUNTED`.
        """
        with self._session(choices, facts, seconds) as session:
            given = session.given(session.choices)
            return count(self._machinery, given, session.known, session.deadline)

    def sample(
        self,
        choices: Sequence[Choice],
        facts: Mapping[str, Value],
        number: int,
        seed: int,
        *,
        seconds: float = LONGEST,
    ) -> list[Completion]:
        """Some valid configurations with these choices, the same for the same seed.

        Uniform with an artefact, merely varied without. Raises `ChoicesClash`.
        """
        with self._session(choices, facts, seconds) as session:
            given = session.given(session.choices)
            return sample(self._machinery, given, number, seed, session.deadline)

    def lint(self, *, seconds: float = LONGEST) -> list[Lint]:
        """What looks wrong in the model; UNFINISHED stands last where time ran out."""
        deadline = Deadline(seconds)
        with self._machinery.solvers.borrowed(deadline) as solver:
            return Linter(self._machinery, solver, deadline).findings()
