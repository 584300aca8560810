"""Collective invoices: one for many deliveries of many orders of a customer."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from erp.ledger import queries as ledger
from erp.receivables import service as receivables
from erp.sales_orders import events
from erp.sales_orders.queries import OrderDetail, delivered, lock_orders, orders_to_collect
from erp.sales_orders.rules import (
    ZERO,
    CollectBy,
    CollectedBeforeDelivered,
    CollectedPart,
    Due,
    OrderStatus,
    check_day,
    in_bunches,
    plan_collection,
)
from erp.sales_orders.service.invoicing import after_invoice, draft_of_order
from erp.sales_orders.service.record import moved, save_orders
from servicekit.errors import Refusal
from servicekit.taxation import DocumentTotals
from servicekit.uow import UnitOfWork
from servicekit.values.money import Money

MOST_ORDERS = 500
"""So many orders are looked at in one run."""


@dataclass(frozen=True, slots=True)
class Collecting:
    """Which deliveries are invoiced together: of a company, until a day, of one account or all.

    `after` goes on behind the account at which an earlier run stopped. Days left out are today.
    """

    company_id: UUID | None
    account_id: UUID | None
    delivered_until: date | None
    issued_on: date | None
    by: CollectBy
    after: UUID | None


@dataclass(frozen=True, slots=True)
class CollectedOrder:
    """What a collective invoice takes of an order; amounts in its currency."""

    order: OrderDetail
    parts: Sequence[CollectedPart]
    totals: DocumentTotals


@dataclass(frozen=True, slots=True)
class CollectiveInvoice:
    """An invoice for many orders; `invoice` is None in a preview."""

    account_id: UUID
    reference: str | None
    orders: Sequence[CollectedOrder]
    totals: DocumentTotals
    invoice: receivables.InvoiceRow | None


@dataclass(frozen=True, slots=True)
class LeftOut:
    """An order with deliveries that stand on no collective invoice, and why: a code, a sentence."""

    order: OrderDetail
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Collection:
    """What a run invoiced, or would; `next_account` goes on where there is more."""

    invoices: Sequence[CollectiveInvoice]
    left_out: Sequence[LeftOut]
    next_account: UUID | None


async def collect_invoices(uow: UnitOfWork, wish: Collecting, *, preview: bool) -> Collection:
    """Invoice deliveries of many orders together, an invoice for each account or reference.

    A second run finds nothing left to invoice. What is refused leaves its order, or its invoice,
    out and nothing else. Raises `CompanyNotFound`, `NoCompanyYet`, `CollectedBeforeDelivered`,
    `DayIsInTheFuture`.
    """
    today = uow.now.date()
    issued_on = wish.issued_on or today
    until = wish.delivered_until or min(issued_on, today)
    if until > issued_on:
        raise CollectedBeforeDelivered(f"Deliveries until {until}.", field="delivered_until")
    check_day(issued_on, ordered_on=issued_on, today=today, shipping=False)
    company = await ledger.company_or_default(uow.session, wish.company_id)
    due = await orders_to_collect(
        uow,
        company.id,
        account_id=wish.account_id,
        after=wish.after,
        limit=MOST_ORDERS,
    )
    orders = await lock_orders(uow, ids=[order_id for _, order_id in due], with_reservations=False)
    if not preview:
        await receivables.lock_accounts(uow, {order.account_id for order in orders})
    left_out = list[LeftOut]()
    ready = await _planned(uow, orders, issued_on, until, left_out)
    invoices = list[CollectiveInvoice]()
    for (account_id, reference), drafts in _grouped(ready, wish.by).items():
        for bunch in in_bunches([(one, len(one[2].lines)) for one in drafts]):
            try:
                async with uow.savepoint():
                    invoices.append(
                        await _collected(uow, account_id, reference, bunch, preview=preview)
                    )
            except Refusal as refusal:
                left_out += [LeftOut(order, refusal.code, str(refusal)) for order, _, _ in bunch]
    last = due[-1][0] if due else None
    more = last is not None and bool(
        await orders_to_collect(uow, company.id, account_id=wish.account_id, after=last, limit=1)
    )
    return Collection(invoices, left_out, last if more else None)


_Ready = tuple[OrderDetail, Sequence[CollectedPart], receivables.InvoiceDraft]


async def _planned(
    uow: UnitOfWork,
    orders: Sequence[OrderDetail],
    issued_on: date,
    until: date,
    left_out: list[LeftOut],
) -> list[_Ready]:
    """The orders that can be invoiced with what each would be invoiced for; others are told."""
    deliveries = await delivered(uow, [order.id for order in orders])
    ready = list[_Ready]()
    for order in sorted(orders, key=lambda one: (one.ordered_on, one.number)):
        if order.prepaid:
            message = f"{Money(order.prepaid, order.currency)} of it was asked for in advance."
            left_out.append(LeftOut(order, "order-has-down-payments", message))
            continue
        parts = plan_collection(order.progress, deliveries, until)
        if not parts:
            message = f"What is not invoiced of it left after {until}."
            left_out.append(LeftOut(order, "delivered-later", message))
            continue
        try:
            check_day(issued_on, ordered_on=order.ordered_on, today=uow.now.date(), shipping=False)
            draft = await draft_of_order(uow, order, issued_on, _lines(order, parts))
        except Refusal as refusal:
            left_out.append(LeftOut(order, refusal.code, str(refusal)))
            continue
        ready.append((order, parts, draft))
    return ready


def _grouped(
    ready: Sequence[_Ready], by: CollectBy
) -> Mapping[tuple[UUID, str | None], list[_Ready]]:
    groups: defaultdict[tuple[UUID, str | None], list[_Ready]] = defaultdict(list)
    for one in ready:
        order = one[0]
        reference = order.customer_reference if by is CollectBy.REFERENCE else None
        groups[order.account_id, reference].append(one)
    return groups


def _lines(
    order: OrderDetail, parts: Sequence[CollectedPart]
) -> list[receivables.InvoiceLineInput]:
    """A line for each delivery of each order line, which names both."""
    known = {line.id: line for line in order.lines}
    return [
        receivables.InvoiceLineInput(
            description=line.name,
            quantity=part.quantity,
            unit=line.unit,
            net_unit_price=line.net_unit_price,
            net_amount=part.net_amount,
            tax_category=line.tax_category,
            item_id=line.item_id,
            sku=line.sku,
            order_line_id=line.id,
            quantity_places=line.quantity_places,
            supply=receivables.supply_of(line.stocked),
            order_number=order.customer_reference or order.number,
            delivery_number=part.delivery_number,
            delivered_on=part.delivered_on,
        )
        for part in parts
        for line in [known[part.line_id]]
    ]


async def _collected(
    uow: UnitOfWork,
    account_id: UUID,
    reference: str | None,
    bunch: Sequence[_Ready],
    *,
    preview: bool,
) -> CollectiveInvoice:
    draft = receivables.collected([draft for _, _, draft in bunch], reference)
    collected = [CollectedOrder(order, parts, part.totals) for order, parts, part in bunch]
    if preview:
        return CollectiveInvoice(account_id, reference, collected, draft.totals, None)
    after = [after_invoice(one.order, _due(one.parts), one.totals) for one in collected]
    by = sum(
        (moved(one.order, now) for one, now in zip(collected, after, strict=True)),
        start=receivables.OrdersMoved(),
    )
    await save_orders(uow, after)
    invoice = await receivables.issue_invoice(uow, draft, open_orders=by)
    for one, now in zip(collected, after, strict=True):
        uow.publish(
            events.order_invoiced(
                now,
                invoice_id=invoice.id,
                number=invoice.number,
                gross=one.totals.gross.amount,
                complete=now.status is OrderStatus.INVOICED,
            )
        )
        uow.audit("order-invoiced", "order", now.id, {"invoice": invoice.number})
    return CollectiveInvoice(account_id, reference, collected, draft.totals, invoice)


def _due(parts: Sequence[CollectedPart]) -> dict[UUID, Due]:
    """What is invoiced of each line, over all its deliveries."""
    sums: defaultdict[UUID, list[Decimal]] = defaultdict(lambda: [ZERO, ZERO])
    for part in parts:
        sums[part.line_id][0] += part.quantity
        sums[part.line_id][1] += part.net_amount
    return {line_id: Due(line_id, quantity, net) for line_id, (quantity, net) in sums.items()}
