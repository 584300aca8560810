"""Topic `erp.invoice`: what a customer was asked to pay."""

from datetime import date
from typing import Annotated, ClassVar
from uuid import UUID

from contracts.base import CurrencyCode, Event, Known, MoneyV1


class InvoiceEvent(Event):
    """What all events of `erp.invoice` carry."""

    topic: ClassVar[str] = "erp.invoice"
    key_field: ClassVar[str] = "invoice_id"

    invoice_id: UUID
    invoice_number: str
    """The legal number, without gaps within a company."""
    company_id: UUID
    customer_id: UUID
    account_id: UUID
    """The receivables account."""
    order_id: UUID | None = None
    currency: CurrencyCode


class InvoiceIssuedV1(InvoiceEvent):
    """The invoice was posted and is owed."""

    issued_on: date
    due_on: date
    net: MoneyV1
    tax: MoneyV1
    gross: MoneyV1
    prepays_order_id: UUID | None = None
    """Of a down payment: the order that it is for, whose invoices will settle it."""


class InvoicePartiallyPaidV1(InvoiceEvent):
    """Part of the invoice was paid."""

    paid: MoneyV1
    """All that was paid so far."""
    open: MoneyV1
    """What is still owed."""
    on: date


class InvoicePaidV1(InvoiceEvent):
    """Nothing is owed any more."""

    paid: MoneyV1
    """All that was paid."""
    paid_on: date


class InvoiceReopenedV1(InvoiceEvent):
    """What had settled the invoice, or part of it, was taken back: it is owed again."""

    paid: MoneyV1
    """All that is paid after this."""
    open: MoneyV1
    """What is owed again, and still."""
    status: Annotated[str, Known("open", "partially-paid", "overdue")]
    overdue_since: date | None = None
    """The day on which it was noticed that the due date had passed."""
    on: date


class InvoiceOverdueV1(InvoiceEvent):
    """The due date passed and something is still owed."""

    due_on: date
    open: MoneyV1
    on: date
    """The day on which it was noticed."""
