"""Configuring over HTTP: `/v1/configurations`. Nothing here changes anything."""

from collections.abc import Callable
from typing import Annotated

from fastapi import Query

from cpq.configuration.answers import State
from cpq.configurator import service
from cpq.configurator.schemas import (
    CompletedOut,
    CompleteIn,
    ConfigurationIn,
    CountOut,
    ExplainIn,
    ExplanationOut,
    FormOut,
    LintIn,
    LintReportOut,
    LiveIn,
    LiveOut,
    RepairsOut,
    SampleIn,
    SampleOut,
    StateIn,
    StateOut,
    TimedIn,
)
from cpq.configurator.schemas.rendering import live_json, state_json
from cpq.configurator.service.refusing import ASKING_REFUSALS, VERSION_REFUSALS
from cpq.pricing.service import PriceIsTooLarge
from cpq.solving import ChoicesClash
from servicekit.http import DayIn, Now, Reading, Rendered, SliceRouter

LARGE = 500
"""Domains beyond which an answer is written beside the event loop."""

_USE = "cpq.configurator.use"
_LINT = "cpq.configurator.lint"

router = SliceRouter(prefix="/v1/configurations", tags=["configurations"])


@router.get("/form", permission=_USE, refusals=VERSION_REFUSALS)
async def read_configuration_form(
    reading: Reading,
    model: Annotated[str, Query(min_length=1, max_length=200, description="The model's key.")],
    model_version: Annotated[
        int | None,
        Query(ge=1, le=10**9, description="Null: the one that is published on the day."),
    ] = None,
    on: Annotated[DayIn | None, Query(description="The day; null: today.")] = None,
) -> FormOut:
    """What there is to choose: nodes, attributes, questions, and the facts that rules ask for."""
    asked = service.Question(model=model, model_version=model_version, on=on)
    return FormOut.of(await service.form(reading, asked))


@router.query("/state", permission=_USE, refusals=ASKING_REFUSALS)
async def configuration_state(body: StateIn, reading: Reading) -> Rendered[StateOut]:
    """What is still possible, excluded and why, forced and why, and what is proposed.

    The state of a configuration is its choices and the version of its model: send all of them each
    time, in any order. Where they clash, the answer names a minimal set of them, the rules that
    they clash with, and the least changes that mend it.
    """
    found = await service.state(reading, body.question(), reasons=body.reasons)
    return Rendered(await _written(found, lambda: state_json(found)))


@router.query("/live", permission=_USE, refusals=(*ASKING_REFUSALS, PriceIsTooLarge))
async def configuration_live(body: LiveIn, reading: Reading, now: Now) -> Rendered[LiveOut]:
    """The state, and what the proposed configuration costs: one round trip for each click.

    The price goes through the waterfall of a quote. Stock promise, credit and list prices say from
    which event they are and how old.
    """
    found, deal = await service.live(reading, body.question(), body.quantity, reasons=body.reasons)
    return Rendered(await _written(found, lambda: live_json(found, deal, body.quantity, now)))


@router.query("/explain", permission=_USE, refusals=ASKING_REFUSALS)
async def explain_configuration(body: ExplainIn, reading: Reading) -> ExplanationOut:
    """Why a value is not possible beside these choices."""
    return ExplanationOut.of(await service.explain(reading, body.question(), body.wanted()))


@router.query("/repairs", permission=_USE, refusals=ASKING_REFUSALS)
async def repair_configuration(body: ConfigurationIn, reading: Reading) -> RepairsOut:
    """The least changes that make the choices consistent; none when they are."""
    return RepairsOut.of(await service.repairs(reading, body.question()))


@router.query("/complete", permission=_USE, refusals=(*ASKING_REFUSALS, ChoicesClash))
async def complete_configuration(body: CompleteIn, reading: Reading) -> CompletedOut:
    """Finish the configuration at the lowest or highest price, margin, or earliest delivery."""
    return CompletedOut.of(
        await service.complete(reading, body.question(), body.goal, seconds=body.seconds)
    )


@router.query("/count", permission=_USE, refusals=ASKING_REFUSALS)
async def count_configurations(body: TimedIn, reading: Reading) -> CountOut:
    """How many finished configurations have these choices, exactly."""
    return CountOut.of(await service.count(reading, body.question(), seconds=body.seconds))


@router.query("/sample", permission=_USE, refusals=(*ASKING_REFUSALS, ChoicesClash))
async def sample_configurations(body: SampleIn, reading: Reading) -> SampleOut:
    """Draw finished configurations that have these choices.

    Each has the same chance where the version is compiled; otherwise they merely differ.
    """
    return SampleOut.of(
        await service.sample(reading, body.question(), body.number, body.seed, seconds=body.seconds)
    )


@router.query("/lint", permission=_LINT, refusals=ASKING_REFUSALS)
async def lint_configuration_model(body: LintIn, reading: Reading) -> LintReportOut:
    """What looks wrong in a version, as items can be sold at this moment.

    Parts that no configuration has or that every one has, rules that the others imply, defaults
    that clash.
    """
    return LintReportOut.of(await service.lint(reading, body.question(), seconds=body.seconds))


async def _written(found: service.Answered[State], write: Callable[[], bytes]) -> bytes:
    """Write an answer; a large one beside the event loop, which has others to answer."""
    if len(found.answer.domains) < LARGE:
        return write()
    return await service.compute(lambda _: write())
