"""What invoice plans do by the clock."""

from erp.invoice_plans import service
from servicekit.jobs import Jobs
from servicekit.uow import UnitOfWork

jobs = Jobs("erp.invoice_plans")


@jobs.every(seconds=60)
async def issue_planned_invoices(uow: UnitOfWork) -> None:
    """Issue the invoices that are due by the UTC calendar, some at a time."""
    await service.issue_due(uow, uow.now.date())
