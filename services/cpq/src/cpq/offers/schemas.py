"""Requests and answers about offers."""

from datetime import date, datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import Field, StringConstraints

from cpq.documents.service import article, spelled, style_of
from cpq.offers import service
from cpq.offers.models import OfferLink
from servicekit.http import AmountOut, In, InstantIn, Name, Out, QuantityOut, Reason

LineKey = Annotated[str, StringConstraints(min_length=1, max_length=40)]


class LinkIn(In):
    """A link to make."""

    language: Literal["en", "de", "zh-Hans"] | None = None
    """Of the page and the document; null: the seller's own."""
    recipient: Name | None = None
    """Whom it is for, for your own records."""
    expires_at: InstantIn | None = None
    """When it stops to open the offer; null: thirty days after the offer's last day."""


class LinkOut(Out):
    """A link to an offer."""

    id: UUID
    """The link."""
    quote_id: UUID
    language: str | None
    """Of the page and the document; null: the seller's own."""
    recipient: str | None
    """Whom it is for."""
    expires_at: datetime
    """When it stops to open the offer, in UTC."""
    revoked_at: datetime | None
    """When it was taken back, in UTC; null: it was not."""
    created_by: str
    """Who made it: the subject of their access token."""
    version: int
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, link: OfferLink) -> Self:
        """Render the row."""
        return cls.model_validate(link)


class NewLinkOut(LinkOut):
    """A link, with what opens it: told once, never again."""

    path: str
    """What follows the address of CPQ: `/offer#...`. Whoever has it can answer the offer."""

    @classmethod
    def made(cls, link: OfferLink, token: object) -> Self:
        """Render the row with its token."""
        return cls(**LinkOut.of(link).model_dump(), path=f"/offer#{token}")


class LinksOut(Out):
    """The links of a quote, the newest first; what opens them is not among it."""

    links: list[LinkOut]
    """The links."""


class PickIn(In):
    """Which options and alternatives are taken."""

    selected: Annotated[dict[LineKey, bool], Field(min_length=1, max_length=1_000)]
    """By the key of the line: true takes it, false leaves it out."""


class AcceptOfferIn(In):
    """The customer's yes to exactly what the hash names."""

    content_hash: Annotated[
        str, StringConstraints(min_length=64, max_length=64, pattern=r"^[0-9a-f]{64}$")
    ]
    """The hash of the offer that was shown."""
    accepted_by: Name
    """Who accepts."""
    comment: Reason | None = None
    """Anything that the seller should know."""


class DeclineOfferIn(In):
    """The customer's no."""

    reason: Reason | None = None
    """Why, if they say so."""


class OptionOut(Out):
    """A line that the customer may take or leave."""

    key: str
    """Names the line within the offer."""
    name: str
    """What it is."""
    quantities: list[QuantityOut]
    """How much of it; of what is sold in segments of a term, how much in each."""
    unit: str
    """In which unit."""
    amount: AmountOut
    """What the offer costs more with it than without it, rounded, in the offer's currency, without
    tax."""
    selected: bool
    """It is part of the offer as it stands."""
    choice: str | None
    """The key of the alternatives of which one is taken; null: it may be left out."""


class OfferOut(Out):
    """An offer as its customer sees it."""

    number: str
    """The number of the quote."""
    revision: int
    status: Literal["sent", "accepted", "declined", "expired", "cancelled"]
    """Whether it still waits for an answer."""
    can_be_answered: bool
    """It can be accepted, declined or changed by its options now."""
    outdated: bool
    """The contract that it amends has changed since: the seller has to make another offer."""
    currency: str
    """Of all amounts."""
    net: AmountOut
    tax: AmountOut
    """Estimated tax."""
    gross: AmountOut
    """Net and estimated tax."""
    valid_until: date
    """The last day on which it can be accepted."""
    content_hash: str
    """SHA-256 of exactly what is offered: an acceptance names it."""
    language: str
    """Of the texts."""
    accepted_by: str | None
    """Who accepted."""
    accepted_on: date | None
    """On which day."""
    decline_reason: str | None
    """Why it was declined, if the customer said so."""
    order_number: str | None
    """The order that came of it; null: none yet."""
    order_status: str | None
    """What the seller's back office said to it."""
    options: list[OptionOut]
    """Lines that may be taken or left."""
    article: str
    """The document as HTML, to be put into a page."""
    style: str
    """Its style sheet."""

    @classmethod
    def of(cls, offer: service.OfferShown) -> Self:
        """Render it."""
        document, answer = offer.shown.document, offer.answer
        words = spelled(document)
        return cls(
            number=document.number,
            revision=document.revision,
            status=answer.status,
            can_be_answered=answer.can_be_answered,
            outdated=answer.outdated,
            currency=document.currency,
            net=document.net.amount,
            tax=document.tax.amount,
            gross=document.gross.amount,
            valid_until=document.valid_until,
            content_hash=document.content_hash,
            language=document.language.value,
            accepted_by=answer.accepted_by,
            accepted_on=answer.accepted_on,
            decline_reason=answer.decline_reason,
            order_number=answer.order_number,
            order_status=answer.order_status,
            options=[OptionOut.model_validate(option) for option in offer.options],
            article=article(words, document.presentation.logo),
            style=style_of(words),
        )
