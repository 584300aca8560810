"""The bus's door to sales orders."""

from contracts.cpq.quote import QuoteAcceptedV1
from erp.sales_orders import service
from servicekit.messaging import Subscriptions
from servicekit.uow import UnitOfWork

reactions = Subscriptions("erp.reactions", step=1)


@reactions.on(QuoteAcceptedV1)
async def open_order(event: QuoteAcceptedV1, uow: UnitOfWork) -> None:
    """Turn what the customer accepted into an order, once."""
    await service.open_order_of_quote(uow, event)
