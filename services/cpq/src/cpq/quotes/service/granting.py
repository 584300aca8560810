"""What quotes take of the budgets of promotions, and when they give it back."""

from collections.abc import Iterable

from cpq.pricing import service as pricing
from cpq.promotions import service as promotions
from cpq.promotions.queries import are_limited
from cpq.promotions.service import Holder
from cpq.quotes.models import Quote
from servicekit.uow import UnitOfWork


async def take_promotions(uow: UnitOfWork, quote: Quote) -> None:
    """Let a frozen quote hold what its promotions give away; its pricing must be loaded.

    Raises `PromotionBudgetIsExhausted`.
    """
    if not quote.promotions or quote.pricing is None:
        return
    if await are_limited(uow.session, quote.promotions, quote.currency):
        given = pricing.promotions_given(quote.pricing)
        await promotions.take(uow, _holder(quote), given, quote.currency)


async def give_promotions_back(uow: UnitOfWork, quotes: Iterable[Quote]) -> None:
    """Give back what quotes hold that are offered no longer; their rows must be locked."""
    holders = [_holder(quote) for quote in quotes if quote.promotions]
    if holders:
        await promotions.give_back(uow, holders)


def _holder(quote: Quote) -> Holder:
    return Holder(quote.id, quote.number, quote.revision)
