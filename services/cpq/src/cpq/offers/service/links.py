"""Making links, opening them, and taking them back."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from sqlalchemy import select

from cpq.offers.models import OfferLink
from cpq.offers.rules import (
    OfferLinkIsPast,
    OfferLinkNotFound,
    Token,
    check_open,
    new_token,
    read_token,
)
from cpq.quotes import service as quotes
from servicekit.database import Database
from servicekit.service import LinkHolder
from servicekit.uow import Principal, ReadSession, UnitOfWork

ANSWERS = "cpq.offers.answer"
"""The one permission that a link gives."""
_PREFIX = "offer-link:"
_LONGEST = timedelta(days=366)
GRACE = timedelta(days=30)
"""How long a link shows an offer after its last day, so that the customer can look it up."""


async def create_link(
    uow: UnitOfWork,
    quote_id: UUID,
    *,
    language: str | None,
    recipient: str | None,
    expires_at: datetime | None,
) -> tuple[OfferLink, Token]:
    """Make a link to an offer; the token is told once and never kept.

    Raises `QuoteNotFound`, `QuoteIsNotSent`, `OfferLinkIsPast`.
    """
    valid_until = await quotes.check_offered(uow, quote_id)
    as_the_offer = _holding(max(valid_until, uow.now.date()))
    until = expires_at or as_the_offer
    if not uow.now < until <= max(as_the_offer, uow.now + _LONGEST):
        raise OfferLinkIsPast(f"{until.isoformat(timespec='minutes')}", field="expires_at")
    token = new_token(uow.tenant, uow.new_id())
    link = OfferLink(
        id=token.link_id,
        quote_id=quote_id,
        secret_hash=token.hash,
        language=language,
        recipient=recipient,
        expires_at=until,
        created_by=uow.principal.subject,
    )
    uow.add(link)
    uow.audit("offer-link.created", "quote", quote_id, {"link_id": str(link.id)})
    await uow.flush()
    return link, token


def _holding(last_day: date) -> datetime:
    """How long a link holds that is as good as its offer, or for a while where that is over."""
    return datetime.combine(min(last_day, date.max - GRACE), time.max, UTC) + GRACE


async def revoke_link(uow: UnitOfWork, quote_id: UUID, link_id: UUID) -> OfferLink:
    """Take a link back; twice is once. Raises `OfferLinkNotFound`."""
    link = await uow.lock(OfferLink, link_id)
    if link.quote_id != quote_id:
        raise OfferLinkNotFound(f"quote {quote_id} has no link {link_id}")
    if link.revoked_at is None:
        link.revoked_at = uow.now
        uow.audit("offer-link.revoked", "quote", quote_id, {"link_id": str(link.id)})
        await uow.flush()
    return link


async def links_of(reads: ReadSession, quote_id: UUID) -> Sequence[OfferLink]:
    """The links of a quote, the newest first. Raises `QuoteNotFound`."""
    await quotes.check_known(reads, quote_id)
    found = await reads.session.scalars(
        select(OfferLink)
        .where(OfferLink.quote_id == quote_id)
        .order_by(OfferLink.created_at.desc(), OfferLink.id)
    )
    return found.all()


async def open_link(database: Database, text: str, now: datetime) -> LinkHolder:
    """Who holds a link: somebody who may see and answer its one offer, and nothing else.

    Raises `OfferLinkNotFound`, `OfferLinkHasExpired`.
    """
    token = read_token(text)
    holder = Principal(
        subject=f"{_PREFIX}{token.link_id}",
        tenant=token.tenant,
        permissions=frozenset({ANSWERS}),
        name="Holder of the link",
    )
    async with database.reading(holder) as reads:
        link = await reads.session.get(OfferLink, (token.tenant, token.link_id))
        if link is None or not token.opens(link.secret_hash):
            raise OfferLinkNotFound("there is no such link")
        check_open(now, link.expires_at, link.revoked_at)
        return LinkHolder(holder, link.expires_at.timestamp())


async def held_by(reads: ReadSession | UnitOfWork) -> OfferLink:
    """The link that the caller holds. Raises `OfferLinkNotFound` for whoever holds none."""
    subject = reads.principal.subject
    if not subject.startswith(_PREFIX):
        raise OfferLinkNotFound("only the holder of a link can do this")
    return await reads.get(OfferLink, UUID(subject.removeprefix(_PREFIX)))
