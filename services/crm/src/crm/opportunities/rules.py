"""The pipeline: which stage may follow which, and what ends an opportunity."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from servicekit.errors import InvalidInput, NotFound, RuleBroken
from servicekit.values import Money


class OpportunityNotFound(NotFound):
    code = "opportunity-not-found"
    title = "There is no such opportunity"
    hint = "Check the id; GET /v1/opportunities lists them, also by customer_id."


class StageIsUnknown(InvalidInput):
    code = "stage-is-unknown"
    title = "The pipeline has no such stage"
    hint = "GET /v1/opportunity-stages lists the stages; PUT adds one."


class OpportunityIsClosed(RuleBroken):
    code = "opportunity-is-closed"
    title = "Won and lost are final"
    hint = "POST /v1/opportunities/{id}/reopening with a reason, and go on from there."


class OpportunityIsOpen(RuleBroken):
    code = "opportunity-is-open"
    title = "Only a closed opportunity can be reopened"
    hint = "Move it with POST /v1/opportunities/{id}/stage."


class StageDoesNotFollow(RuleBroken):
    code = "stage-does-not-follow"
    title = "The pipeline does not lead from this stage to that one"
    hint = "`next_stages` of the current stage in GET /v1/opportunity-stages says where it leads."


class OpportunityMustStartOpen(InvalidInput):
    code = "opportunity-must-start-open"
    title = "An opportunity starts in an open stage"
    hint = "Open it first, then move it to won or lost; that way its history is complete."


class LossNeedsReason(InvalidInput):
    code = "loss-needs-reason"
    title = "A lost opportunity says why"
    hint = "Send `reason`."


class AmountIsFinerThanItsCurrency(InvalidInput):
    code = "amount-is-finer-than-its-currency"
    title = "An expected amount has no more decimals than its currency"
    hint = "Round it: EUR has 2 decimals, JPY none, KWD 3."


class PipelineNeedsEveryEnd(RuleBroken):
    code = "pipeline-needs-every-end"
    title = "A pipeline has an open, a won and a lost stage"
    hint = "Add another stage of that kind before you change or drop the last one."


class StageIsInUse(RuleBroken):
    code = "stage-is-in-use"
    title = "A stage keeps its kind while opportunities stand in it"
    hint = "Move the opportunities to another stage first, or add a new stage."


class CustomerIsInactive(RuleBroken):
    code = "customer-is-inactive"
    title = "An inactive customer is sold nothing"
    hint = "Activate the customer with PATCH /v1/customers/{id} first."


class OpportunityReferenceIsTaken(RuleBroken):
    code = "opportunity-reference-is-taken"
    title = "An external reference names one opportunity"
    hint = "Find it with GET /v1/opportunities?external_reference=..."


class StageKind(StrEnum):
    """What a stage means for the forecast: still to be decided, or decided."""

    OPEN = "open"
    WON = "won"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class Stage:
    """A step of the pipeline. Without `next_stages` it leads to every other stage."""

    code: str
    name: str
    position: int
    kind: StageKind
    next_stages: tuple[str, ...] | None = None


DEFAULT_PIPELINE = (
    Stage("qualification", "Qualification", 10, StageKind.OPEN),
    Stage("discovery", "Discovery", 20, StageKind.OPEN),
    Stage("proposal", "Proposal", 30, StageKind.OPEN),
    Stage("negotiation", "Negotiation", 40, StageKind.OPEN),
    Stage("won", "Won", 90, StageKind.WON),
    Stage("lost", "Lost", 91, StageKind.LOST),
)
"""What a tenant starts with; its first change makes the pipeline its own."""

Pipeline = Mapping[str, Stage]


def pipeline(stages: Sequence[Stage]) -> Pipeline:
    """The stages by code, in the order of the pipeline."""
    return {stage.code: stage for stage in sorted(stages, key=lambda s: (s.position, s.code))}


def first_stage(stages: Pipeline, kind: StageKind) -> Stage:
    """The first stage of a kind; every pipeline has one of each (`check_pipeline`)."""
    return next(stage for stage in stages.values() if stage.kind is kind)


def stage_named(stages: Pipeline, code: str) -> Stage:
    """Raise StageIsUnknown for a code that the pipeline does not have."""
    if code not in stages:
        raise StageIsUnknown(f"{code!r} is none of {', '.join(stages)}.", field="stage")
    return stages[code]


def starting_stage(stages: Pipeline, code: str | None) -> Stage:
    """Where a new opportunity stands: as asked for, else at the first open stage.

    Raises StageIsUnknown or OpportunityMustStartOpen.
    """
    if code is None:
        return first_stage(stages, StageKind.OPEN)
    stage = stage_named(stages, code)
    if stage.kind is not StageKind.OPEN:
        raise OpportunityMustStartOpen(f"{code!r} is a {stage.kind} stage.", field="stage")
    return stage


def move(stages: Pipeline, current: str, target: str, *, reason: str | None) -> Stage | None:
    """The stage to go to, or None when the opportunity already stands there.

    Raises StageIsUnknown, OpportunityIsClosed, StageDoesNotFollow or LossNeedsReason. Winning and
    losing are possible from every open stage, whatever `next_stages` says: a customer's decision
    does not wait for our pipeline.
    """
    stage = stage_named(stages, target)
    if current == target:
        return None
    here = _standing(stages, current)
    if here.kind is not StageKind.OPEN:
        raise OpportunityIsClosed(f"It stands at {here.code!r}.", stage=here.code)
    leads_to = here.next_stages
    if stage.kind is StageKind.OPEN and leads_to is not None and target not in leads_to:
        raise StageDoesNotFollow(
            f"{here.code!r} leads to {', '.join(leads_to) or 'won and lost only'}, "
            f"not to {target!r}.",
            field="stage",
        )
    if stage.kind is StageKind.LOST and not reason:
        raise LossNeedsReason("The reason is missing.", field="reason")
    return stage


def reopen(stages: Pipeline, current: str, target: str | None) -> Stage:
    """The open stage from which a closed opportunity goes on.

    Raises OpportunityIsOpen, StageIsUnknown or OpportunityMustStartOpen.
    """
    if _standing(stages, current).kind is StageKind.OPEN:
        raise OpportunityIsOpen(f"It stands at {current!r}.", stage=current)
    return starting_stage(stages, target)


def win(stages: Pipeline, current: str) -> Stage | None:
    """Where an accepted quote takes the opportunity, or None when it is won already.

    Also from lost: the customer changed their mind, and what they signed is a fact.
    """
    if _standing(stages, current).kind is StageKind.WON:
        return None
    return first_stage(stages, StageKind.WON)


def _standing(stages: Pipeline, code: str) -> Stage:
    # A stage can vanish between a look at its use and the commit that opens one more opportunity
    # there. Such an opportunity is still to be decided, and may go anywhere.
    return stages.get(code) or Stage(code, code, 0, StageKind.OPEN)


def check_amount(amount: Money | None) -> None:
    """Raise AmountIsFinerThanItsCurrency."""
    if amount is not None and not amount.is_posted_precision:
        raise AmountIsFinerThanItsCurrency(f"{amount} has too many decimals.", field="amount")


def check_pipeline(stages: Sequence[Stage]) -> None:
    """Raise PipelineNeedsEveryEnd, or StageIsUnknown for a successor that does not exist."""
    kinds = {stage.kind for stage in stages}
    for kind in StageKind:
        if kind not in kinds:
            raise PipelineNeedsEveryEnd(f"No {kind} stage would be left.", field="kind")
    codes = {stage.code for stage in stages}
    for stage in stages:
        for code in stage.next_stages or ():
            if code not in codes:
                raise StageIsUnknown(f"{code!r} is no stage.", field="next_stages")


@dataclass(frozen=True, slots=True)
class Win:
    """The accepted quote that decided an opportunity, with its net amount."""

    quote_id: UUID
    net: Money


@dataclass(frozen=True, slots=True)
class NewOpportunity:
    """A chance to sell, to be recorded; without a stage it starts at the first open one."""

    customer_id: UUID
    name: str
    stage: str | None = None
    amount: Money | None = None
    expected_close_on: date | None = None
    owner: str | None = None
    external_reference: str | None = None
