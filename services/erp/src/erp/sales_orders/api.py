"""The HTTP door of sales orders."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends

from erp.exchange_rates.queries import ExchangeRateIsMissing
from erp.invoice_plans.service import (
    InvoicePlanExists,
    MilestonesExceedTheOrder,
    ScheduleMakesNoSense,
)
from erp.items import queries as items
from erp.ledger import queries as ledger
from erp.ledger.service import (
    AmountHasTooManyDecimals,
    AmountIsTooLarge,
    BookedInTheFuture,
    CompanyNotFound,
    NoCompanyYet,
    RoleHasNoAccount,
    check_day_has_come,
)
from erp.receivables.service import (
    CreditedBeforeInvoiced,
    DownPaymentExceedsOrder,
    DownPaymentIsNothing,
    DownPaymentNotFound,
    NothingToCredit,
)
from erp.sales_orders import queries, service
from erp.sales_orders.models import Order
from erp.sales_orders.rules import (
    CollectedBeforeDelivered,
    CompanyIsUnknown,
    CustomerHasNoAccount,
    CustomerIsInactive,
    DayIsInTheFuture,
    InvoicedBeforeOrdered,
    ItemCannotBeOrdered,
    ItemHasNoListPrice,
    LineAmountIsTooLarge,
    LineIsNotOnOrder,
    NothingToInvoice,
    NothingToShip,
    OrderedItemIsUnknown,
    OrderHasNothingOpen,
    OrderIsClosed,
    OrderIsInAnotherCurrency,
    OrderIsNotHeld,
    OrderIsOnHold,
    OrderNotFound,
    OrderReferenceIsTaken,
    OrderStatus,
    PriceNeedsReason,
    PriceOverrideIsNotPermitted,
    QuantityIsNotReserved,
    ReleaseHasPassed,
    ShippedBeforeOrdered,
    WarehouseIsUnknown,
)
from erp.sales_orders.schemas import (
    CollectionOut,
    CollectiveInvoicingIn,
    DownPaymentCreditIn,
    DownPaymentCreditOut,
    DownPaymentIn,
    OrderIn,
    OrderInvoiceIn,
    OrderInvoiceOut,
    OrderInvoicingIn,
    OrderMilestonesIn,
    OrderOut,
    OrderPlanOut,
    OrderProofOut,
    OrderProofsOut,
    OrderReleaseIn,
    OrderShipmentIn,
    ReasonIn,
    ShipmentIn,
    ShipmentOut,
    ShipmentsOut,
)
from erp.taxes.queries import TaxRateIsMissing
from servicekit.errors import Refusal
from servicekit.http.bulk import (
    BULK_BODY_BYTES,
    BulkIn,
    BulkOut,
    BulkResult,
    RowOutcome,
    kept,
    refused,
)
from servicekit.http.filters import choice
from servicekit.http.paging import Listing, Page, PageOut
from servicekit.http.router import SliceRouter
from servicekit.http.supplied import Reads, Writes

READ, WRITE = "erp.sales_orders.read", "erp.sales_orders.write"

orders = SliceRouter(prefix="/v1/orders", tags=["sales orders"])
collective_invoices = SliceRouter(prefix="/v1/collective-invoices", tags=["sales orders"])
proofs = SliceRouter(prefix="/v1/order-proofs", tags=["sales orders"])
routers = (orders, collective_invoices, proofs)

LISTING = Listing(
    Order,
    sorts={
        "created_at": Order.created_at,
        "ordered_on": Order.ordered_on,
        "number": Order.number,
        "gross": Order.gross,
    },
    filters={
        "number": Order.number,
        "status": choice(Order.status, [status.value for status in OrderStatus]),
        "customer_id": Order.customer_id,
        "company_id": Order.company_id,
        "account_id": Order.account_id,
        "quote_id": Order.quote_id,
        "external_reference": Order.external_reference,
        "customer_reference": Order.customer_reference,
        "ordered_on": Order.ordered_on,
        "created_at": Order.created_at,
        "in_horizon": Order.in_horizon,
        "released_by": Order.released_by,
        "released_until": Order.released_until,
    },
    default_sort="-created_at",
)


@orders.post(
    "",
    permission=WRITE,
    status_code=201,
    refusals=(
        CompanyIsUnknown,
        WarehouseIsUnknown,
        CustomerHasNoAccount,
        CustomerIsInactive,
        OrderIsInAnotherCurrency,
        OrderedItemIsUnknown,
        ItemCannotBeOrdered,
        items.QuantityIsTooFine,
        ItemHasNoListPrice,
        PriceOverrideIsNotPermitted,
        PriceNeedsReason,
        LineAmountIsTooLarge,
        DayIsInTheFuture,
        OrderReferenceIsTaken,
    ),
)
async def place_order(body: OrderIn, uow: Writes) -> OrderOut:
    """Place an order: stock is reserved and credit checked at once.

    It is `confirmed`, or `held` with every reason; it is never half-done. A line at another price
    than the list price needs a `price_reason` and the permission erp.sales_orders.override_price.
    """
    return OrderOut.of(await service.place_order(uow, body.new()))


@orders.get("", permission=READ)
async def list_orders(page: Annotated[Page, Depends(LISTING)], reads: Reads) -> PageOut[OrderOut]:
    """Orders, newest first unless sorted otherwise."""
    found = await page.fetch(reads, LISTING.select())
    details = await queries.with_lines(reads.session, found.rows)
    return PageOut(items=[OrderOut.of(order) for order in details], next_cursor=found.next_cursor)


@orders.get("/{order_id}", permission=READ, refusals=(OrderNotFound,))
async def get_order(order_id: UUID, reads: Reads) -> OrderOut:
    """An order with its lines."""
    return OrderOut.of(await queries.order(reads.session, order_id))


@orders.post(
    "/{order_id}/release",
    permission="erp.sales_orders.release",
    refusals=(OrderNotFound, OrderIsNotHeld, ReleaseHasPassed),
)
async def release_order(order_id: UUID, body: OrderReleaseIn, uow: Writes) -> OrderOut:
    """Let a held order go on, in spite of its reasons: for good, or until the end of a day."""
    await service.release_order(uow, order_id, reason=body.reason, until=body.until)
    return OrderOut.of(await queries.order(uow.session, order_id))


@orders.post(
    "/{order_id}/cancel",
    permission=WRITE,
    refusals=(OrderNotFound, OrderIsClosed, OrderHasNothingOpen),
)
async def cancel_order(order_id: UUID, body: ReasonIn, uow: Writes) -> OrderOut:
    """Cancel what has not been shipped; its stock and credit are free again."""
    await service.cancel_order(uow, order_id, reason=body.reason)
    return OrderOut.of(await queries.order(uow.session, order_id))


@orders.post(
    "/{order_id}/shipments",
    permission="erp.sales_orders.ship",
    status_code=201,
    refusals=(
        OrderNotFound,
        OrderIsOnHold,
        OrderIsClosed,
        NothingToShip,
        items.QuantityIsTooFine,
        QuantityIsNotReserved,
        LineIsNotOnOrder,
        ShippedBeforeOrdered,
        DayIsInTheFuture,
        RoleHasNoAccount,
    ),
)
async def ship_order(order_id: UUID, body: ShipmentIn, uow: Writes) -> ShipmentOut:
    """Let goods leave: all that is reserved, or the named quantities.

    Stock, cost of goods sold and the order change together.
    """
    made = await service.ship_order(uow, body.new(order_id))
    assert made.shipment is not None
    return ShipmentOut.of(made.shipment, made.order)


@orders.get("/{order_id}/shipments", permission=READ, refusals=(OrderNotFound,))
async def list_shipments(order_id: UUID, reads: Reads) -> ShipmentsOut:
    """The order's shipments, oldest first."""
    await queries.order(reads.session, order_id)
    found = await queries.shipments(reads.session, order_id)
    return ShipmentsOut(items=[ShipmentOut.of(shipment) for shipment in found])


@orders.post(
    "/{order_id}/invoices",
    permission="erp.sales_orders.invoice",
    status_code=201,
    refusals=(
        OrderNotFound,
        NothingToInvoice,
        InvoicedBeforeOrdered,
        DayIsInTheFuture,
        TaxRateIsMissing,
        AmountIsTooLarge,
        ExchangeRateIsMissing,
        RoleHasNoAccount,
    ),
)
async def invoice_order(order_id: UUID, body: OrderInvoicingIn, uow: Writes) -> OrderInvoiceOut:
    """Invoice everything that has left and is not invoiced yet."""
    issued = await service.invoice_order(uow, order_id, issued_on=body.issued_on)
    return OrderInvoiceOut.of(issued)


@orders.post(
    "/{order_id}/down-payments",
    permission="erp.sales_orders.invoice",
    status_code=201,
    refusals=(
        OrderNotFound,
        OrderIsClosed,
        DownPaymentIsNothing,
        DownPaymentExceedsOrder,
        InvoicedBeforeOrdered,
        DayIsInTheFuture,
        AmountHasTooManyDecimals,
        TaxRateIsMissing,
        AmountIsTooLarge,
        ExchangeRateIsMissing,
        RoleHasNoAccount,
    ),
)
async def ask_down_payment(order_id: UUID, body: DownPaymentIn, uow: Writes) -> OrderInvoiceOut:
    """Ask for a part of an order before it leaves: an invoice with its tax, of type 386.

    It is a liability until invoices of the order settle it, oldest first.
    """
    invoice = await service.ask_down_payment(uow, order_id, body.new())
    order = await queries.order(uow.session, order_id)
    return OrderInvoiceOut.of(service.IssuedInvoice(invoice, order))


@orders.post(
    "/{order_id}/down-payments/{invoice_id}/credit-notes",
    permission="erp.sales_orders.invoice",
    status_code=201,
    refusals=(
        OrderNotFound,
        DownPaymentNotFound,
        NothingToCredit,
        CreditedBeforeInvoiced,
        BookedInTheFuture,
        AmountIsTooLarge,
        ExchangeRateIsMissing,
        RoleHasNoAccount,
    ),
)
async def give_back_down_payment(
    order_id: UUID, invoice_id: UUID, body: DownPaymentCreditIn, uow: Writes
) -> DownPaymentCreditOut:
    """Credit what no invoice has settled of a down payment, such as of a cancelled order."""
    if body.issued_on is not None:
        check_day_has_come(body.issued_on, uow.now.date(), field="issued_on")
    note = await service.give_back_down_payment(
        uow, order_id, invoice_id, issued_on=body.issued_on, reason=body.reason
    )
    return DownPaymentCreditOut.model_validate(note.credit_note)


@orders.post("/shipments/bulk", permission="erp.sales_orders.ship", max_body_bytes=BULK_BODY_BYTES)
async def ship_orders(body: BulkIn[OrderShipmentIn], uow: Writes) -> BulkOut:
    """Ship up to 1000 orders, each on its own day; orders that have left are unchanged.

    `id` of a result is the shipment's.
    """
    rows = body.good()
    results = await service.ship_orders(uow, [row.new() for _, row in rows])
    answers = body.malformed()
    for (index, _), result in zip(rows, results, strict=True):
        if isinstance(result, Refusal):
            answers.append(refused(index, result))
        else:
            answers.append(kept(index, RowOutcome(result.shipment_id, created=result.new)))
    return BulkOut.of(answers)


@orders.post(
    "/invoices/bulk", permission="erp.sales_orders.invoice", max_body_bytes=BULK_BODY_BYTES
)
async def invoice_orders(body: BulkIn[OrderInvoiceIn], uow: Writes) -> BulkOut:
    """Invoice up to 1000 orders, each as of its own day; orders invoiced in full are unchanged.

    `id` of a created result is the invoice's. Invoices are numbered in the order of the rows.
    """
    rows = body.good()
    results = await service.invoice_orders(
        uow, [(row.order_id, row.external_reference, row.issued_on) for _, row in rows]
    )
    answers = body.malformed()
    for (index, _), result in zip(rows, results, strict=True):
        if isinstance(result, Refusal):
            answers.append(refused(index, result))
        elif result.invoice is None:
            answers.append(BulkResult(index=index, status="unchanged"))
        else:
            answers.append(kept(index, RowOutcome(result.invoice.id, created=True)))
    return BulkOut.of(answers)


@orders.post(
    "/{order_id}/milestones",
    permission="erp.sales_orders.invoice",
    status_code=201,
    refusals=(
        OrderNotFound,
        OrderIsClosed,
        ScheduleMakesNoSense,
        MilestonesExceedTheOrder,
        InvoicePlanExists,
    ),
)
async def plan_milestones(order_id: UUID, body: OrderMilestonesIn, uow: Writes) -> OrderPlanOut:
    """Ask for shares of the order as down payments on agreed days, by an invoice plan."""
    plan = await service.plan_milestones(uow, order_id, body.wanted())
    return OrderPlanOut(id=plan.id, order_id=order_id, name=plan.name, next_on=plan.next_on)


@collective_invoices.post(
    "",
    permission="erp.sales_orders.invoice",
    refusals=(
        CompanyNotFound,
        NoCompanyYet,
        CollectedBeforeDelivered,
        DayIsInTheFuture,
        RoleHasNoAccount,
    ),
)
async def collect_invoices(body: CollectiveInvoicingIn, uow: Writes) -> CollectionOut:
    """Invoice deliveries of many orders together: one invoice for each account, or reference of it.

    Lines name their order and delivery. What is left out is told with its reason; what was invoiced
    is not invoiced again. Up to 500 orders in a run.
    """
    made = await service.collect_invoices(uow, body.wish(), preview=body.dry_run)
    return CollectionOut.of(body.issued_on or uow.now.date(), made)


@proofs.get("", permission=READ)
async def prove_orders(reads: Reads, company_id: UUID | None = None) -> OrderProofsOut:
    """Compare stock with its moves and the books, and orders with reservations and accounts."""
    company = await ledger.company_or_default(reads.session, company_id)
    found = await queries.proofs(reads.session, company.id)
    return OrderProofsOut(
        company_id=company.id,
        holds=all(proof.holds for proof in found),
        proofs=[OrderProofOut.model_validate(proof) for proof in found],
    )
