"""Steps of a request: in which order they are asked, who may decide, and what follows."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from cpq.approvals.rules.policy import Approver, ApproverGroup, Matched
from servicekit.errors import InvalidInput, NotFound, RuleBroken
from servicekit.values import plain


class RequestStatus(StrEnum):
    """Where a request stands."""

    OPEN = "open"
    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


class StepStatus(StrEnum):
    """Where a step stands."""

    WAITING = "waiting"
    """A level before it is not decided."""
    OPEN = "open"
    APPROVED = "approved"
    REJECTED = "rejected"
    CARRIED = "carried"
    """It was approved before, and nothing got worse."""
    DROPPED = "dropped"
    """Its request ended before it was decided."""


class ApprovalStepNotFound(NotFound):
    """The step does not exist in this tenant."""

    code = "approval-step-not-found"
    title = "There is no such approval step"
    hint = "List the approvals to see the steps that are open."


class ApprovalStepIsNotOpen(RuleBroken):
    """Only what is asked now can be decided."""

    code = "approval-step-not-open"
    title = "The step is not open for a decision"
    hint = "Read the quote's approvals: it is decided already, or waits for a level before it."


class MakerIsNotChecker(RuleBroken):
    """Whoever made, changed or submitted the deal does not approve it."""

    code = "maker-is-not-checker"
    title = "Nobody approves what they made, changed or submitted themselves, nor a deputy for them"
    hint = "Ask another approver of the group, or the deputy of another."


class NotAnApprover(RuleBroken):
    """A step is decided by its group, or by the deputy of somebody who is away."""

    code = "not-an-approver"
    title = "You are not among those who decide on this step"
    hint = "Ask somebody of the group that the step names."


class AboveApproversLimit(RuleBroken):
    """Each approver decides up to an amount."""

    code = "above-approvers-limit"
    title = "The deal is worth more than you may approve"
    hint = "Ask an approver with a higher limit."


class ApprovedContentDiffers(RuleBroken):
    """An approval signs exactly what its hash names."""

    code = "approved-content-differs"
    title = "The content hash is not the one that was put up for approval"
    hint = "Read the quote again and decide on what it says now."


class ApprovalPolicyHasChanged(RuleBroken):
    """Two people do not overwrite each other unseen."""

    code = "approval-policy-has-changed"
    title = "The policy was changed meanwhile"
    hint = "Read it again and make your change to what it says now."


class ApprovalPolicyMakesNoSense(InvalidInput):
    """A policy that could never be fulfilled is not kept."""

    code = "approval-policy-makes-no-sense"
    title = "The policy makes no sense"
    hint = "Correct what the errors name, each by its place."


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """What one group is asked at one level of a chain: all its rules together."""

    chain: str
    level: int
    group: str
    matched: tuple[Matched, ...]


def planned(found: Iterable[Matched]) -> list[PlannedStep]:
    """The steps that rules ask for, by chain and level; a group is asked once a level."""
    steps: dict[tuple[str, int, str], list[Matched]] = {}
    for each in found:
        steps.setdefault((each.rule.chain, each.rule.level, each.rule.group), []).append(each)
    return [PlannedStep(*at, tuple(of)) for at, of in sorted(steps.items())]


def to_open(steps: Sequence[tuple[str, int, StepStatus]]) -> list[int]:
    """Which waiting steps (by place) are asked now: those of the first undecided level of a chain.

    Steps are (chain, level, status).
    """
    current: dict[str, int] = {}
    for chain, level, status in steps:
        if status in (StepStatus.WAITING, StepStatus.OPEN):
            current[chain] = min(level, current.get(chain, level))
    return [
        at
        for at, (chain, level, status) in enumerate(steps)
        if status is StepStatus.WAITING and current.get(chain) == level
    ]


def outcome(statuses: Iterable[StepStatus]) -> RequestStatus:
    """Where a request with steps of these statuses stands."""
    found = list(statuses)
    if StepStatus.REJECTED in found:
        return RequestStatus.REJECTED
    if all(status in (StepStatus.APPROVED, StepStatus.CARRIED) for status in found):
        return RequestStatus.APPROVED
    return RequestStatus.OPEN


def decider(
    groups: Sequence[ApproverGroup],
    subject: str,
    *,
    makers: Iterable[str],
    day: date,
    net: Decimal,
    currency: str,
) -> Approver:
    """As which approver somebody decides: as themselves, or for somebody who is away.

    Raises `MakerIsNotChecker`, `NotAnApprover`, `AboveApproversLimit`.
    """
    made_by = set(makers)
    if subject in made_by:
        raise MakerIsNotChecker(f"{subject} made, changed or submitted it")
    names = " or ".join(group.name for group in groups)
    approvers = [approver for group in groups for approver in group.approvers]
    able = [each for each in approvers if each.subject == subject]
    able += [each for each in approvers if each.deputy == subject and each.away(day)]
    # Who stands in for somebody is bound as they are.
    bound = [each for each in able if each.subject in made_by]
    able = [each for each in able if each.subject not in made_by]
    if bound and not able:
        raise MakerIsNotChecker(f"{bound[0].subject} made, changed or submitted it")
    if not able:
        raise NotAnApprover(f"{names} decides, {subject} is not of them")
    for approver in able:
        if approver.may_approve(net, currency):
            return approver
    limits = ", ".join(
        f"{plain(each.limit)} {each.limit_currency}" for each in able if each.limit is not None
    )
    raise AboveApproversLimit(f"{plain(net)} {currency} is more than {limits}")
