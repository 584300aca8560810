"""The clock's door to inventory."""

from erp.inventory import service
from servicekit.jobs import Jobs
from servicekit.uow import UnitOfWork

jobs = Jobs("erp.inventory")


@jobs.every(seconds=1)
async def announce_promises(uow: UnitOfWork) -> None:
    """Tell the other services what can be promised of the items whose stock changed."""
    await service.announce_promises(uow)


@jobs.every(seconds=60)
async def revalue_stock(uow: UnitOfWork) -> None:
    """Carry stock at the standard cost that holds today."""
    await service.revalue_stock(uow)
