"""Requests and answers about approvals of quotes."""

from datetime import datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import Field, StringConstraints

from cpq.approvals.queries import ApprovalRequest, ApprovalStep, FactFlag, Trail
from servicekit.http import AmountOut, DayIn, In, Out, Reason


class SubmitIn(In):
    """What to put up for approval."""

    valid_until: DayIn | None = None
    """Last day to accept the offer; null: as the draft says, or 30 days."""
    comment: Reason | None = None
    """What approvers should know."""


class WithdrawIn(In):
    """Why it is taken back."""

    comment: Reason | None = None
    """Why, for the trail."""


class DecisionIn(In):
    """A decision on exactly what the hash names."""

    content_hash: Annotated[
        str, StringConstraints(min_length=64, max_length=64, pattern=r"^[0-9a-f]{64}$")
    ]
    """The quote's content_hash, which the decider has seen."""
    comment: Reason | None = None
    """Why, for the trail."""


class MeasuredOut(Out):
    """What a rule found."""

    variable: str
    """What was looked at."""
    value: str | None
    """What it was: a decimal or a word; null: it is not known."""
    line: str | None
    """The key of the line; null: the whole quote."""


class StepReasonOut(Out):
    """A rule that asks."""

    rule: str
    """The rule, by its key in the policy."""
    name: str
    """Why it asks."""
    measured: list[MeasuredOut]
    """What it found."""


class ApprovalStepOut(Out):
    """What one group is asked about one revision of a quote."""

    id: UUID
    """The step."""
    quote_id: UUID
    quote_number: str
    """The quote's number."""
    chain: str
    """Chains are asked side by side."""
    level: int
    """Levels of a chain are asked one after the other."""
    group: str
    """Whose decision it is, by the key of the group."""
    group_name: str
    """What people call the group."""
    reasons: list[StepReasonOut]
    """Why it is asked."""
    status: Literal["waiting", "open", "approved", "rejected", "carried", "dropped"]
    """carried: it was approved before and nothing got worse; dropped: its request ended."""
    submitted_by: str
    """Who asks."""
    opened_at: datetime | None
    """Since when it is asked, in UTC."""
    due_at: datetime | None
    """When another group may decide as well, in UTC."""
    escalated_to: str | None
    """The group that may decide as well by now."""
    decided_by: str | None
    """Who decided."""
    decided_for: str | None
    """Whose deputy they were; null: nobody's."""
    decided_at: datetime | None
    """When, in UTC."""
    comment: str | None
    """What the decider said."""
    version: int
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, step: ApprovalStep) -> Self:
        """Render the row."""
        return cls(
            **{
                name: getattr(step, name)
                for name in cls.model_fields
                if name not in ("group", "reasons")
            },
            group=step.group_key,
            reasons=[_reason(reason) for reason in step.reasons],
        )


class ApprovalRequestOut(Out):
    """A revision that was put up for approval."""

    id: UUID
    """The request."""
    revision: int
    content_hash: str
    """What is approved, and nothing else."""
    policy_version: int
    """The version of the policy that asked."""
    net: AmountOut
    currency: str
    """The currency of the amount."""
    submitted_by: str
    """Who asked."""
    submitted_at: datetime
    """When, in UTC."""
    comment: str | None
    """What approvers should know."""
    status: Literal["open", "approved", "rejected", "withdrawn"]
    """What became of it."""
    closed_at: datetime | None
    """Since when it is decided, in UTC; null: it is not."""
    steps: list[ApprovalStepOut]
    """Who is asked, in their order."""

    @classmethod
    def of(cls, request: ApprovalRequest, steps: list[ApprovalStep]) -> Self:
        """Render the rows."""
        named = {name: getattr(request, name) for name in cls.model_fields if name != "steps"}
        return cls(**named, steps=[ApprovalStepOut.of(step) for step in steps])


class TrailEntryOut(Out):
    """Something that was done about the approval of a quote."""

    at: datetime
    """When, in UTC."""
    actor: str
    """Who did it: the subject of their access token, or the service by the clock."""
    action: Literal[
        "submitted", "opened", "approved", "rejected", "carried", "escalated", "withdrawn"
    ]
    """What was done."""
    about: str
    """The group that was asked, or the revision."""
    content_hash: str
    """What the quote offered then."""
    comment: str | None
    """What they said."""


class ApprovalsOut(Out):
    """The whole trail of a quote's approvals."""

    requests: list[ApprovalRequestOut]
    """What was put up for approval, the newest first."""
    trail: list[TrailEntryOut]
    """What was done, the oldest first; nothing is ever taken away."""

    @classmethod
    def of(cls, trail: Trail) -> Self:
        """Render it."""
        return cls(
            requests=[
                ApprovalRequestOut.of(request, list(steps)) for request, steps in trail.requests
            ],
            trail=[TrailEntryOut.model_validate(entry) for entry in trail.entries],
        )


class FactFlagOut(Out):
    """A fact of another service that is older than the policy allows."""

    fact: Literal["credit", "cost", "stock", "price"]
    """Which fact."""
    line: str | None
    """The key of the line that it is about; null: the whole quote."""
    age_seconds: int
    """How old it is."""
    limit_seconds: Annotated[int, Field(description="How old it may be.")]
    blocks: bool
    """It keeps the quote from being sent."""

    @classmethod
    def of(cls, flag: FactFlag) -> Self:
        """Render it."""
        return cls.model_validate(flag)


def _reason(kept: dict[str, Any]) -> StepReasonOut:
    return StepReasonOut(
        rule=kept["rule"],
        name=kept["name"],
        measured=[MeasuredOut(**measured) for measured in kept["measured"]],
    )
