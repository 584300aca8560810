"""Bills, payments, what settles what, ageing and proofs."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends

from erp.exchange_rates.queries import ExchangeRateIsMissing
from erp.ledger import queries as ledger
from erp.ledger.service import (
    AmountHasTooManyDecimals,
    AmountIsTooLarge,
    BookedInTheFuture,
    CompanyNotFound,
    NoCompanyYet,
    check_day_has_come,
)
from erp.payables import queries, service
from erp.payables.api.suppliers import APPROVE, READ, WRITE
from erp.payables.models import Bill, PayableItem, Supplier, SupplierPayment
from erp.payables.rules import (
    AllocationBelongsToItsReturn,
    ApprovalExceedsLimit,
    ApproverEnteredIt,
    BillIsNamedTwice,
    BillIsNotInThatState,
    BillIsNotOpen,
    BillNotFound,
    PaidInTheBillsCurrency,
    ReturnedBeforePaid,
    SettlesTooMuch,
    SupplierAllocationIsUndone,
    SupplierAllocationNotFound,
    SupplierAllocationUndoneTooEarly,
    SupplierDiscountIsNotDue,
    SupplierNotFound,
    SupplierPaymentCameBack,
    SupplierPaymentNotFound,
)
from erp.payables.schemas import (
    BillDetailOut,
    BillDisputeIn,
    BillIn,
    BillOut,
    BillRejectionIn,
    PayableItemOut,
    PayablesAgeingOut,
    PayablesProofsOut,
    SupplierAllocationIn,
    SupplierAllocationOut,
    SupplierAllocationsOut,
    SupplierPaymentDetailOut,
    SupplierPaymentIn,
    SupplierPaymentOut,
    SupplierPaymentReturnIn,
    SupplierUndoingIn,
    wanted,
)
from servicekit.http.filters import choice, prefixed
from servicekit.http.paging import Listing, Page, PageOut
from servicekit.http.router import SliceRouter
from servicekit.http.schemas import DayIn
from servicekit.http.supplied import IfMatch, Reads, Writes

bills = SliceRouter(prefix="/v1/bills", tags=["payables"])
supplier_payments = SliceRouter(prefix="/v1/supplier-payments", tags=["payables"])
supplier_allocations = SliceRouter(prefix="/v1/supplier-allocations", tags=["payables"])
payable_items = SliceRouter(prefix="/v1/payable-items", tags=["payables"])
payables_ageing = SliceRouter(prefix="/v1/payables-ageing", tags=["payables"])
payables_proofs = SliceRouter(prefix="/v1/payables-proofs", tags=["payables"])

SETTLING = (
    AmountHasTooManyDecimals,
    AmountIsTooLarge,
    BillIsNotOpen,
    SettlesTooMuch,
    BillIsNamedTwice,
    BookedInTheFuture,
)
BILLS = Listing(
    Bill,
    sorts={"issued_on": Bill.issued_on, "due_on": Bill.due_on},
    filters={
        "company_id": Bill.company_id,
        "supplier_id": Bill.supplier_id,
        "kind": choice(Bill.kind, ("bill", "credit-note")),
        "status": choice(Bill.status, ("draft", "approved", "posted", "rejected")),
        "supplier_reference": Bill.supplier_reference,
        "number": prefixed(Bill.number, insensitive=False),
        "currency": Bill.currency,
        "issued_on": Bill.issued_on,
        "due_on": Bill.due_on,
        "disputed": Bill.disputed,
    },
    default_sort="-issued_on",
)
PAYMENTS = Listing(
    SupplierPayment,
    sorts={"paid_on": SupplierPayment.paid_on, "number": SupplierPayment.number},
    filters={
        "company_id": SupplierPayment.company_id,
        "supplier_id": SupplierPayment.supplier_id,
        "number": prefixed(SupplierPayment.number, insensitive=False),
        "paid_on": SupplierPayment.paid_on,
        "proposal_id": SupplierPayment.proposal_id,
        "reference": SupplierPayment.reference,
    },
    default_sort="-paid_on",
)
ITEMS = Listing(
    PayableItem,
    sorts={"posted_on": PayableItem.posted_on, "due_on": PayableItem.due_on},
    filters={
        "company_id": PayableItem.company_id,
        "supplier_id": PayableItem.supplier_id,
        "document_id": PayableItem.document_id,
        "document_kind": choice(
            PayableItem.document_kind,
            (
                "bill",
                "credit-note",
                "payment",
                "discount",
                "payment-return",
                "discount-return",
            ),
        ),
        "currency": PayableItem.currency,
        "open_amount": PayableItem.open_amount,
        "due_on": PayableItem.due_on,
        "posted_on": PayableItem.posted_on,
    },
    default_sort="posted_on",
)


@bills.post(
    "",
    permission=WRITE,
    status_code=201,
    refusals=(*service.ENTERING, BookedInTheFuture),
)
async def enter_bill(body: BillIn, uow: Writes) -> BillDetailOut:
    """Enter a bill or credit note as a draft; nothing is booked until it is posted."""
    check_day_has_come(body.issued_on, uow.now.date(), field="issued_on")
    return BillDetailOut.of_detail(await service.enter_bill(uow, body.bill()))


@bills.get("", permission=READ)
async def list_bills(page: Annotated[Page, Depends(BILLS)], reads: Reads) -> PageOut[BillOut]:
    """Bills and credit notes, latest first unless sorted otherwise."""
    return PageOut.of(await page.fetch(reads, BILLS.select()), BillOut.of)


@bills.get("/{bill_id}", permission=READ, refusals=(BillNotFound,))
async def get_bill(bill_id: UUID, reads: Reads) -> BillDetailOut:
    """A bill with its lines, taxes and what settled it."""
    return BillDetailOut.of_detail(await queries.bill(reads.session, bill_id))


@bills.post(
    "/{bill_id}/approve",
    permission=APPROVE,
    refusals=(BillNotFound, BillIsNotInThatState, ApproverEnteredIt, ApprovalExceedsLimit),
)
async def approve_bill(bill_id: UUID, expected: IfMatch, uow: Writes) -> BillDetailOut:
    """Approve a draft that somebody else entered."""
    return BillDetailOut.of_detail(await service.approve_bill(uow, bill_id, expected=expected))


@bills.post("/{bill_id}/reject", permission=APPROVE, refusals=(BillNotFound, BillIsNotInThatState))
async def reject_bill(
    bill_id: UUID, body: BillRejectionIn, expected: IfMatch, uow: Writes
) -> BillDetailOut:
    """Reject a bill that is not posted; its number may be entered anew."""
    return BillDetailOut.of_detail(
        await service.reject_bill(uow, bill_id, expected=expected, reason=body.reason)
    )


@bills.post(
    "/{bill_id}/post",
    permission=WRITE,
    refusals=(BillNotFound, BillIsNotInThatState, ExchangeRateIsMissing),
)
async def post_bill(bill_id: UUID, expected: IfMatch, uow: Writes) -> BillDetailOut:
    """Book an approved bill; it gets its number, and is not altered any more."""
    return BillDetailOut.of_detail(await service.post_bill(uow, bill_id, expected=expected))


@bills.post("/{bill_id}/dispute", permission=WRITE, refusals=(BillNotFound,))
async def dispute_bill(
    bill_id: UUID, body: BillDisputeIn, expected: IfMatch, uow: Writes
) -> BillDetailOut:
    """Keep a bill out of payment proposals, or let it in again."""
    return BillDetailOut.of_detail(
        await service.dispute_bill(
            uow, bill_id, expected=expected, disputed=body.disputed, reason=body.reason
        )
    )


@supplier_payments.post(
    "",
    permission=APPROVE,
    status_code=201,
    refusals=(
        SupplierNotFound,
        BillNotFound,
        SupplierDiscountIsNotDue,
        ExchangeRateIsMissing,
        PaidInTheBillsCurrency,
        *SETTLING,
    ),
)
async def record_supplier_payment(body: SupplierPaymentIn, uow: Writes) -> SupplierPaymentDetailOut:
    """Record a payment that was made without a proposal, and settle bills with it."""
    today = uow.now.date()
    supplier = await uow.get(Supplier, body.supplier_id)
    paid = body.payment(supplier.currency, today)
    check_day_has_come(paid.paid_on, today, field="paid_on")
    return SupplierPaymentDetailOut.of_detail(
        await service.pay_supplier(
            uow,
            paid,
            wanted=wanted(body.allocations),
            discounted=[part.bill_id for part in body.allocations or () if part.take_discount],
        )
    )


@supplier_payments.get("", permission=READ)
async def list_supplier_payments(
    page: Annotated[Page, Depends(PAYMENTS)], reads: Reads
) -> PageOut[SupplierPaymentOut]:
    """Payments to suppliers, latest first unless sorted otherwise."""
    return PageOut.of(await page.fetch(reads, PAYMENTS.select()), SupplierPaymentOut.of)


@supplier_payments.get("/{payment_id}", permission=READ, refusals=(SupplierPaymentNotFound,))
async def get_supplier_payment(payment_id: UUID, reads: Reads) -> SupplierPaymentDetailOut:
    """A payment with the bills it settled."""
    return SupplierPaymentDetailOut.of_detail(await queries.payment(reads.session, payment_id))


@supplier_payments.post(
    "/{payment_id}/return",
    permission=APPROVE,
    refusals=(
        SupplierPaymentNotFound,
        SupplierPaymentCameBack,
        ReturnedBeforePaid,
        BookedInTheFuture,
    ),
)
async def return_supplier_payment(
    payment_id: UUID, body: SupplierPaymentReturnIn, uow: Writes
) -> SupplierPaymentDetailOut:
    """Book that a payment came back: its bills are owed again, discount and all."""
    if body.returned_on is not None:
        check_day_has_come(body.returned_on, uow.now.date(), field="returned_on")
    return SupplierPaymentDetailOut.of_detail(
        await service.return_payment(uow, payment_id, body.came())
    )


@supplier_allocations.post("", permission=WRITE, refusals=(SupplierPaymentNotFound, *SETTLING))
async def allocate_supplier_document(
    body: SupplierAllocationIn, uow: Writes
) -> SupplierAllocationsOut:
    """Settle bills with what is left of a payment or a credit note; answers all it settles."""
    day = body.allocated_on or uow.now.date()
    check_day_has_come(day, uow.now.date(), field="allocated_on")
    found = await service.allocate(
        uow, body.document_id, allocated_on=day, wanted=wanted(body.allocations)
    )
    return SupplierAllocationsOut(items=[SupplierAllocationOut.of(part) for part in found])


@supplier_allocations.get(
    "/{allocation_id}", permission=READ, refusals=(SupplierAllocationNotFound,)
)
async def get_supplier_allocation(allocation_id: UUID, reads: Reads) -> SupplierAllocationOut:
    """An allocation, taken back or not."""
    return SupplierAllocationOut.of(await queries.allocation(reads.session, allocation_id))


@supplier_allocations.post(
    "/{allocation_id}/undoing",
    permission=WRITE,
    refusals=(
        SupplierAllocationNotFound,
        SupplierAllocationIsUndone,
        SupplierAllocationUndoneTooEarly,
        AllocationBelongsToItsReturn,
        BookedInTheFuture,
    ),
)
async def undo_supplier_allocation(
    allocation_id: UUID, body: SupplierUndoingIn, uow: Writes
) -> SupplierAllocationOut:
    """Take an allocation back: both sides are open again from a day on."""
    if body.undone_on is not None:
        check_day_has_come(body.undone_on, uow.now.date(), field="undone_on")
    return SupplierAllocationOut.of(
        await service.undo_allocation(
            uow, allocation_id, undone_on=body.undone_on, reason=body.reason
        )
    )


@payable_items.get("", permission=READ)
async def list_payable_items(
    page: Annotated[Page, Depends(ITEMS)], reads: Reads
) -> PageOut[PayableItemOut]:
    """Open and settled items of suppliers, oldest first unless sorted otherwise."""
    return PageOut.of(await page.fetch(reads, ITEMS.select()), PayableItemOut.of)


@payables_ageing.get("", permission=READ, refusals=(CompanyNotFound, NoCompanyYet))
async def get_payables_ageing(
    reads: Reads, company_id: UUID | None = None, as_of: DayIn | None = None
) -> PayablesAgeingOut:
    """What suppliers were owed by days past due, as it stood on a day (today in UTC)."""
    company = await ledger.company_or_default(reads.session, company_id)
    day = as_of or reads.now.date()
    return PayablesAgeingOut.of(company.id, await queries.ageing(reads.session, company.id, day))


@payables_proofs.get("", permission=READ, refusals=(CompanyNotFound, NoCompanyYet))
async def prove_payables(reads: Reads, company_id: UUID | None = None) -> PayablesProofsOut:
    """Compare bills, payments, what settled what and the control account."""
    company = await ledger.company_or_default(reads.session, company_id)
    return PayablesProofsOut.of(company.id, await queries.proofs(reads.session, company.id))
