"""The doors of invoice plans."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends

from erp.invoice_plans import queries, service
from erp.invoice_plans.models import InvoicePlan
from erp.invoice_plans.rules import (
    InvoicePlanExists,
    InvoicePlanNotFound,
    MilestonesAreNotTheWhole,
    ScheduleMakesNoSense,
)
from erp.invoice_plans.schemas import (
    InvoicePlanIn,
    InvoicePlanOut,
    InvoicePlanPatch,
    PlannedInvoicesOut,
)
from erp.items.queries import QuantityIsTooFine
from erp.ledger.service import AmountIsTooLarge
from erp.receivables.service import AccountNotFound, InvoiceHasNoLines, InvoiceIsNegative
from erp.taxes.queries import TaxRateIsMissing
from servicekit.http.filters import prefixed
from servicekit.http.paging import Listing, Page, PageOut
from servicekit.http.router import SliceRouter
from servicekit.http.supplied import IfMatch, Reads, Writes

READ, WRITE = "erp.invoice_plans.read", "erp.invoice_plans.write"

plans = SliceRouter(prefix="/v1/invoice-plans", tags=["receivables"])
routers = (plans,)

PLANS = Listing(
    InvoicePlan,
    sorts={"name": InvoicePlan.name, "next_on": InvoicePlan.next_on},
    filters={
        "company_id": InvoicePlan.company_id,
        "account_id": InvoicePlan.account_id,
        "order_id": InvoicePlan.order_id,
        "name": prefixed(InvoicePlan.name),
        "active": InvoicePlan.active,
        "next_on": InvoicePlan.next_on,
    },
    default_sort="name",
)


@plans.post(
    "",
    permission=WRITE,
    status_code=201,
    refusals=(
        AccountNotFound,
        ScheduleMakesNoSense,
        MilestonesAreNotTheWhole,
        InvoicePlanExists,
        InvoiceHasNoLines,
        InvoiceIsNegative,
        QuantityIsTooFine,
        TaxRateIsMissing,
        AmountIsTooLarge,
    ),
)
async def make_invoice_plan(body: InvoicePlanIn, uow: Writes) -> InvoicePlanOut:
    """Agree on what an account is invoiced, and when; the invoices are issued by the clock."""
    return InvoicePlanOut.of(
        await service.make_plan(
            uow,
            body.account_id,
            body.name,
            [line.line() for line in body.lines],
            body.schedule(),
            body.reference,
        )
    )


@plans.get("", permission=READ)
async def list_invoice_plans(
    page: Annotated[Page, Depends(PLANS)], reads: Reads
) -> PageOut[InvoicePlanOut]:
    """Invoice plans, by name unless sorted otherwise."""
    return PageOut.of(await page.fetch(reads, PLANS.select()), InvoicePlanOut.of)


@plans.get("/{plan_id}", permission=READ, refusals=(InvoicePlanNotFound,))
async def get_invoice_plan(plan_id: UUID, reads: Reads) -> InvoicePlanOut:
    """An invoice plan."""
    return InvoicePlanOut.of(await reads.get(InvoicePlan, plan_id))


@plans.get("/{plan_id}/invoices", permission=READ, refusals=(InvoicePlanNotFound,))
async def list_planned_invoices(plan_id: UUID, reads: Reads) -> PlannedInvoicesOut:
    """What a plan has issued."""
    await reads.get(InvoicePlan, plan_id)
    return PlannedInvoicesOut.of(list(await queries.planned_invoices(reads.session, plan_id)))


@plans.patch("/{plan_id}", permission=WRITE, refusals=(InvoicePlanNotFound,))
async def change_invoice_plan(
    plan_id: UUID, body: InvoicePlanPatch, expected: IfMatch, uow: Writes
) -> InvoicePlanOut:
    """Stop a plan, or let it go on: the time in which it was stopped is not invoiced."""
    return InvoicePlanOut.of(
        await service.stop_plan(uow, plan_id, active=body.active, expected=expected)
    )
