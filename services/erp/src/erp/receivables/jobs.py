"""What receivables do by the clock."""

from erp.receivables import service
from servicekit.jobs import Jobs
from servicekit.uow import UnitOfWork

jobs = Jobs("erp.receivables")


@jobs.every(seconds=60)
async def mark_overdue(uow: UnitOfWork) -> None:
    """Announce invoices whose due date has passed (by the UTC calendar), some at a time."""
    await service.mark_overdue(uow, uow.now.date())


@jobs.every(seconds=30)
async def open_missing_accounts(uow: UnitOfWork) -> None:
    """Open accounts for customers that were heard of while there was no company yet."""
    await service.open_missing_accounts(uow)
