"""Topic `erp.supplier`: what suppliers were paid."""

from datetime import date
from typing import ClassVar
from uuid import UUID

from contracts.base import Event, MoneyV1


class SupplierEvent(Event):
    """What all events of `erp.supplier` carry."""

    topic: ClassVar[str] = "erp.supplier"
    key_field: ClassVar[str] = "supplier_id"

    supplier_id: UUID
    company_id: UUID


class SupplierPaidV1(SupplierEvent):
    """Money went to a supplier."""

    payment_id: UUID
    payment_number: str
    amount: MoneyV1
    discount: MoneyV1
    """What was kept for paying early; it settles bills too."""
    paid_on: date
    proposal_id: UUID | None = None
    """The payment proposal that it was part of."""


class SupplierPaymentReturnedV1(SupplierEvent):
    """Money that went to a supplier came back: all that the payment settled is owed again."""

    payment_id: UUID
    payment_number: str
    return_id: UUID
    return_number: str
    amount: MoneyV1
    discount: MoneyV1
    """What had been kept for paying early is owed again too."""
    returned_on: date
    reason: str
    reason_code: str | None = None
    """The bank's, of the ISO 20022 external code set, such as AC04."""
