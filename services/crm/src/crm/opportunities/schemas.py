"""What clients send and receive about opportunities."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import Field, StringConstraints

from crm.opportunities.models import Opportunity, StageChange
from crm.opportunities.service import NewOpportunity, Stage, StageKind
from servicekit.http import DayIn, In, MoneyIn, MoneyOut, Name, Out, Reason, Reference, ShortText

StageCode = Annotated[
    str, StringConstraints(min_length=1, max_length=40, pattern=r"^[a-z][a-z0-9-]*$")
]
Owner = Annotated[
    str,
    StringConstraints(min_length=1, max_length=255),
    Field(description="Subject of a person, as in their access token."),
]


class OpportunityIn(In):
    """A chance to sell. Without `stage` it starts at the first open one; without `owner`, yours."""

    customer_id: UUID
    name: Name
    stage: StageCode | None = None
    """Code of an open stage."""
    amount: MoneyIn | None = None
    """What we expect to sell for, without tax."""
    expected_close_on: DayIn | None = None
    owner: Owner | None = None
    external_reference: Reference | None = None

    def opportunity(self) -> NewOpportunity:
        """The command that the service takes."""
        return NewOpportunity(
            customer_id=self.customer_id,
            name=self.name,
            stage=self.stage,
            amount=None if self.amount is None else self.amount.money(),
            expected_close_on=self.expected_close_on,
            owner=self.owner,
            external_reference=self.external_reference,
        )


class OpportunityPatch(In):
    """What to change: a member left out stays, null clears it. The stage has its own commands."""

    name: Name = Field(default_factory=str)
    amount: MoneyIn | None = None
    """What we expect to sell for, without tax."""
    expected_close_on: DayIn | None = None
    owner: Owner | None = None

    def changes(self) -> Mapping[str, Any]:
        """The members that were sent."""
        changes = {name: getattr(self, name) for name in self.model_fields_set}
        if self.amount is not None:
            changes["amount"] = self.amount.money()
        return changes


class MoveIn(In):
    """The stage to move to; `reason` is needed for a lost one."""

    stage: StageCode
    reason: Reason | None = None
    """Why; needed for a lost one."""


class ReopeningIn(In):
    """Why the opportunity is taken up again, and where (the first open stage unless said)."""

    stage: StageCode | None = None
    """Code of an open stage."""
    reason: Reason
    """Why, for its history and the audit trail."""


class StageIn(In):
    """A stage. `next_stages` names the open stages it leads to; null: every one."""

    name: ShortText
    """What people call the stage."""
    position: Annotated[int, Field(ge=0, le=10_000)]
    """Its place in the order of the pipeline, smallest first."""
    kind: StageKind
    """Whether an opportunity there is open, won or lost; a stage in use keeps it."""
    next_stages: Annotated[list[StageCode], Field(max_length=50)] | None = None

    def stage(self, code: str) -> Stage:
        """The value the rules work with."""
        return Stage(
            code=code,
            name=self.name,
            position=self.position,
            kind=self.kind,
            next_stages=None if self.next_stages is None else tuple(self.next_stages),
        )


class StageOut(Out):
    """A stage of the pipeline."""

    code: str
    name: str
    position: int
    """Its place in the order of the pipeline, smallest first."""
    kind: StageKind
    """Whether an opportunity there is open, won or lost."""
    next_stages: list[str] | None

    @classmethod
    def of(cls, stage: Stage) -> Self:
        """Render a stage."""
        return cls(
            code=stage.code,
            name=stage.name,
            position=stage.position,
            kind=stage.kind,
            next_stages=None if stage.next_stages is None else list(stage.next_stages),
        )


class PipelineOut(Out):
    """The tenant's stages in their order."""

    items: list[StageOut]


class OpportunityOut(Out):
    """An opportunity."""

    id: UUID
    customer_id: UUID
    name: str
    stage: str
    stage_kind: StageKind
    amount: MoneyOut | None
    """What we expect to sell for, without tax; once won, what was accepted."""
    expected_close_on: date | None
    owner: str | None
    closed_at: datetime | None
    won_quote_id: UUID | None
    lost_reason: str | None
    external_reference: str | None
    version: int
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, opportunity: Opportunity) -> Self:
        """Render an opportunity."""
        return cls(
            id=opportunity.id,
            customer_id=opportunity.customer_id,
            name=opportunity.name,
            stage=opportunity.stage,
            stage_kind=StageKind(opportunity.stage_kind),
            amount=_money(opportunity),
            expected_close_on=opportunity.expected_close_on,
            owner=opportunity.owner,
            closed_at=opportunity.closed_at,
            won_quote_id=opportunity.won_quote_id,
            lost_reason=opportunity.lost_reason,
            external_reference=opportunity.external_reference,
            version=opportunity.version,
            created_at=opportunity.created_at,
            updated_at=opportunity.updated_at,
        )


class StageChangeOut(Out):
    """A step of an opportunity; `seconds` is how long it stood there, null while it does."""

    previous_stage: str | None
    """Where it came from; null for the first step."""
    stage: str
    stage_kind: StageKind
    amount: MoneyOut | None
    """What it was expected to bring then."""
    reason: str | None
    """Why, where somebody said so."""
    changed_at: datetime
    """When, in UTC."""
    changed_by: str
    """Who did it: the subject of their access token, or what heard the event."""
    source_event_id: UUID | None
    """The event that moved it, such as an accepted quote; null: a person did."""
    seconds: int | None
    """How long it stood there; null while it does."""


class HistoryOut(Out):
    """Every step of an opportunity, the first one first."""

    items: list[StageChangeOut]
    """Every step, the first one first."""

    @classmethod
    def of(cls, steps: Sequence[StageChange]) -> Self:
        """Render a history, with how long the opportunity stood at each stage."""
        ends = [step.changed_at for step in steps[1:]]
        return cls(
            items=[
                StageChangeOut(
                    previous_stage=step.previous_stage,
                    stage=step.stage,
                    stage_kind=StageKind(step.stage_kind),
                    amount=_money(step),
                    reason=step.reason,
                    changed_at=step.changed_at,
                    changed_by=step.changed_by,
                    source_event_id=step.source_event_id,
                    seconds=int((end - step.changed_at).total_seconds()) if end else None,
                )
                for step, end in zip(steps, [*ends, None], strict=True)
            ]
        )


def _money(row: Opportunity | StageChange) -> MoneyOut | None:
    if row.amount is None or row.currency is None:
        return None
    return MoneyOut(amount=row.amount, currency=row.currency)
