"""Questions about a configuration. Nothing is kept of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

from cpq.choices.asked import Asked
from cpq.configuration.answers import Completion, Goal, Lint, Reason, Repair, State
from cpq.configurator.service.asking import Opens, Question, Ready, ready

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Answered(Generic[T]):
    """An answer, and what it is about."""

    about: Ready
    answer: T


async def state(opens: Opens, asked: Question, *, reasons: bool) -> Answered[State]:
    """What is possible, excluded, forced and proposed; see `ready` and `Engine.state`."""
    about = await ready(opens, asked)
    return Answered(
        about,
        await about.ask(
            lambda engine, seconds: engine.state(
                about.choices, about.facts, reasons=reasons, seconds=seconds
            )
        ),
    )


async def explain(opens: Opens, asked: Question, wanted: Asked) -> Answered[Reason | None]:
    """Why a target cannot have a value; None when it can."""
    about = await ready(opens, asked)
    target = about.loaded.wording.target(wanted, "target")
    value = about.loaded.wording.value(target, wanted.value, "value")
    return Answered(
        about,
        await about.ask(
            lambda engine, seconds: engine.explain(
                about.choices, about.facts, target, value, seconds=seconds
            )
        ),
    )


async def repairs(opens: Opens, asked: Question) -> Answered[tuple[Repair, ...]]:
    """The least changes that make the choices consistent, best first."""
    about = await ready(opens, asked)
    return Answered(
        about,
        await about.ask(
            lambda engine, seconds: engine.repairs(about.choices, about.facts, seconds=seconds)
        ),
    )


async def complete(
    opens: Opens, asked: Question, goal: Goal, *, seconds: float | None
) -> Answered[Completion]:
    """The best finished configuration for a goal; `seconds` includes waiting."""
    about = await ready(opens, asked)
    return Answered(
        about,
        await about.ask(
            lambda engine, left: engine.complete(about.choices, about.facts, goal, seconds=left),
            seconds=seconds,
        ),
    )


async def count(opens: Opens, asked: Question, *, seconds: float | None) -> Answered[int | None]:
    """How many finished configurations there are; None: too many to count."""
    about = await ready(opens, asked)
    return Answered(
        about,
        await about.ask(
            lambda engine, left: engine.count(about.choices, about.facts, seconds=left),
            seconds=seconds,
        ),
    )


async def sample(
    opens: Opens, asked: Question, number: int, seed: int, *, seconds: float | None
) -> Answered[list[Completion]]:
    """Some finished configurations, the same for the same seed."""
    about = await ready(opens, asked)
    return Answered(
        about,
        await about.ask(
            lambda engine, left: engine.sample(
                about.choices, about.facts, number, seed, seconds=left
            ),
            seconds=seconds,
        ),
    )


async def lint(opens: Opens, asked: Question, *, seconds: float | None) -> Answered[list[Lint]]:
    """What looks wrong in a version, for what may be sold at this moment."""
    about = await ready(opens, asked)
    return Answered(
        about, await about.ask(lambda engine, left: engine.lint(seconds=left), seconds=seconds)
    )
