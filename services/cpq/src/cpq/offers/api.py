"""Offers over HTTP: links for sellers at `/v1/quotes/{id}/links`, the offer at `/v1/offer`."""

from uuid import UUID

from starlette.responses import Response

from cpq.documents import service as documents
from cpq.documents.service import PRINTING_REFUSALS
from cpq.offers import service
from cpq.offers.rules import (
    OfferIsOutOfDate,
    OfferLinkHasExpired,
    OfferLinkIsPast,
    OfferLinkNotFound,
)
from cpq.offers.schemas import (
    AcceptOfferIn,
    DeclineOfferIn,
    LinkIn,
    LinkOut,
    LinksOut,
    NewLinkOut,
    OfferOut,
    PickIn,
)
from cpq.quotes.service import (
    ANSWERING_REFUSALS,
    PICKING_REFUSALS,
    QuoteHasExpired,
    QuoteIsNotSent,
    QuoteNotFound,
)
from servicekit.http import Reading, Reads, SliceRouter, Writes

links = SliceRouter(prefix="/v1/quotes", tags=["offers"])
offer = SliceRouter(prefix="/v1/offer", tags=["offers"])
routers = [links, offer]

_WRITE = "cpq.quotes.write"
_OPENING = (OfferLinkNotFound, OfferLinkHasExpired)


@links.post(
    "/{quote_id}/links",
    permission=_WRITE,
    status_code=201,
    refusals=(QuoteNotFound, QuoteIsNotSent, OfferLinkIsPast),
)
async def create_offer_link(quote_id: UUID, body: LinkIn, uow: Writes) -> NewLinkOut:
    """Make a link where the customer sees the offer, picks options, accepts or declines.

    `path` is told once: its secret is not kept. It stands behind a `#`, which browsers send to
    nobody, so it reaches no log.
    """
    made = await service.create_link(
        uow,
        quote_id,
        language=body.language,
        recipient=body.recipient,
        expires_at=body.expires_at,
    )
    return NewLinkOut.made(*made)


@links.get("/{quote_id}/links", permission="cpq.quotes.read", refusals=(QuoteNotFound,))
async def list_offer_links(quote_id: UUID, reads: Reads) -> LinksOut:
    """The links of a quote, without what opens them."""
    return LinksOut(links=[LinkOut.of(link) for link in await service.links_of(reads, quote_id)])


@links.post("/{quote_id}/links/{link_id}/revoke", permission=_WRITE, refusals=(OfferLinkNotFound,))
async def revoke_offer_link(quote_id: UUID, link_id: UUID, uow: Writes) -> LinkOut:
    """Take a link back at once; what was accepted stays accepted."""
    return LinkOut.of(await service.revoke_link(uow, quote_id, link_id))


@offer.get("", permission=service.ANSWERS, refusals=(*_OPENING, QuoteIsNotSent))
async def read_linked_offer(reads: Reads) -> OfferOut:
    """The offer of the link in `Authorization: Link ...`, and whether it can be answered."""
    return OfferOut.of(await service.show_offer(reads))


@offer.get(
    "/document",
    permission=service.ANSWERS,
    refusals=(*_OPENING, QuoteIsNotSent, *PRINTING_REFUSALS),
    produces=("application/pdf",),
)
async def read_linked_document(reading: Reading) -> Response:
    """The offer of the link as PDF."""
    async with reading() as reads:
        document = await service.offer_pdf(reads)
    content = await documents.pdf_of(document)
    headers = {
        "Content-Disposition": f'attachment; filename="{document.number}.pdf"',
        "Content-Language": document.language.value,
    }
    return Response(content, headers=headers, media_type="application/pdf")


@offer.post(
    "/selection",
    permission=service.ANSWERS,
    refusals=(*_OPENING, OfferIsOutOfDate, *PICKING_REFUSALS),
)
async def pick_linked_options(body: PickIn, uow: Writes) -> OfferOut:
    """Take or leave options at the prices that were offered; the hash changes with it."""
    return OfferOut.of(await service.pick_options(uow, body.selected))


@offer.post(
    "/accept",
    permission=service.ANSWERS,
    refusals=(*_OPENING, OfferIsOutOfDate, *ANSWERING_REFUSALS),
)
async def accept_linked_offer(body: AcceptOfferIn, uow: Writes) -> OfferOut:
    """Accept exactly what the hash names; twice is once."""
    accepted = await service.accept_offer(
        uow,
        content_hash=body.content_hash,
        accepted_by=body.accepted_by,
        comment=body.comment,
    )
    return OfferOut.of(accepted)


@offer.post(
    "/decline",
    permission=service.ANSWERS,
    refusals=(*_OPENING, QuoteIsNotSent, QuoteHasExpired),
)
async def decline_linked_offer(body: DeclineOfferIn, uow: Writes) -> OfferOut:
    """Say no, with the reason if there is one."""
    return OfferOut.of(await service.decline_offer(uow, reason=body.reason))
