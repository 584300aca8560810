"""The clock's door to sales orders."""

import structlog
from prometheus_client import Gauge

from erp.sales_orders import queries, service
from servicekit.jobs import Jobs
from servicekit.uow import UnitOfWork

BROKEN = Gauge(
    "tradewind_erp_broken_order_proofs",
    "Statements about stock and orders that do not hold.",
    ["tenant"],
)
log = structlog.get_logger("erp.sales_orders")

jobs = Jobs("erp.sales_orders")


@jobs.every(seconds=2)
async def fill_backorders(uow: UnitOfWork) -> None:
    """Give stock that has come in to the orders that wait for it."""
    await service.fill_backorders(uow)


@jobs.every(seconds=60)
async def move_the_horizon(uow: UnitOfWork) -> None:
    """Let orders count as exposure that have come within the horizon (by the UTC calendar)."""
    await service.move_the_horizon(uow, uow.now.date())


@jobs.every(seconds=60)
async def end_order_releases(uow: UnitOfWork) -> None:
    """Hold orders again that were released until a day that has passed (by the UTC calendar)."""
    await service.end_order_releases(uow, uow.now.date())


@jobs.every(seconds=60)
async def ask_milestones(uow: UnitOfWork) -> None:
    """Ask for the milestones of orders that are due by the UTC calendar, some at a time."""
    await service.ask_milestones(uow, uow.now.date())


@jobs.every(seconds=3600)
async def prove_orders(uow: UnitOfWork) -> None:
    """Check that stock, orders and books say the same; alert on any that do not."""
    broken = await queries.broken_proofs(uow.session)
    BROKEN.labels(uow.tenant).set(len(broken))
    for company, proof in broken:
        log.error("stock is broken", company=company, proof=proof.name, detail=proof.detail)
