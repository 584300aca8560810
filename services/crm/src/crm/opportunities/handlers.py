"""What other services' events do to opportunities."""

from contracts.cpq import QuoteAcceptedV1
from crm.opportunities import service
from servicekit.messaging import Subscriptions
from servicekit.uow import UnitOfWork
from servicekit.values import Money

reactions = Subscriptions("crm.reactions")


@reactions.on(QuoteAcceptedV1)
async def win_opportunity(event: QuoteAcceptedV1, uow: UnitOfWork) -> None:
    """The customer signed: the opportunity behind the quote is won."""
    if event.opportunity_id is None:
        return
    await service.win_by_quote(
        uow,
        event.opportunity_id,
        event.customer_id,
        service.Win(event.quote_id, Money(event.net.amount, event.net.currency)),
    )
