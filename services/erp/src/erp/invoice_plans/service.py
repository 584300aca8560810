"""Use cases of invoice plans."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from erp.invoice_plans import queries
from erp.invoice_plans.models import InvoicePlan, PlannedInvoice
from erp.invoice_plans.rules import (
    InvoicePlanExists,
    Milestone,
    MilestonesExceedTheOrder,
    Schedule,
    ScheduleMakesNoSense,
    check_schedule,
    first_from,
    part_of,
)
from erp.receivables import service as receivables
from erp.receivables.service import InvoiceLineInput
from erp.taxes.queries import Supply
from servicekit.errors import Refusal
from servicekit.uow import UnitOfWork
from servicekit.values.decimals import plain
from servicekit.values.money import Money

__all__ = [
    "InvoicePlan",
    "InvoicePlanExists",
    "Milestone",
    "MilestonesExceedTheOrder",
    "PlannedOrder",
    "ScheduleMakesNoSense",
    "due_of_orders",
    "has_issued",
    "issue_due",
    "make_order_plan",
    "make_plan",
    "part_due",
    "schedule_of",
    "stop_plan",
    "was_refused",
]


@dataclass(frozen=True, slots=True)
class PlannedOrder:
    """The order that a plan is of."""

    id: UUID
    number: str
    company_id: UUID
    account_id: UUID
    currency: str
    reference: str | None


async def make_plan(
    uow: UnitOfWork,
    account_id: UUID,
    name: str,
    lines: Sequence[InvoiceLineInput],
    schedule: Schedule,
    reference: str | None,
) -> InvoicePlan:
    """Agree on what an account is invoiced and when; prices are in its currency, and stay.

    Raises `ScheduleMakesNoSense`, `MilestonesAreNotTheWhole`, `InvoicePlanExists`, and what
    `draft_free_invoice` raises for an invoice of today.
    """
    today = uow.now.date()
    check_schedule(schedule, today)
    draft = await receivables.draft_free_invoice(uow, account_id, today, lines)
    plan = InvoicePlan(
        tenant=uow.tenant,
        id=uow.new_id(),
        company_id=draft.account.company_id,
        account_id=account_id,
        name=name,
        currency=draft.account.currency,
        reference=reference,
        lines=[_kept_line(line) for line in lines],
        first_on=schedule.first_on,
        every_months=schedule.every_months,
        ends_on=schedule.ends_on,
        milestones=_kept_milestones(schedule.milestones) or None,
        next_on=schedule.day(0),
        issued=0,
        skipped=0,
        active=True,
        entered_by=uow.principal.subject,
        problem=None,
    )
    uow.add(plan)
    uow.audit("invoice-plans.plan.made", "invoice-plan", plan.id, {"name": name})
    await uow.flush()
    return plan


async def make_order_plan(
    uow: UnitOfWork, order: PlannedOrder, milestones: Sequence[Milestone]
) -> InvoicePlan:
    """Agree on which shares of an order are asked for in advance, and when.

    The order's slice asks for them (`due_of_orders`, `part_due`, `has_issued`). Raises
    `ScheduleMakesNoSense`, `MilestonesExceedTheOrder`, `InvoicePlanExists`.
    """
    schedule = Schedule(milestones=milestones)
    check_schedule(schedule, uow.now.date(), of_order=True)
    plan = InvoicePlan(
        tenant=uow.tenant,
        id=uow.new_id(),
        company_id=order.company_id,
        account_id=order.account_id,
        name=order.number,
        currency=order.currency,
        reference=order.reference,
        order_id=order.id,
        lines=[],
        first_on=None,
        every_months=None,
        ends_on=None,
        milestones=_kept_milestones(milestones),
        next_on=schedule.day(0),
        issued=0,
        skipped=0,
        active=True,
        entered_by=uow.principal.subject,
        problem=None,
    )
    uow.add(plan)
    uow.audit("invoice-plans.plan.made", "invoice-plan", plan.id, {"name": order.number})
    await uow.flush()
    return plan


async def due_of_orders(uow: UnitOfWork, today: date) -> Sequence[InvoicePlan]:
    """Some plans of orders with a milestone that is due, locked."""
    return await queries.due_plans(uow.session, today, of_orders=True)


def part_due(plan: InvoicePlan, net: Money) -> tuple[str, Money]:
    """The name of a plan's next milestone, and what it takes of an order's net."""
    milestones = schedule_of(plan).milestones
    return milestones[plan.issued].name, part_of(net, milestones, plan.issued)


async def has_issued(uow: UnitOfWork, plan: InvoicePlan, invoice_id: UUID, number: str) -> None:
    """Record that the next milestone of an order's plan was asked for."""
    due_on, schedule = plan.next_on, schedule_of(plan)
    uow.add(
        PlannedInvoice(
            tenant=uow.tenant,
            plan_id=plan.id,
            due_on=due_on,
            invoice_id=invoice_id,
            created_at=uow.now,
        )
    )
    _advance(uow, plan, schedule, number, due_on)
    await uow.flush()


async def was_refused(
    uow: UnitOfWork, plan: InvoicePlan, refusal: Refusal, *, for_good: bool
) -> None:
    """Tell why the next milestone was not asked for; one that is over `for_good` is stopped."""
    plan.problem = str(refusal)
    if for_good:
        plan.active = False
    await uow.flush()


async def stop_plan(uow: UnitOfWork, plan_id: UUID, *, active: bool, expected: int) -> InvoicePlan:
    """Stop a plan, or let it go on; raises `InvoicePlanNotFound`, `Stale`.

    What recurs goes on with its first day from today on: the time in which it was stopped is not
    invoiced. Milestones are invoiced late, since they are one sum.
    """
    plan = await uow.lock(InvoicePlan, plan_id, expected)
    if active and not plan.active and plan.milestones is None:
        schedule = schedule_of(plan)
        number = first_from(schedule, plan.skipped + plan.issued, uow.now.date())
        plan.skipped = number - plan.issued
        plan.next_on = schedule.day(number)
    plan.active = active
    plan.problem = None
    uow.audit("invoice-plans.plan.changed", "invoice-plan", plan_id, {"active": active})
    await uow.flush()
    return plan


async def issue_due(uow: UnitOfWork, today: date) -> int:
    """Issue the next invoice of some plans that have one due; answer how many were tried.

    An invoice is dated today, never back. What is refused (a tax rate or an exchange rate is
    missing) is told on the plan and tried again by the next run.
    """
    plans = await queries.due_plans(uow.session, today)
    # All accounts before the first number, as everybody who issues several invoices.
    await receivables.lock_accounts(uow, {plan.account_id for plan in plans})
    for plan in plans:
        due_on = plan.next_on
        if due_on is None:
            continue
        schedule = schedule_of(plan)
        try:
            async with uow.savepoint():
                invoice = await receivables.issue_free_invoice(
                    uow,
                    plan.account_id,
                    today,
                    _due_lines(plan, schedule),
                    currency=plan.currency,
                    reference=plan.reference or plan.name,
                )
                uow.add(
                    PlannedInvoice(
                        tenant=uow.tenant,
                        plan_id=plan.id,
                        due_on=due_on,
                        invoice_id=invoice.id,
                        created_at=uow.now,
                    )
                )
        except Refusal as refusal:
            plan.problem = str(refusal)
            await uow.flush()
            continue
        _advance(uow, plan, schedule, invoice.number, due_on)
        await uow.flush()
    return len(plans)


def _advance(
    uow: UnitOfWork, plan: InvoicePlan, schedule: Schedule, number: str, due_on: date | None
) -> None:
    plan.issued += 1
    plan.problem = None
    plan.next_on = schedule.day(plan.skipped + plan.issued)
    uow.audit(
        "invoice-plans.plan.invoiced",
        "invoice-plan",
        plan.id,
        {"due_on": due_on, "invoice": number},
    )


def _kept_milestones(milestones: Sequence[Milestone]) -> list[dict[str, Any]]:
    return [
        {"due_on": one.due_on.isoformat(), "share": plain(one.share), "name": one.name}
        for one in milestones
    ]


def schedule_of(plan: InvoicePlan) -> Schedule:
    """When a plan invoices."""
    return Schedule(
        plan.first_on,
        plan.every_months,
        plan.ends_on,
        [
            Milestone(date.fromisoformat(one["due_on"]), Decimal(one["share"]), one["name"])
            for one in plan.milestones or ()
        ],
    )


def _kept_line(line: InvoiceLineInput) -> dict[str, Any]:
    return {
        "description": line.description,
        "quantity": plain(line.quantity),
        "unit": line.unit,
        "net_unit_price": plain(line.net_unit_price),
        "net_amount": plain(line.net_amount),
        "tax_category": line.tax_category,
        "supply": line.supply.value,
    }


def _due_lines(plan: InvoicePlan, schedule: Schedule) -> list[InvoiceLineInput]:
    lines = [
        InvoiceLineInput(
            description=line["description"],
            quantity=Decimal(line["quantity"]),
            unit=line["unit"],
            net_unit_price=Decimal(line["net_unit_price"]),
            net_amount=Decimal(line["net_amount"]),
            tax_category=line["tax_category"],
            supply=Supply(line["supply"]),
        )
        for line in plan.lines
    ]
    if not schedule.milestones:
        return lines
    due = schedule.milestones[plan.issued]
    return [
        replace(
            line,
            description=f"{line.description}: {due.name}",
            quantity=Decimal(1),
            unit="pcs",
            net_unit_price=part.amount,
            net_amount=part.amount,
        )
        for line in lines
        for part in [
            part_of(Money(line.net_amount, plan.currency), schedule.milestones, plan.issued)
        ]
    ]
