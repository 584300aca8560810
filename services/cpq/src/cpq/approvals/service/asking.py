"""Asking for approvals, deciding on them, and reminding by the clock."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import select

from cpq.approvals.models import ApprovalEntry, ApprovalRequest, ApprovalStep
from cpq.approvals.queries import (
    measured_of,
    place_of_step,
    policy_now,
    steps_of_quote,
    written_measured,
)
from cpq.approvals.rules import (
    ApprovalStepIsNotOpen,
    ApprovedContentDiffers,
    Deal,
    Matched,
    PlannedStep,
    Policy,
    RequestStatus,
    StepStatus,
    covered,
    decider,
    giving_back,
    matches,
    outcome,
    planned,
    to_open,
)
from servicekit.uow import UnitOfWork

ESCALATED_AT_ONCE = 500
_NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class Subject:
    """A revision of a quote that is put up for approval."""

    quote_id: UUID
    number: str
    revision: int
    content_hash: str
    net: Decimal
    """The most that the customer may make of it, without tax."""
    currency: str
    made_by: str
    """Who began the quote."""
    changed_by: Sequence[str]
    """Everybody who has changed it since."""


async def request_approval(
    uow: UnitOfWork, subject: Subject, deal: Deal, policy: Policy, *, comment: str | None
) -> RequestStatus:
    """Ask whoever must approve a deal, or carry over what they approved before.

    Approved at once where nobody need be asked.
    """
    earlier = await steps_of_quote(uow.session, subject.quote_id)
    request = ApprovalRequest(
        id=uow.new_id(),
        quote_id=subject.quote_id,
        number=subject.number,
        revision=subject.revision,
        content_hash=subject.content_hash,
        policy_version=policy.version,
        net=subject.net,
        currency=subject.currency,
        made_by=subject.made_by,
        makers=sorted({subject.made_by, *subject.changed_by, uow.principal.subject}),
        submitted_by=uow.principal.subject,
        submitted_at=uow.now,
        comment=comment,
        status=RequestStatus.OPEN.value,
    )
    steps = [_step(uow, request, each, policy, earlier) for each in planned(matches(policy, deal))]
    _tell(uow, request, "submitted", f"revision {subject.revision}", comment=comment)
    for step in steps:
        if step.status == StepStatus.CARRIED:
            _tell(uow, request, "carried", step.group_name, step=step)
    status = _advance(uow, request, steps, policy)
    uow.add(request)
    await uow.flush()  # The request first: its steps refer to it.
    uow.add(*steps)
    await uow.flush()
    return status


async def decide(
    uow: UnitOfWork,
    step_id: UUID,
    *,
    approves: bool,
    content_hash: str,
    comment: str | None,
) -> tuple[UUID, RequestStatus]:
    """Decide on a step; returns the quote and where its request stands by now.

    The same decision by the same person once more changes nothing. Raises `ApprovalStepNotFound`,
    `ApprovalStepIsNotOpen`, `ApprovedContentDiffers`, `MakerIsNotChecker`, `NotAnApprover`,
    `AboveApproversLimit`.
    """
    _, request_id = await place_of_step(uow.session, step_id)
    # The request is locked first, so that two who decide at once see each other's decision.
    request = await uow.lock(ApprovalRequest, request_id)
    step = await uow.lock(ApprovalStep, step_id)
    wanted = StepStatus.APPROVED if approves else StepStatus.REJECTED
    if request.content_hash != content_hash:
        raise ApprovedContentDiffers(
            f"revision {request.revision} of {request.number} has content hash "
            f"{request.content_hash}",
            field="content_hash",
        )
    if step.status == wanted and step.decided_by == uow.principal.subject:
        return request.quote_id, RequestStatus(request.status)
    if step.status != StepStatus.OPEN:
        raise ApprovalStepIsNotOpen(f"the step of {step.group_name} is {step.status}")
    policy = await policy_now(uow.session)
    may = [step.group_key, *([step.escalated_to] if step.escalated_to else [])]
    groups = [group for group in policy.groups if group.key in may]
    as_whom = decider(
        groups,
        uow.principal.subject,
        makers=(request.made_by, request.submitted_by, *request.makers),
        day=uow.now.date(),
        net=request.net,
        currency=request.currency,
    )
    step.status = wanted.value
    step.decided_by, step.decided_at, step.comment = uow.principal.subject, uow.now, comment
    step.decided_for = as_whom.subject if as_whom.subject != uow.principal.subject else None
    _tell(uow, request, wanted.value, step.group_name, step=step, comment=comment)
    steps = await _steps_of(uow, request)
    status = _advance(uow, request, steps, policy)
    await uow.flush()
    return request.quote_id, status


async def check_giving_back(
    uow: UnitOfWork, amount: Decimal, currency: str, *, makers: Sequence[str]
) -> None:
    """See that whoever acts may give so much of a contract back without anybody's signature.

    Where a rule asks about what is given back, only an approver of its group may, within their
    limit, and nobody who made the contract. Raises `MakerIsNotChecker`, `NotAnApprover`,
    `AboveApproversLimit`.
    """
    policy = await policy_now(uow.session)
    found = giving_back(policy, amount, currency)
    if not found:
        return
    # Those who are asked last decide: what they may, need not be asked of those before them.
    last = max(rule.level for rule in found)
    groups = {rule.group for rule in found if rule.level == last}
    decider(
        [group for group in policy.groups if group.key in groups],
        uow.principal.subject,
        makers=makers,
        day=uow.now.date(),
        net=amount,
        currency=currency,
    )


async def withdraw_request(uow: UnitOfWork, quote_id: UUID, *, comment: str | None) -> None:
    """Ask no more: the quote is a draft again. Without an open request nothing happens."""
    request = await uow.session.scalar(
        select(ApprovalRequest)
        .where(
            ApprovalRequest.quote_id == quote_id,
            ApprovalRequest.status == RequestStatus.OPEN.value,
        )
        .with_for_update()
    )
    if request is None:
        return
    steps = await _steps_of(uow, request)
    _close(uow, request, steps, RequestStatus.WITHDRAWN)
    _tell(uow, request, "withdrawn", f"revision {request.revision}", comment=comment)
    await uow.flush()


async def escalate_overdue(uow: UnitOfWork) -> int:
    """Let the next group decide as well where one has not in time; return how many steps."""
    overdue = await uow.session.scalars(
        select(ApprovalStep)
        .where(
            ApprovalStep.status == StepStatus.OPEN.value,
            ApprovalStep.escalated_to.is_(None),
            ApprovalStep.due_at <= uow.now,
        )
        .order_by(ApprovalStep.due_at)
        .limit(ESCALATED_AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    steps = overdue.all()
    if not steps:
        return 0
    policy = await policy_now(uow.session)
    groups = {group.key: group for group in policy.groups}
    requests = {
        request.id: request
        for request in await uow.session.scalars(
            select(ApprovalRequest).where(
                ApprovalRequest.id.in_({step.request_id for step in steps})
            )
        )
    }
    for step in steps:
        group = groups.get(step.group_key)
        step.due_at = None
        if group is None or group.escalate_to is None:
            continue
        step.escalated_to = group.escalate_to
        to = groups[group.escalate_to].name
        _tell(uow, requests[step.request_id], "escalated", f"{step.group_name} to {to}", step=step)
    await uow.flush()
    return len(steps)


def _step(
    uow: UnitOfWork,
    request: ApprovalRequest,
    plan: PlannedStep,
    policy: Policy,
    earlier: Sequence[ApprovalStep],
) -> ApprovalStep:
    of_group = [
        step
        for step in earlier
        if step.group_key == plan.group and _still_holds(step, request, policy)
    ]
    before = [_covering(matched, of_group) for matched in plan.matched]
    carried = before[-1] if all(step is not None for step in before) else None
    return ApprovalStep(
        id=uow.new_id(),
        request_id=request.id,
        quote_id=request.quote_id,
        quote_number=request.number,
        chain=plan.chain,
        level=plan.level,
        group_key=plan.group,
        group_name=policy.group(plan.group).name,
        reasons=[_reason(matched) for matched in plan.matched],
        status=(StepStatus.CARRIED if carried else StepStatus.WAITING).value,
        made_by=request.made_by,
        makers=request.makers,
        submitted_by=request.submitted_by,
        escalated_to=carried.escalated_to if carried else None,
        decided_by=carried.decided_by if carried else None,
        decided_for=carried.decided_for if carried else None,
        decided_at=carried.decided_at if carried else None,
        comment=carried.comment if carried else None,
    )


def _still_holds(step: ApprovalStep, request: ApprovalRequest, policy: Policy) -> bool:
    """Whether who approved it may approve a deal of this worth, and has not changed it since."""
    if step.status not in (StepStatus.APPROVED, StepStatus.CARRIED):
        return False
    if {step.decided_by, step.decided_for} & set(request.makers):
        return False
    as_whom = step.decided_for or step.decided_by
    return any(
        approver.subject == as_whom and approver.may_approve(request.net, request.currency)
        for group in policy.groups
        if group.key in (step.group_key, step.escalated_to)
        for approver in group.approvers
    )


def _covering(matched: Matched, earlier: Sequence[ApprovalStep]) -> ApprovalStep | None:
    """The newest approval that covers what the rule finds now."""
    for step in reversed(earlier):
        for reason in step.reasons:
            if reason["rule"] == matched.rule.key and covered(
                matched, measured_of(reason["measured"])
            ):
                return step
    return None


def _reason(matched: Matched) -> dict[str, Any]:
    return {
        "rule": matched.rule.key,
        "name": matched.rule.name,
        "measured": written_measured(matched.measured),
    }


def _advance(
    uow: UnitOfWork, request: ApprovalRequest, steps: Sequence[ApprovalStep], policy: Policy
) -> RequestStatus:
    """Open what is asked next, or close the request."""
    status = outcome(StepStatus(step.status) for step in steps)
    if status is not RequestStatus.OPEN:
        _close(uow, request, steps, status)
        return status
    groups: Mapping[str, Any] = {group.key: group for group in policy.groups}
    places = to_open([(step.chain, step.level, StepStatus(step.status)) for step in steps])
    for place in places:
        step = steps[place]
        step.status, step.opened_at = StepStatus.OPEN.value, uow.now
        group = groups.get(step.group_key)
        if group is not None and group.escalate_after_hours is not None:
            step.due_at = uow.now + timedelta(hours=group.escalate_after_hours)
        _tell(uow, request, "opened", step.group_name, step=step)
    return status


def _close(
    uow: UnitOfWork,
    request: ApprovalRequest,
    steps: Sequence[ApprovalStep],
    status: RequestStatus,
) -> None:
    request.status, request.closed_at = status.value, uow.now
    for step in steps:
        if step.status in (StepStatus.WAITING, StepStatus.OPEN):
            step.status = StepStatus.DROPPED.value


async def _steps_of(uow: UnitOfWork, request: ApprovalRequest) -> Sequence[ApprovalStep]:
    found = await uow.session.scalars(
        select(ApprovalStep)
        .where(ApprovalStep.request_id == request.id)
        .order_by(ApprovalStep.chain, ApprovalStep.level, ApprovalStep.id)
        .with_for_update()
    )
    return found.all()


def _tell(
    uow: UnitOfWork,
    request: ApprovalRequest,
    action: str,
    about: str,
    *,
    step: ApprovalStep | None = None,
    comment: str | None = None,
) -> None:
    """Write an entry of the trail."""
    uow.add(
        ApprovalEntry(
            id=uow.new_id(),
            quote_id=request.quote_id,
            request_id=request.id,
            step_id=step.id if step else None,
            at=uow.now,
            actor=uow.principal.subject,
            action=action,
            about=about,
            content_hash=request.content_hash,
            comment=comment,
        )
    )
    uow.audit(f"approval.{action}", "quote", request.quote_id, {"about": about})
