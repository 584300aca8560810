"""Escalates what nobody decides."""

from cpq.approvals import service
from servicekit.jobs import Jobs
from servicekit.uow import UnitOfWork

jobs = Jobs("cpq.approvals")


@jobs.every(seconds=60)
async def escalate_overdue(uow: UnitOfWork) -> None:
    """Let the next group decide as well where one has not in time."""
    await service.escalate_overdue(uow)
