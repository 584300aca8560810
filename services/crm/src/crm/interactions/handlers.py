"""What other services announce about a customer becomes an entry of its timeline."""

from contracts import Event, MoneyV1
from contracts.cpq import (
    QuoteAcceptedV1,
    QuoteApprovedV1,
    QuoteCancelledV1,
    QuoteCreatedV1,
    QuoteDeclinedV1,
    QuoteExpiredV1,
    QuotePricedV1,
    QuoteRevisedV1,
    QuoteSentV1,
    QuoteSubmittedV1,
)
from contracts.cpq.quote import QuoteEvent
from contracts.erp import (
    InvoiceIssuedV1,
    InvoiceOverdueV1,
    InvoicePaidV1,
    InvoicePartiallyPaidV1,
    InvoiceReopenedV1,
    OrderCancelledV1,
    OrderConfirmedV1,
    OrderHeldV1,
    OrderInvoicedV1,
    OrderPlacedV1,
    OrderRejectedV1,
    OrderReleasedV1,
    OrderShippedV1,
    PaymentReceivedV1,
    PaymentReturnedV1,
)
from contracts.erp.invoice import InvoiceEvent
from contracts.erp.order import OrderEvent, OrderReasonV1
from contracts.erp.payment import PaymentEvent
from crm.interactions import service
from crm.interactions.models import ForeignFact
from crm.interactions.rules import Fact
from servicekit.messaging import Subscriptions
from servicekit.uow import UnitOfWork
from servicekit.values import Money

timeline = Subscriptions("crm.timeline", rebuild=[ForeignFact])


@timeline.on(
    QuoteCreatedV1,
    QuotePricedV1,
    QuoteSentV1,
    QuoteAcceptedV1,
    QuoteDeclinedV1,
    QuoteExpiredV1,
    QuoteRevisedV1,
    QuoteCancelledV1,
    QuoteSubmittedV1,
    QuoteApprovedV1,
)
async def tell_of_quote(event: QuoteEvent, uow: UnitOfWork) -> None:
    """Weave a step of a quote into the timeline."""
    await service.record_fact(uow, quote_fact(event))


@timeline.on(
    OrderPlacedV1,
    OrderConfirmedV1,
    OrderHeldV1,
    OrderReleasedV1,
    OrderShippedV1,
    OrderInvoicedV1,
    OrderCancelledV1,
    OrderRejectedV1,
)
async def tell_of_order(event: OrderEvent, uow: UnitOfWork) -> None:
    """Weave a step of a sales order into the timeline."""
    await service.record_fact(uow, order_fact(event))


@timeline.on(
    InvoiceIssuedV1, InvoicePartiallyPaidV1, InvoicePaidV1, InvoiceReopenedV1, InvoiceOverdueV1
)
async def tell_of_invoice(event: InvoiceEvent, uow: UnitOfWork) -> None:
    """Weave a step of an invoice into the timeline."""
    await service.record_fact(uow, invoice_fact(event))


@timeline.on(PaymentReceivedV1, PaymentReturnedV1)
async def tell_of_payment(event: PaymentEvent, uow: UnitOfWork) -> None:
    """Weave a payment into the timeline."""
    await service.record_fact(uow, payment_fact(event))


def quote_fact(event: QuoteEvent) -> Fact:
    """A step of a quote in words."""
    amount, day, details = None, None, dict[str, str]()
    match event:
        case QuoteCreatedV1():
            done = "started"
        case QuotePricedV1():
            done, amount = f"priced, {event.line_count} lines", _money(event.net)
        case QuoteSentV1():
            done, amount = f"sent, valid until {event.valid_until}", _money(event.net)
            details["valid_until"] = event.valid_until.isoformat()
        case QuoteAcceptedV1():
            done, amount, day = (
                f"accepted by {event.accepted_by}",
                _money(event.net),
                event.accepted_on,
            )
            details["content_hash"] = event.content_hash
        case QuoteDeclinedV1():
            done = f"declined{_because(event.reason)}"
        case QuoteExpiredV1():
            done, day = "expired", event.expired_on
        case QuoteSubmittedV1():
            done, amount = "put up for approval", _money(event.net)
        case QuoteApprovedV1():
            done, amount = "approved", _money(event.net)
        case QuoteRevisedV1():
            done = f"revised, revision {event.revision}"
        case QuoteCancelledV1():
            done = f"cancelled{_because(event.reason)}"
        case _:
            done = _unknown(event)
    if event.opportunity_id is not None:
        details["opportunity_id"] = str(event.opportunity_id)
    details["revision"] = str(event.revision)
    return Fact(
        customer_id=event.customer_id,
        kind="quote",
        subject=f"Quote {event.quote_number} {done}",
        document_id=event.quote_id,
        document_number=event.quote_number,
        amount=amount,
        day=day,
        details=details,
    )


def order_fact(event: OrderEvent) -> Fact:
    """A step of a sales order in words."""
    amount, day, details = None, None, {"status": event.status}
    match event:
        case OrderPlacedV1():
            done, amount, day = "placed", _money(event.gross), event.ordered_on
        case OrderConfirmedV1():
            promise = "" if event.promised_on is None else f", promised for {event.promised_on}"
            done = f"confirmed{promise}"
        case OrderHeldV1():
            done = f"held: {_reasons(event.reasons)}"
        case OrderReleasedV1():
            done = f"released by {event.released_by}{_because(event.reason)}"
        case OrderShippedV1():
            part = "shipped" if event.complete else "partly shipped"
            done, day = f"{part} with {event.shipment_number}", event.shipped_on
            details["shipment_id"] = str(event.shipment_id)
        case OrderInvoicedV1():
            part = "invoiced" if event.complete else "partly invoiced"
            done, amount = f"{part} with {event.invoice_number}", _money(event.gross)
            details["invoice_id"] = str(event.invoice_id)
        case OrderCancelledV1():
            done = f"cancelled{_because(event.reason)}"
        case OrderRejectedV1():
            done = f"rejected: {_reasons(event.reasons)}"
        case _:
            done = _unknown(event)
    if event.quote_id is not None:
        details["quote_id"] = str(event.quote_id)
    return Fact(
        customer_id=event.customer_id,
        kind="order",
        subject=f"Order {event.order_number} {done}",
        document_id=event.order_id,
        document_number=event.order_number,
        amount=amount,
        day=day,
        details=details,
    )


def invoice_fact(event: InvoiceEvent) -> Fact:
    """A step of an invoice in words."""
    amount, day, details = None, None, dict[str, str]()
    match event:
        case InvoiceIssuedV1():
            done, amount, day = f"issued, due on {event.due_on}", event.gross, event.issued_on
            details["due_on"] = event.due_on.isoformat()
        case InvoicePartiallyPaidV1():
            done, amount, day = f"partly paid, {_words(event.open)} open", event.paid, event.on
        case InvoicePaidV1():
            done, amount, day = "paid", event.paid, event.paid_on
        case InvoiceReopenedV1():
            done, amount, day = "open again", event.open, event.on
        case InvoiceOverdueV1():
            done, amount, day = f"overdue since {event.due_on}", event.open, event.on
        case _:
            done = _unknown(event)
    if event.order_id is not None:
        details["order_id"] = str(event.order_id)
    return Fact(
        customer_id=event.customer_id,
        kind="invoice",
        subject=f"Invoice {event.invoice_number} {done}",
        document_id=event.invoice_id,
        document_number=event.invoice_number,
        amount=None if amount is None else _money(amount),
        day=day,
        details=details,
    )


def payment_fact(event: PaymentEvent) -> Fact:
    """A payment in words."""
    amount, day, details = None, None, dict[str, str]()
    match event:
        case PaymentReceivedV1():
            done, amount, day = "received", _money(event.amount), event.received_on
            details["method"] = event.method
            details["unallocated"] = _words(event.unallocated)
            if event.reference is not None:
                details["reference"] = event.reference
        case PaymentReturnedV1():
            done, amount = f"came back: {event.reason}", _money(event.amount)
            day = event.returned_on
            if event.reason_code is not None:
                details["reason_code"] = event.reason_code
        case _:
            done = _unknown(event)
    return Fact(
        customer_id=event.customer_id,
        kind="payment",
        subject=f"Payment {event.payment_number} {done}",
        document_id=event.payment_id,
        document_number=event.payment_number,
        amount=amount,
        day=day,
        details=details,
    )


def _money(money: MoneyV1) -> Money:
    return Money(money.amount, money.currency)


def _words(money: MoneyV1) -> str:
    return str(_money(money))


def _because(reason: str | None) -> str:
    return f": {reason}" if reason else ""


def _reasons(reasons: list[OrderReasonV1]) -> str:
    return "; ".join(reason.message for reason in reasons) or "no reason given"


def _unknown(event: Event) -> str:
    raise TypeError(f"nobody said how {type(event).__name__} reads on a timeline")
