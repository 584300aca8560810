"""The face of the solvers: everything that is asked of a configuration model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cpq.configuration.answers import Completion, Goal, Lint, Reason, Repair, State
from cpq.configuration.expressions import Value
from cpq.configuration.model import Choice, Model, Supply, Target

LONGEST = 10.0
"""Seconds that a question may take when its caller sets no limit."""


class Engine:
    """Answers questions about one version of a model at one moment of supply.

    It is immutable to its callers, holds nothing of a request, and may be shared by threads. Every
    answer is the same whatever the order of the choices. `seconds` bounds each question; beyond it
    `ConfigurationTakesTooLong` is raised. Choices and facts that the model does not have raise
    `UnknownTarget`, `UnknownValue`, `ValueIsCalculated`, `UnknownFact`, `FactMakesNoSense`, whose
    `field` is `choices.INDEX` or `facts.NAME`.
    """

    def __init__(
        self, model: Model, supply: Supply | None = None, *, artefact: bytes | None = None
    ) -> None:
        """Encode the model. Raises `ModelIsTooLarge`.

        Args:
            model: the version.
            supply: amounts and what is not sold; None: nothing is known and all is sold.
            artefact: the model compiled by `solving.compiled`, when there is one for this model and
                supply; one of another is ignored.
        """
        raise NotImplementedError

    @property
    def size_bytes(self) -> int:
        """About how much memory the engine holds."""
        raise NotImplementedError

    def state(
        self,
        choices: Sequence[Choice],
        facts: Mapping[str, Value],
        *,
        reasons: bool = True,
        seconds: float = LONGEST,
    ) -> State:
        """What is possible, excluded, forced and proposed; without reasons it is faster.

        A conflict is explained and mended whether reasons are asked for or not.
        """
        raise NotImplementedError

    def explain(
        self,
        choices: Sequence[Choice],
        facts: Mapping[str, Value],
        target: Target,
        value: Value,
        *,
        seconds: float = LONGEST,
    ) -> Reason | None:
        """Why the target cannot have the value beside these choices; None when it can."""
        raise NotImplementedError

    def repairs(
        self,
        choices: Sequence[Choice],
        facts: Mapping[str, Value],
        *,
        seconds: float = LONGEST,
    ) -> tuple[Repair, ...]:
        """The least changes that make the choices consistent, best first; none when they are."""
        raise NotImplementedError

    def complete(
        self,
        choices: Sequence[Choice],
        facts: Mapping[str, Value],
        goal: Goal,
        *,
        seconds: float = LONGEST,
    ) -> Completion:
        """The best valid configuration for the goal. Raises `ChoicesClash`."""
        raise NotImplementedError

    def count(
        self,
        choices: Sequence[Choice],
        facts: Mapping[str, Value],
        *,
        seconds: float = LONGEST,
    ) -> int | None:
        """How many valid configurations have these choices, exactly; None: too many to count."""
        raise NotImplementedError

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

        Raises `ChoicesClash`.
        """
        raise NotImplementedError

    def lint(self, *, seconds: float = LONGEST) -> list[Lint]:
        """What looks wrong in the model, in the order of the model."""
        raise NotImplementedError
