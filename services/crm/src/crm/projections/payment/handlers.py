"""Remembers what the ERP says about payments."""

from contracts.erp import PaymentReceivedV1, PaymentReturnedV1
from crm.projections.payment.models import Payment
from crm.projections.remembering import remember
from servicekit.messaging import Subscriptions
from servicekit.uow import UnitOfWork

projections = Subscriptions("crm.projections", rebuild=[Payment])


@projections.on(PaymentReceivedV1)
async def remember_payment(event: PaymentReceivedV1, uow: UnitOfWork) -> None:
    """Write what the event says."""
    await remember(
        uow,
        Payment,
        "payment_id",
        {
            "payment_id": event.payment_id,
            "customer_id": event.customer_id,
            "company_id": event.company_id,
            "account_id": event.account_id,
            "number": event.payment_number,
            "currency": event.amount.currency,
            "amount": event.amount.amount,
            "unallocated": event.unallocated.amount,
            "received_on": event.received_on,
            "method": event.method,
            "reference": event.reference,
        },
    )


@projections.on(PaymentReturnedV1)
async def remember_return(event: PaymentReturnedV1, uow: UnitOfWork) -> None:
    """Write that the money came back: nothing is left of it to allocate."""
    await remember(
        uow,
        Payment,
        "payment_id",
        {
            "payment_id": event.payment_id,
            "customer_id": event.customer_id,
            "company_id": event.company_id,
            "account_id": event.account_id,
            "number": event.payment_number,
            "currency": event.amount.currency,
            "amount": event.amount.amount,
            "unallocated": 0,
            "received_on": event.received_on,
            "method": event.method,
            "returned_on": event.returned_on,
        },
    )
