"""What receivables do when CRM speaks of customers."""

from collections.abc import Sequence

from contracts.crm.customer import (
    CustomerChangedV1,
    CustomerCreatedV1,
    CustomerEvent,
    CustomerTierChangedV1,
)
from erp.receivables import service
from servicekit.messaging import Received, Subscriptions
from servicekit.uow import UnitOfWork

subscriptions = Subscriptions("erp.reactions", step=1)


# All three: a compacted topic may have forgotten that a customer was created.
@subscriptions.on_state(CustomerCreatedV1, CustomerChangedV1, CustomerTierChangedV1)
async def open_accounts(received: Sequence[Received[CustomerEvent]], uow: UnitOfWork) -> None:
    """Open an account in the default company for customers that have none."""
    await service.open_accounts_for(
        uow, {item.event.customer_id: item.event.customer.currency for item in received}
    )
