"""Topic `erp.credit_note`: what a customer was credited."""

from datetime import date
from typing import ClassVar
from uuid import UUID

from pydantic import Field

from contracts.base import CurrencyCode, DecimalString, Event, MoneyV1, WireModel
from contracts.erp.payment import PaymentAllocationV1


class CreditedLineV1(WireModel):
    """One line of a credit note."""

    description: str
    quantity: DecimalString | None = None
    """How much came back; none: the price was lowered."""
    unit: str
    net: MoneyV1
    """Without tax, as the credit note shows it."""
    tax_category: str
    invoice_position: int | None = None
    """The line of the invoice that it credits."""
    order_line_id: UUID | None = None
    item_id: UUID | None = None
    sku: str | None = None


class CreditNoteEvent(Event):
    """What all events of `erp.credit_note` carry."""

    topic: ClassVar[str] = "erp.credit_note"
    key_field: ClassVar[str] = "credit_note_id"

    credit_note_id: UUID
    credit_note_number: str
    """The legal number, without gaps within a company."""
    company_id: UUID
    customer_id: UUID
    account_id: UUID
    """The receivables account."""
    invoice_id: UUID | None = None
    """The invoice that it credits; none: it stands by itself."""
    order_id: UUID | None = None
    currency: CurrencyCode


class CreditNoteIssuedV1(CreditNoteEvent):
    """The credit note was posted; allocations and the rest make up its gross."""

    issued_on: date
    reason: str
    net: MoneyV1
    tax: MoneyV1
    gross: MoneyV1
    lines: list[CreditedLineV1]
    allocations: list[PaymentAllocationV1] = Field(default_factory=list)
    unallocated: MoneyV1
    """The part that settles nothing yet."""
