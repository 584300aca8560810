"""Remembers what the ERP says about invoices."""

from decimal import Decimal
from typing import Any

from contracts.erp import (
    InvoiceIssuedV1,
    InvoiceOverdueV1,
    InvoicePaidV1,
    InvoicePartiallyPaidV1,
    InvoiceReopenedV1,
)
from contracts.erp.invoice import InvoiceEvent
from crm.projections.invoice.models import Invoice
from crm.projections.remembering import remember
from servicekit.messaging import Subscriptions
from servicekit.uow import UnitOfWork

projections = Subscriptions("crm.projections", rebuild=[Invoice])


@projections.on(
    InvoiceIssuedV1, InvoicePartiallyPaidV1, InvoicePaidV1, InvoiceReopenedV1, InvoiceOverdueV1
)
async def remember_invoice(event: InvoiceEvent, uow: UnitOfWork) -> None:
    """Write what the event says; what it leaves out stays as it was."""
    facts: dict[str, Any] = {
        "invoice_id": event.invoice_id,
        "customer_id": event.customer_id,
        "company_id": event.company_id,
        "account_id": event.account_id,
        "order_id": event.order_id,
        "number": event.invoice_number,
        "currency": event.currency,
    }
    await remember(uow, Invoice, "invoice_id", facts | step(event))


def step(event: InvoiceEvent) -> dict[str, Any]:
    """What this kind of event adds."""
    match event:
        case InvoiceIssuedV1():
            return {
                "status": "issued",
                "net": event.net.amount,
                "gross": event.gross.amount,
                "paid": Decimal(0),
                "open": event.gross.amount,
                "issued_on": event.issued_on,
                "due_on": event.due_on,
            }
        case InvoicePartiallyPaidV1():
            return {
                "status": "partially-paid",
                "paid": event.paid.amount,
                "open": event.open.amount,
            }
        case InvoicePaidV1():
            return {
                "status": "paid",
                "paid": event.paid.amount,
                "open": Decimal(0),
                "paid_on": event.paid_on,
                "overdue_since": None,
            }
        case InvoiceReopenedV1():
            return {
                "status": "issued" if event.status == "open" else event.status,
                "paid": event.paid.amount,
                "open": event.open.amount,
                "paid_on": None,
                "overdue_since": event.overdue_since,
            }
        case InvoiceOverdueV1():
            return {
                "status": "overdue",
                "open": event.open.amount,
                "due_on": event.due_on,
                "overdue_since": event.on,
            }
    raise TypeError(f"nobody said what {type(event).__name__} does to an invoice")
