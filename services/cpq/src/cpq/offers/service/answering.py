"""What the holder of a link sees and says."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cpq.documents import service as documents
from cpq.documents.service import Language, QuoteDocument, QuoteShown
from cpq.offers.models import OfferLink
from cpq.offers.rules import OfferIsOutOfDate
from cpq.offers.service.links import held_by
from cpq.quotes import service as quotes
from servicekit.uow import ReadSession, UnitOfWork


@dataclass(frozen=True, slots=True)
class OfferShown:
    """An offer as its customer sees it."""

    link: OfferLink
    shown: QuoteShown
    answer: quotes.CustomersAnswer
    options: Sequence[quotes.OfferedOption]


async def show_offer(reads: ReadSession | UnitOfWork) -> OfferShown:
    """The offer of the link that the caller holds.

    Raises `OfferLinkNotFound`, `QuoteIsNotSent` while the seller is changing it.
    """
    link = await held_by(reads)
    answer = await quotes.customers_answer(reads, link.quote_id)
    language = None if link.language is None else Language(link.language)
    shown = await documents.read_document(reads, link.quote_id, language)
    options = await quotes.offered_options(reads, link.quote_id)
    return OfferShown(link, shown, answer, options)


async def offer_pdf(reads: ReadSession) -> QuoteDocument:
    """The document behind the link, to be printed. Raises what `show_offer` raises."""
    return (await show_offer(reads)).shown.document


async def pick_options(uow: UnitOfWork, selected: Mapping[str, bool]) -> OfferShown:
    """Take or leave options at the prices that were offered.

    Raises `OfferLinkNotFound`, `QuoteIsNotSent`, `QuoteHasExpired`, `LineIsNotThere`,
    `LineIsNotOptional`, `AlternativesNeedOne`, `OfferIsOutOfDate`.
    """
    link = await held_by(uow)
    await _check_current(uow, link)
    await quotes.pick_offered(uow, link.quote_id, selected)
    return await show_offer(uow)


async def accept_offer(
    uow: UnitOfWork, *, content_hash: str, accepted_by: str, comment: str | None
) -> OfferShown:
    """Accept exactly what the hash names; twice is once.

    Raises `OfferLinkNotFound`, `OfferIsOutOfDate`, and what `accept_quote` raises.
    """
    link = await held_by(uow)
    await _check_current(uow, link)
    await quotes.accept_quote(
        uow,
        link.quote_id,
        signed_hash=content_hash,
        accepted_by=accepted_by,
        accepted_on=None,
        comment=comment,
    )
    return await show_offer(uow)


async def decline_offer(uow: UnitOfWork, *, reason: str | None) -> OfferShown:
    """Decline. Raises `OfferLinkNotFound`, and what `decline_quote` raises."""
    link = await held_by(uow)
    await quotes.decline_quote(uow, link.quote_id, reason=reason)
    return await show_offer(uow)


async def _check_current(uow: UnitOfWork, link: OfferLink) -> None:
    """Tell the customer to ask the seller, where the seller would be told to amend anew."""
    if (await quotes.customers_answer(uow, link.quote_id)).outdated:
        raise OfferIsOutOfDate("the contract was changed")
