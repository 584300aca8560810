"""The clock's door to sales orders."""

from erp.sales_orders import service
from servicekit.jobs import Jobs
from servicekit.uow import UnitOfWork

jobs = Jobs("erp.sales_orders")


@jobs.every(seconds=2)
async def fill_backorders(uow: UnitOfWork) -> None:
    """Give stock that has come in to the orders that wait for it."""
    await service.fill_backorders(uow)
