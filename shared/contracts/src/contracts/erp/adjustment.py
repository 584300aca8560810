"""Topic `erp.adjustment`: what moved a customer's account beside invoices, credits, payments."""

from datetime import date
from typing import Annotated, ClassVar
from uuid import UUID

from contracts.base import Event, Known, MoneyV1


class AdjustmentEvent(Event):
    """What all events of `erp.adjustment` carry."""

    topic: ClassVar[str] = "erp.adjustment"
    key_field: ClassVar[str] = "adjustment_id"

    adjustment_id: UUID
    adjustment_number: str
    """The number, without gaps within a company and kind."""
    company_id: UUID
    customer_id: UUID
    account_id: UUID
    """The receivables account."""
    kind: Annotated[
        str,
        Known(
            "write-off",
            "discount",
            "payment-difference",
            "refund",
            "payment-return",
            "dunning-fee",
            "interest",
            "down-payment",
            "down-payment-settlement",
        ),
    ]
    """What it is."""
    side: Annotated[str, Known("debit", "credit")]
    """What the adjustment does to the account: after a debit more is owed."""
    amount: MoneyV1
    """With the tax in it, in the account's currency."""
    tax: MoneyV1
    """The part of the amount that moves the tax owed."""
    about_id: UUID | None = None
    """The invoice, payment or credit note that it is about."""
    reason: str


class AdjustmentPostedV1(AdjustmentEvent):
    """It was booked: written off, paid back, given as discount or charged."""

    issued_on: date


class AdjustmentReversedV1(AdjustmentEvent):
    """It was taken back whole: the account is as if it had not been. `reason` says why."""

    reversal_id: UUID
    """The adjustment that takes it back, on the other side."""
    reversal_number: str
    reversed_on: date
