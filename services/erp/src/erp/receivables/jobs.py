"""What receivables do by the clock."""

import structlog
from prometheus_client import Gauge

from erp.receivables import queries, service
from servicekit.jobs import Jobs
from servicekit.uow import UnitOfWork

BROKEN = Gauge(
    "tradewind_erp_broken_proofs", "Statements about the books that do not hold.", ["tenant"]
)
log = structlog.get_logger("erp.receivables")

jobs = Jobs("erp.receivables")


@jobs.every(seconds=60)
async def mark_overdue(uow: UnitOfWork) -> None:
    """Announce invoices whose due date has passed (by the UTC calendar), some at a time."""
    await service.mark_overdue(uow, uow.now.date())


@jobs.every(seconds=60)
async def end_releases(uow: UnitOfWork) -> None:
    """End credit that was released until a day that has passed (by the UTC calendar)."""
    await service.end_releases(uow, uow.now.date())


@jobs.every(seconds=3600)
async def dun_customers(uow: UnitOfWork) -> None:
    """Let overdue items climb their levels of dunning, some at a time, once a day each."""
    for company_id in await queries.dunning_companies(uow.session):
        await service.dun(uow, company_id, uow.now.date(), preview=False)


@jobs.every(seconds=30)
async def open_missing_accounts(uow: UnitOfWork) -> None:
    """Open accounts for customers that were heard of while there was no company yet."""
    await service.open_missing_accounts(uow)


@jobs.every(seconds=3600)
async def prove_books(uow: UnitOfWork) -> None:
    """Check that the books balance and say what the documents say; alert on any that do not."""
    broken = await queries.broken_proofs(uow.session)
    BROKEN.labels(uow.tenant).set(len(broken))
    for company, proof in broken:
        log.error("the books are broken", company=company, proof=proof.name, detail=proof.detail)
