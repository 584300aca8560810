"""Writing the policy."""

from dataclasses import replace

from cpq.approvals.models import PolicyVersion
from cpq.approvals.queries import policy_now, written
from cpq.approvals.rules import (
    ApprovalPolicyHasChanged,
    ApprovalPolicyMakesNoSense,
    Policy,
    faults_of,
)
from servicekit.uow import UnitOfWork


async def change_policy(uow: UnitOfWork, wanted: Policy, *, expected: int) -> Policy:
    """Write the next version; what was put up for approval goes on by the version before.

    Raises `ApprovalPolicyHasChanged`, `ApprovalPolicyMakesNoSense`.
    """
    faults = faults_of(wanted)
    if faults:
        raise ApprovalPolicyMakesNoSense(
            f"{len(faults)} faults; the first: {faults[0].message}", faults=tuple(faults)
        )
    known = await policy_now(uow.session)
    if known.version != expected:
        raise ApprovalPolicyHasChanged(
            f"version {expected} was expected, the policy is at version {known.version} by now"
        )
    changed = replace(wanted, version=expected + 1)
    uow.add(
        PolicyVersion(
            version=changed.version,
            content=written(changed),
            created_at=uow.now,
            created_by=uow.principal.subject,
        )
    )
    uow.audit("approval-policy.changed", "approval-policy", str(changed.version))
    await uow.flush()
    return changed
