"""The use cases of approvals. Quotes call them; they know nothing of quotes but an id."""

from cpq.approvals.rules import (
    AboveApproversLimit,
    ApprovalStepIsNotOpen,
    ApprovalStepNotFound,
    ApprovedContentDiffers,
    Deal,
    DealLine,
    FactsAreStale,
    MakerIsNotChecker,
    NotAnApprover,
    Policy,
    RequestStatus,
    StepStatus,
    Value,
    Variable,
    check_freshness,
    matches,
)
from cpq.approvals.service.asking import (
    Subject,
    decide,
    escalate_overdue,
    request_approval,
    withdraw_request,
)
from cpq.approvals.service.policies import change_policy

__all__ = [
    "AboveApproversLimit",
    "ApprovalStepIsNotOpen",
    "ApprovalStepNotFound",
    "ApprovedContentDiffers",
    "Deal",
    "DealLine",
    "FactsAreStale",
    "MakerIsNotChecker",
    "NotAnApprover",
    "Policy",
    "RequestStatus",
    "StepStatus",
    "Subject",
    "Value",
    "Variable",
    "change_policy",
    "check_freshness",
    "decide",
    "escalate_overdue",
    "matches",
    "request_approval",
    "withdraw_request",
]
