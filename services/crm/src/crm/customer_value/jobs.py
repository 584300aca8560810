"""What customer values do by the clock."""

from sqlalchemy import func, select

from crm.customer_value import service
from crm.customer_value.models import ValueModel
from servicekit.jobs import Jobs
from servicekit.uow import UnitOfWork

jobs = Jobs("crm.customer_value")


@jobs.every(hours=1)
async def estimate_daily(uow: UnitOfWork) -> None:
    """Estimate every customer once a day, up to the day before (UTC)."""
    newest = await uow.session.scalar(select(func.max(ValueModel.fitted_at)))
    if newest is None or newest.date() < uow.now.date():
        await service.run(uow, uow.now.date())
