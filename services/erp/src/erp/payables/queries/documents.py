"""Reading suppliers' bank details, bills, payments and what settled what."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from erp.payables.models import (
    ApprovalLimit,
    BankDetails,
    Bill,
    BillLine,
    BillTax,
    PayableItem,
    PaymentReturn,
    SupplierPayment,
)
from erp.payables.rules import (
    BillNotFound,
    BillStatus,
    SupplierAllocationNotFound,
    SupplierPaymentNotFound,
)


@dataclass(frozen=True, slots=True)
class SupplierAllocation:
    """A part of a payment, discount or credit note and the bill it settled."""

    id: UUID
    supplier_id: UUID
    bill_id: UUID
    debit_kind: str
    debit_document_id: UUID
    currency: str
    amount: Decimal
    allocated_on: date
    undone_on: date | None


@dataclass(frozen=True, slots=True)
class BillDetail:
    """A bill with everything on it; `open_amount` is zero until it is posted."""

    bill: Bill
    lines: Sequence[BillLine]
    taxes: Sequence[BillTax]
    open_amount: Decimal
    allocations: Sequence[SupplierAllocation]


@dataclass(frozen=True, slots=True)
class PaymentDetail:
    """A payment with what it settled; `unallocated` is left of it and of its discount."""

    payment: SupplierPayment
    unallocated: Decimal
    allocations: Sequence[SupplierAllocation]
    returned: PaymentReturn | None = None


_ALLOCATIONS = """
    SELECT m.id, m.supplier_id, c.document_id AS bill_id, d.document_kind AS debit_kind,
           d.document_id AS debit_document_id, d.currency, m.amount,
           m.matched_on AS allocated_on, u.matched_on AS undone_on
    FROM payables_matching m
    JOIN payables_open_item d ON d.tenant = m.tenant AND d.id = m.debit_item_id
    JOIN payables_open_item c ON c.tenant = m.tenant AND c.id = m.credit_item_id
    LEFT JOIN payables_matching u ON u.tenant = m.tenant AND u.undoes = m.id
    WHERE m.undoes IS NULL
"""
_OF_BILL = text(f"{_ALLOCATIONS} AND c.document_id = :id ORDER BY m.id")
_OF_DEBIT = text(f"{_ALLOCATIONS} AND d.document_id = :id ORDER BY m.id")
_BY_ID = text(f"{_ALLOCATIONS} AND m.id = :id")


async def items_of(session: AsyncSession, document_id: UUID) -> Sequence[PayableItem]:
    """The open items of a document, settled ones included."""
    rows = await session.scalars(
        select(PayableItem)
        .where(PayableItem.document_id == document_id)
        .execution_options(populate_existing=True)
    )
    return rows.all()


async def bill(session: AsyncSession, bill_id: UUID) -> BillDetail:
    """A bill or credit note with its lines; raises `BillNotFound`."""
    row = await session.scalar(
        select(Bill).where(Bill.id == bill_id).execution_options(populate_existing=True)
    )
    if row is None:
        raise BillNotFound(f"No bill {bill_id}.")
    lines = await session.scalars(
        select(BillLine).where(BillLine.bill_id == bill_id).order_by(BillLine.position)
    )
    taxes = await session.scalars(
        select(BillTax)
        .where(BillTax.bill_id == bill_id)
        .order_by(BillTax.vat_code, BillTax.category, BillTax.rate)
    )
    items = await items_of(session, bill_id)
    of = _OF_BILL if row.kind == "bill" else _OF_DEBIT
    allocations = (await session.execute(of, {"id": bill_id})).mappings()
    return BillDetail(
        row,
        lines.all(),
        taxes.all(),
        sum((item.open_amount for item in items), start=Decimal(0)),
        [SupplierAllocation(**found) for found in allocations],
    )


async def bill_of_file(session: AsyncSession, company_id: UUID, sha256: str) -> UUID | None:
    """The bill that a file became, unless it was rejected."""
    return await session.scalar(
        select(Bill.id).where(
            Bill.company_id == company_id,
            Bill.source_sha256 == sha256,
            Bill.status != BillStatus.REJECTED.value,
        )
    )


async def payment(session: AsyncSession, payment_id: UUID) -> PaymentDetail:
    """A payment with what it settled; raises `SupplierPaymentNotFound`."""
    row = await session.scalar(select(SupplierPayment).where(SupplierPayment.id == payment_id))
    if row is None:
        raise SupplierPaymentNotFound(f"No payment {payment_id} to a supplier.")
    items = await items_of(session, payment_id)
    allocations = (await session.execute(_OF_DEBIT, {"id": payment_id})).mappings()
    returned = await session.scalar(
        select(PaymentReturn).where(PaymentReturn.payment_id == payment_id)
    )
    return PaymentDetail(
        row,
        sum((item.open_amount for item in items), start=Decimal(0)),
        [
            SupplierAllocation(**found)
            for found in allocations
            if returned is None or found["bill_id"] != returned.id
        ],
        returned,
    )


async def paid_by(session: AsyncSession, proposal_id: UUID, supplier_id: UUID) -> PaymentDetail:
    """What a payment run has paid a supplier; raises `SupplierPaymentNotFound`."""
    found = await session.scalar(
        select(SupplierPayment.id).where(
            SupplierPayment.proposal_id == proposal_id, SupplierPayment.supplier_id == supplier_id
        )
    )
    if found is None:
        raise SupplierPaymentNotFound(f"The run {proposal_id} has not paid {supplier_id}.")
    return await payment(session, found)


async def allocation(session: AsyncSession, allocation_id: UUID) -> SupplierAllocation:
    """An allocation, taken back or not; raises `SupplierAllocationNotFound`."""
    row = (await session.execute(_BY_ID, {"id": allocation_id})).mappings().first()
    if row is None:
        raise SupplierAllocationNotFound(f"No allocation {allocation_id}.")
    return SupplierAllocation(**row)


async def bank_details(session: AsyncSession, supplier_id: UUID) -> Sequence[BankDetails]:
    """The bank details of a supplier, newest first: only the first may be paid to."""
    rows = await session.scalars(
        select(BankDetails)
        .where(BankDetails.supplier_id == supplier_id)
        .order_by(BankDetails.entered_at.desc(), BankDetails.id.desc())
        .limit(100)
    )
    return rows.all()


async def approval_limits(
    session: AsyncSession, company_id: UUID
) -> dict[tuple[str, str], Decimal | None]:
    """The company's approval limits, by role and currency; None is without limit."""
    rows = await session.scalars(
        select(ApprovalLimit).where(ApprovalLimit.company_id == company_id)
    )
    return {(row.role, row.currency): row.amount for row in rows}
