"""What the ledger does by the clock."""

from erp.ledger import service
from servicekit.jobs import Jobs
from servicekit.uow import UnitOfWork

jobs = Jobs("erp.ledger")


@jobs.every(seconds=3600)
async def roll_balances(uow: UnitOfWork) -> None:
    """Sum up the balances of months that are over: what old years cost stays the same."""
    await service.roll_balances(uow, uow.now.date())


@jobs.every(seconds=60)
async def post_recurring_entries(uow: UnitOfWork) -> None:
    """Post the recurring entries that are due by the UTC calendar, some at a time."""
    await service.post_due(uow, uow.now.date())
