"""Remembers what the ERP says about credit."""

from collections.abc import Sequence

from contracts import MoneyV1
from contracts.erp import CreditStatusChangedV1
from crm.projections.credit.models import CreditStatus
from crm.projections.remembering import told
from servicekit.messaging import Received, Subscriptions
from servicekit.remembering import remember_states
from servicekit.uow import UnitOfWork

projections = Subscriptions("crm.projections", rebuild=[CreditStatus])


@projections.on_state(CreditStatusChangedV1)
async def remember_credit(
    batch: Sequence[Received[CreditStatusChangedV1]], uow: UnitOfWork
) -> None:
    """Write the newest status of each account, in one statement."""
    rows = [
        {
            "account_id": received.event.account_id,
            "customer_id": received.event.customer_id,
            "company_id": received.event.company_id,
            "currency": received.event.currency,
            "credit_limit": _amount(received.event.credit_limit),
            "open_items": received.event.open_items.amount,
            "open_orders": received.event.open_orders.amount,
            "exposure": received.event.exposure.amount,
            "overdue": received.event.overdue.amount,
            "headroom": _amount(received.event.headroom),
            "state": received.event.state,
            "payment_terms_days": received.event.payment_terms_days,
            **told(received),
            "as_of": received.event.as_of,
        }
        for received in batch
    ]
    await remember_states(uow, CreditStatus, rows)


def _amount(money: MoneyV1 | None) -> object:
    return None if money is None else money.amount
