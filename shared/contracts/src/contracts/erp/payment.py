"""Topic `erp.payment`: what customers paid."""

from datetime import date
from typing import ClassVar
from uuid import UUID

from pydantic import Field

from contracts.base import Event, MoneyV1, WireModel


class PaymentAllocationV1(WireModel):
    """The part of a payment that settles an invoice."""

    invoice_id: UUID
    amount: MoneyV1


class PaymentEvent(Event):
    """What all events of `erp.payment` carry."""

    topic: ClassVar[str] = "erp.payment"
    key_field: ClassVar[str] = "payment_id"

    payment_id: UUID
    payment_number: str
    company_id: UUID
    customer_id: UUID
    account_id: UUID
    """The receivables account."""


class PaymentReceivedV1(PaymentEvent):
    """Money arrived; allocations and the rest make up the amount."""

    amount: MoneyV1
    received_on: date
    method: str
    """How it was paid, such as `bank-transfer`."""
    reference: str | None = None
    allocations: list[PaymentAllocationV1] = Field(default_factory=list)
    unallocated: MoneyV1
    """The part that settles nothing yet."""


class PaymentReturnedV1(PaymentEvent):
    """The money came back to the customer: all that the payment settled is owed again."""

    amount: MoneyV1
    received_on: date
    method: str
    returned_on: date
    reason: str
    reason_code: str | None = None
    """The bank's, of the ISO 20022 external code set, such as AC04."""
