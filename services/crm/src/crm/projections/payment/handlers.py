"""Remembers what the ERP says about payments."""

from typing import Any

from contracts.erp import PaymentReceivedV1, PaymentReturnedV1
from crm.projections.payment.models import Payment
from crm.projections.remembering import remember
from servicekit.messaging import Subscriptions
from servicekit.uow import UnitOfWork

projections = Subscriptions("crm.projections", rebuild=[Payment])


@projections.on(PaymentReceivedV1)
async def remember_payment(event: PaymentReceivedV1, uow: UnitOfWork) -> None:
    """Write what the event says."""
    told = {"unallocated": event.unallocated.amount, "reference": event.reference}
    await remember(uow, Payment, "payment_id", _facts(event) | told)


@projections.on(PaymentReturnedV1)
async def remember_return(event: PaymentReturnedV1, uow: UnitOfWork) -> None:
    """Write that the money came back: nothing is left of it to allocate."""
    told = {"unallocated": 0, "returned_on": event.returned_on}
    await remember(uow, Payment, "payment_id", _facts(event) | told)


def _facts(event: PaymentReceivedV1 | PaymentReturnedV1) -> dict[str, Any]:
    """What both say of the payment."""
    return {
        "payment_id": event.payment_id,
        "customer_id": event.customer_id,
        "company_id": event.company_id,
        "account_id": event.account_id,
        "number": event.payment_number,
        "currency": event.amount.currency,
        "amount": event.amount.amount,
        "received_on": event.received_on,
        "method": event.method,
    }
