"""Reads of the policy, of requests and of the trail."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from cpq.approvals.models import ApprovalEntry, ApprovalRequest, ApprovalStep, PolicyVersion
from cpq.approvals.rules import (
    ApprovalRule,
    ApprovalStepNotFound,
    ApproverGroup,
    Condition,
    FactAge,
    FactFlag,
    FactLimit,
    Measured,
    Policy,
    flags_of,
    read_value,
)
from servicekit.values import plain

__all__ = [
    "ApprovalEntry",
    "ApprovalRequest",
    "ApprovalStep",
    "FactAge",
    "FactFlag",
    "Trail",
    "flags_of",
    "measured_of",
    "place_of_step",
    "policy_now",
    "policy_of",
    "steps_of_quote",
    "trail_of",
    "written",
    "written_measured",
]

_RULES = TypeAdapter(tuple[ApprovalRule, ...])
_GROUPS = TypeAdapter(tuple[ApproverGroup, ...])
_MEASURED = TypeAdapter(tuple[Measured, ...])
_LIMITS = TypeAdapter(tuple[FactLimit, ...])


async def policy_now(session: AsyncSession) -> Policy:
    """The newest version; version 0 asks nothing of anybody."""
    row = await session.scalar(
        select(PolicyVersion).order_by(PolicyVersion.version.desc()).limit(1)
    )
    return Policy() if row is None else policy_of(row)


def policy_of(row: PolicyVersion) -> Policy:
    """A version as rules know it."""
    kept = row.content
    return Policy(
        version=row.version,
        rules=tuple(
            replace(rule, conditions=tuple(map(_typed, rule.conditions)))
            for rule in _RULES.validate_python(kept["rules"])
        ),
        groups=_GROUPS.validate_python(kept["groups"]),
        fact_limits=_LIMITS.validate_python(kept["fact_limits"]),
    )


def _typed(condition: Condition) -> Condition:
    value = read_value(condition.variable, condition.value)
    assert value is not None
    return replace(condition, value=value)


def measured_of(kept: object) -> tuple[Measured, ...]:
    """What a step keeps of what a rule found, as rules know it."""
    return tuple(
        replace(each, value=read_value(each.variable, each.value))
        for each in _MEASURED.validate_python(kept)
    )


def written_measured(measured: tuple[Measured, ...]) -> list[object]:
    """What a step keeps of what a rule found."""
    return [
        {
            "variable": each.variable.value,
            "value": plain(each.value) if isinstance(each.value, Decimal) else each.value,
            "line": each.line,
            "item": each.item,
        }
        for each in measured
    ]


def written(policy: Policy) -> dict[str, object]:
    """What the database keeps of it."""
    return {
        "rules": _RULES.dump_python(policy.rules, mode="json"),
        "groups": _GROUPS.dump_python(policy.groups, mode="json"),
        "fact_limits": _LIMITS.dump_python(policy.fact_limits, mode="json"),
    }


@dataclass(frozen=True, slots=True)
class Trail:
    """Everything about the approvals of a quote, the newest request first."""

    requests: Sequence[tuple[ApprovalRequest, Sequence[ApprovalStep]]]
    entries: Sequence[ApprovalEntry]


async def trail_of(session: AsyncSession, quote_id: UUID) -> Trail:
    """Requests with their steps, and what was done, in three statements."""
    requests = await session.scalars(
        select(ApprovalRequest)
        .where(ApprovalRequest.quote_id == quote_id)
        .order_by(ApprovalRequest.submitted_at.desc(), ApprovalRequest.id.desc())
    )
    steps = await steps_of_quote(session, quote_id)
    entries = await session.scalars(
        select(ApprovalEntry)
        .where(ApprovalEntry.quote_id == quote_id)
        .order_by(ApprovalEntry.at, ApprovalEntry.id)
    )
    return Trail(
        [
            (request, [step for step in steps if step.request_id == request.id])
            for request in requests
        ],
        entries.all(),
    )


async def place_of_step(session: AsyncSession, step_id: UUID) -> tuple[UUID, UUID]:
    """The quote and the request of a step, which never change. Raises `ApprovalStepNotFound`.

    The row itself is read once its quote is locked: what was read before is old by then.
    """
    found = await session.execute(
        select(ApprovalStep.quote_id, ApprovalStep.request_id).where(ApprovalStep.id == step_id)
    )
    row = found.one_or_none()
    if row is None:
        raise ApprovalStepNotFound(f"there is no approval step {step_id}", id=str(step_id))
    return row[0], row[1]


async def steps_of_quote(session: AsyncSession, quote_id: UUID) -> Sequence[ApprovalStep]:
    """The steps of all requests of a quote, in the order in which they are asked."""
    found = await session.scalars(
        select(ApprovalStep)
        .where(ApprovalStep.quote_id == quote_id)
        .order_by(ApprovalStep.created_at, ApprovalStep.chain, ApprovalStep.level, ApprovalStep.id)
    )
    return found.all()
