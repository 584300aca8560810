"""Own facts as contract events."""

from contracts.base import MoneyV1
from contracts.erp.bill import BillPostedV1
from contracts.erp.supplier import SupplierPaidV1, SupplierPaymentReturnedV1
from erp.payables.models import Bill, PaymentReturn, SupplierPayment


def bill_posted(bill: Bill) -> BillPostedV1:
    """The bill or credit note was booked."""
    if bill.number is None or bill.posted_on is None:
        raise ValueError(f"bill {bill.id} is not posted")
    return BillPostedV1(
        bill_id=bill.id,
        bill_number=bill.number,
        company_id=bill.company_id,
        supplier_id=bill.supplier_id,
        kind=bill.kind,
        supplier_reference=bill.supplier_reference,
        currency=bill.currency,
        issued_on=bill.issued_on,
        posted_on=bill.posted_on,
        due_on=bill.due_on,
        net=MoneyV1(amount=bill.net, currency=bill.currency),
        tax=MoneyV1(amount=bill.tax, currency=bill.currency),
        gross=MoneyV1(amount=bill.gross, currency=bill.currency),
    )


def supplier_paid(payment: SupplierPayment) -> SupplierPaidV1:
    """Money went to a supplier."""
    return SupplierPaidV1(
        supplier_id=payment.supplier_id,
        company_id=payment.company_id,
        payment_id=payment.id,
        payment_number=payment.number,
        amount=MoneyV1(amount=payment.amount, currency=payment.currency),
        discount=MoneyV1(amount=payment.discount, currency=payment.currency),
        paid_on=payment.paid_on,
        proposal_id=payment.proposal_id,
    )


def supplier_payment_returned(
    payment: SupplierPayment, row: PaymentReturn
) -> SupplierPaymentReturnedV1:
    """Money that went to a supplier came back."""
    return SupplierPaymentReturnedV1(
        supplier_id=payment.supplier_id,
        company_id=payment.company_id,
        payment_id=payment.id,
        payment_number=payment.number,
        return_id=row.id,
        return_number=row.number,
        amount=MoneyV1(amount=payment.amount, currency=payment.currency),
        discount=MoneyV1(amount=payment.discount, currency=payment.currency),
        returned_on=row.returned_on,
        reason=row.reason,
        reason_code=row.reason_code,
    )
