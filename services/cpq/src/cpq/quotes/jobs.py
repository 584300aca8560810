"""Lets quotes expire."""

from cpq.quotes import service
from servicekit.jobs import Jobs
from servicekit.uow import UnitOfWork

jobs = Jobs("cpq.quotes")


@jobs.every(seconds=60)
async def expire_quotes(uow: UnitOfWork) -> None:
    """Expire the sent quotes whose last day has passed."""
    await service.expire_quotes(uow)
