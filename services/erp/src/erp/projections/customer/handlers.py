"""Remembering what CRM says of its customers."""

from collections.abc import Sequence

from sqlalchemy.dialects.postgresql import insert

from contracts.crm.customer import (
    CustomerChangedV1,
    CustomerCreatedV1,
    CustomerEvent,
    CustomerTierChangedV1,
)
from erp.projections.customer.models import Customer
from servicekit.messaging import Received, Subscriptions
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
                "tenant": uow.tenant,
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
    # Sorted, so that two writers of the same customers cannot wait for each other in a ring.
    rows.sort(key=lambda row: str(row["customer_id"]))
    statement = insert(Customer).values(rows)
    newer = statement.excluded
    await uow.session.execute(
        statement.on_conflict_do_update(
            index_elements=[Customer.tenant, Customer.customer_id],
            set_={name: newer[name] for name in rows[0] if name not in ("tenant", "customer_id")},
            where=Customer.sequence <= newer.sequence,
        )
    )
