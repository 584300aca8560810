"""The approval policy over HTTP: `/v1/approval-policy`."""

from cpq.approvals import queries, service
from cpq.approvals.rules import ApprovalPolicyHasChanged, ApprovalPolicyMakesNoSense
from cpq.approvals.schemas import PolicyIn, PolicyOut
from servicekit.http import IfMatch, Reads, SliceRouter, Writes

router = SliceRouter(prefix="/v1/approval-policy", tags=["approvals"])


@router.get("", permission="cpq.approvals.read")
async def read_approval_policy(reads: Reads) -> PolicyOut:
    """Which deals need whose approval, and how old facts may be."""
    return PolicyOut.of(await queries.policy_now(reads.session))


@router.put(
    "",
    permission="cpq.approvals.write",
    refusals=(ApprovalPolicyHasChanged, ApprovalPolicyMakesNoSense),
)
async def change_approval_policy(body: PolicyIn, expected: IfMatch, uow: Writes) -> PolicyOut:
    """Write the next version; what is under way goes on, deciders are looked up in the newest.

    The first version is written with `If-Match: "0"`.
    """
    return PolicyOut.of(await service.change_policy(uow, body.policy(), expected=expected))
