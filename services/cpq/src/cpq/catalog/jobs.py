"""Compiles what was published."""

from cpq.catalog import service
from servicekit.jobs import Jobs
from servicekit.uow import UnitOfWork

jobs = Jobs("cpq.catalog")


@jobs.every(seconds=5)
async def compile_published(uow: UnitOfWork) -> None:
    """Compile one published version that nobody has compiled yet."""
    await service.compile_next(uow)
