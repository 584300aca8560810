"""Topic `erp.bill`: what suppliers billed or credited."""

from datetime import date
from typing import ClassVar
from uuid import UUID

from contracts.base import CurrencyCode, Event, MoneyV1


class BillEvent(Event):
    """What all events of `erp.bill` carry."""

    topic: ClassVar[str] = "erp.bill"
    key_field: ClassVar[str] = "bill_id"

    bill_id: UUID
    bill_number: str
    """Our number, without gaps within a company."""
    company_id: UUID
    supplier_id: UUID
    kind: str
    """`bill`: owed to the supplier; `credit-note`: owed by it."""
    supplier_reference: str
    """The supplier's own number."""
    currency: CurrencyCode


class BillPostedV1(BillEvent):
    """A supplier's bill or credit note was booked."""

    issued_on: date
    posted_on: date
    """The day from which on it counts: later than its own where that was closed."""
    due_on: date
    net: MoneyV1
    tax: MoneyV1
    gross: MoneyV1
