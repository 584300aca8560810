"""Payments to suppliers, what came back, and what settled what."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field

from erp.payables.models import PayableItem, SupplierPayment
from erp.payables.queries import (
    PaymentDetail,
)
from erp.payables.schemas.documents import SupplierAllocationOut
from erp.payables.service import CameBack, PaymentInput
from servicekit.http.schemas import (
    AmountOut,
    CurrencyCode,
    DayIn,
    In,
    MoneyOut,
    Out,
    PositiveAmountIn,
    Reason,
    Reference,
    ShortText,
)
from servicekit.values.money import Money


class BillAllocationIn(In):
    """How much settles a bill."""

    bill_id: UUID
    amount: PositiveAmountIn


class PaidBillIn(BillAllocationIn):
    """How much of a payment settles a bill, and whether its rest is kept for paying early."""

    take_discount: bool = False
    """True: what the payment leaves open of the bill is its discount, and is settled too."""


BillAllocationsIn = Annotated[list[BillAllocationIn], Field(max_length=500)]


def wanted(allocations: Sequence[BillAllocationIn] | None) -> list[tuple[UUID, Decimal]] | None:
    """What the service takes: None settles the first due first."""
    if allocations is None:
        return None
    return [(part.bill_id, part.amount) for part in allocations]


class PaidOutIn(In):
    """Money that left the bank."""

    amount: PositiveAmountIn
    currency: CurrencyCode


class SupplierPaymentIn(In):
    """A payment that was made: by card, direct debit, or at the bank."""

    supplier_id: UUID
    amount: PositiveAmountIn
    currency: CurrencyCode | None = None
    paid_on: DayIn | None = None
    method: ShortText = "bank-transfer"
    reference: Reference | None = None
    paid: PaidOutIn | None = None
    """What left the bank, where that was in another currency than `amount`, which it settles."""
    allocations: Annotated[list[PaidBillIn], Field(max_length=500)] | None = None
    """Which bills it settles; left out: the first due first; empty: none yet."""

    def payment(self, currency: str, today: date) -> PaymentInput:
        """What the service takes."""
        return PaymentInput(
            supplier_id=self.supplier_id,
            currency=self.currency or currency,
            amount=self.amount,
            paid_on=self.paid_on or today,
            method=self.method,
            reference=self.reference,
            left=None if self.paid is None else Money(self.paid.amount, self.paid.currency),
        )


class SupplierPaymentOut(Out):
    """A payment to a supplier; amounts in `currency`."""

    id: UUID
    company_id: UUID
    supplier_id: UUID
    proposal_id: UUID | None
    number: str
    currency: str
    amount: AmountOut
    """What it settles; without `paid` this is also what left the bank."""
    discount: AmountOut
    discount_tax: AmountOut
    paid: MoneyOut | None
    """What left the bank in another currency; null: `amount` did."""
    paid_on: date
    posted_on: date
    method: str
    reference: str | None

    @classmethod
    def of(cls, row: SupplierPayment) -> Self:
        """Render a payment."""
        return cls.model_validate(row)


class SupplierPaymentReturnIn(In):
    """A payment came back."""

    reason: Reason
    reason_code: Annotated[str, Field(pattern="^[A-Z0-9]{4}$")] | None = None
    """The bank's, of the ISO 20022 external code set, such as AC04: account closed."""
    returned_on: DayIn | None = None
    """Left out: today (UTC), or the payment's day where that is later."""

    def came(self) -> CameBack:
        """What the service is told."""
        return CameBack(self.reason, self.returned_on, self.reason_code)


class SupplierPaymentReturnOut(Out):
    """How a payment came back."""

    id: UUID
    number: str
    returned_on: date
    """The day on which the money came back."""
    posted_on: date
    reason: str
    reason_code: str | None
    """The bank's (ISO 20022 external code set), such as AC04; null: it gave none."""


class SupplierPaymentDetailOut(SupplierPaymentOut):
    """A payment with the bills it settled."""

    unallocated: AmountOut
    allocations: list[SupplierAllocationOut]
    """What it settled, oldest first; what was taken back is among it."""
    returned: SupplierPaymentReturnOut | None
    """How it came back; null: it did not."""

    @classmethod
    def of_detail(cls, detail: PaymentDetail) -> Self:
        """Render a payment with what it settled."""
        return cls(
            **SupplierPaymentOut.of(detail.payment).__dict__,
            unallocated=detail.unallocated,
            allocations=[SupplierAllocationOut.of(part) for part in detail.allocations],
            returned=(
                None
                if detail.returned is None
                else SupplierPaymentReturnOut.model_validate(detail.returned)
            ),
        )


class SupplierAllocationIn(In):
    """Settles bills with what is left of a payment or a credit note."""

    document_id: UUID
    """The payment, or the posted credit note."""
    allocated_on: DayIn | None = None
    allocations: BillAllocationsIn | None = None
    """Which bills it settles; left out: the first due first."""


class SupplierUndoingIn(In):
    """Takes an allocation back, and says why."""

    undone_on: DayIn | None = None
    reason: Reason


class PayableItemOut(Out):
    """What a document owes a supplier (credit) or is worth against it (debit)."""

    id: UUID
    company_id: UUID
    supplier_id: UUID
    document_kind: str
    document_id: UUID
    """The bill, credit note or payment."""
    side: str
    currency: str
    amount: AmountOut
    open_amount: AmountOut
    due_on: date | None
    """The day by which it is to be paid; null: it is a debit."""
    posted_on: date
    base_currency: str
    """The company's currency."""
    base_amount: AmountOut | None
    """What the books carried it at when it was posted, in `base_currency`."""
    base_open: AmountOut | None
    """What they still do."""

    @classmethod
    def of(cls, row: PayableItem) -> Self:
        """Render an open item."""
        return cls.model_validate(row)
