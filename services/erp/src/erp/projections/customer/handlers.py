"""Remembering what CRM says of its customers."""

from collections.abc import Sequence

from contracts.crm.customer import (
    CustomerChangedV1,
    CustomerCreatedV1,
    CustomerEvent,
    CustomerTierChangedV1,
)
from erp.projections.customer.models import Customer
from servicekit.messaging import Received, Subscriptions
from servicekit.remembering import remember_states
from servicekit.uow import UnitOfWork

subscriptions = Subscriptions("erp.projections", rebuild=[Customer])


@subscriptions.on_state(CustomerCreatedV1, CustomerChangedV1, CustomerTierChangedV1)
async def remember_customers(received: Sequence[Received[CustomerEvent]], uow: UnitOfWork) -> None:
    """Write the newest state of each customer."""
    rows = []
    for item in received:
        state = item.event.customer
        home = state.addresses[0].country if state.addresses else None
        rows.append(
            {
                "customer_id": state.customer_id,
                "number": state.number,
                "name": state.name,
                "tier": state.tier,
                "currency": state.currency,
                "country": home,
                "active": state.active,
                "sequence": item.sequence,
                "event_id": item.event_id,
                "occurred_at": item.occurred_at,
            }
        )
    await remember_states(uow, Customer, rows, sequence="sequence")
