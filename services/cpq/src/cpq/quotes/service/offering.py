"""What a quote offers, as it was sent or, of a draft, as it stands."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from cpq.contracts.service import ending
from cpq.quotes.models import KeptOffer, Quote, QuoteLine
from cpq.quotes.queries import lines_of
from cpq.quotes.rules import (
    Credit,
    Offer,
    OfferedLine,
    Status,
    canonical,
    content_hash,
    offer_document,
    offered_usage,
)
from cpq.quotes.service.contracting import credit_of, credits_of
from cpq.selling import TermUnit
from servicekit.uow import ReadSession, UnitOfWork
from servicekit.values import Money

VALIDITY = timedelta(days=30)
"""How long an offer holds unless it says otherwise."""


@dataclass(frozen=True, slots=True)
class OfferSeen:
    """An offer's bytes and what stands beside them."""

    quote_id: UUID
    number: str
    revision: int
    status: str
    content: bytes
    """Canonical JSON; of a draft what would be sent today."""
    content_hash: str
    sent_at: datetime | None
    """None: it is a draft."""
    valid_until: date
    waterfalls: Mapping[int, Sequence[Mapping[str, Any]]]
    """The steps of each line's price, by its position."""


async def offer_seen(reads: ReadSession | UnitOfWork, quote_id: UUID) -> OfferSeen:
    """The offer that was sent or, of a draft, what would be sent today.

    Raises `QuoteNotFound`.
    """
    quote = await reads.get(Quote, quote_id)
    lines = await lines_of(reads.session, quote_id)
    valid_until = quote.valid_until or reads.now.date() + VALIDITY
    content = None
    if quote.status != Status.DRAFT:
        content = await reads.session.scalar(
            select(KeptOffer.content).where(
                KeptOffer.quote_id == quote_id,
                KeptOffer.revision == quote.revision,
                KeptOffer.content_hash == quote.content_hash,
            )
        )
    if content is None:  # Also of a draft that was cancelled: nobody kept it.
        content = canonical(offer_document(offer_of(quote, lines, valid_until)))
    return OfferSeen(
        quote_id=quote.id,
        number=quote.number,
        revision=quote.revision,
        status=quote.status,
        content=content,
        content_hash=content_hash(content),
        sent_at=quote.sent_at,
        valid_until=valid_until,
        waterfalls={line.position: line.steps for line in lines},
    )


def offer_of(quote: Quote, lines: Sequence[QuoteLine], valid_until: date) -> Offer:
    """What a quote offers, as its lines stand."""
    return Offer(
        quote_id=quote.id,
        number=quote.number,
        revision=quote.revision,
        customer_id=quote.customer_id,
        customer_number=quote.customer_number,
        customer_name=quote.customer_name,
        selling_company_id=quote.selling_company_id,
        currency=quote.currency,
        priced_on=quote.priced_on,
        valid_until=valid_until,
        requested_on=quote.requested_on,
        customer_reference=quote.customer_reference,
        lines=[
            OfferedLine(
                key=line.key,
                position=line.position,
                item_id=line.item_id,
                sku=line.sku,
                name=line.name,
                quantity=line.quantity,
                unit=line.unit,
                net_unit_price=line.net_unit_price,
                discount_fraction=line.discount_fraction,
                net_amount=line.net_amount,
                tax_category=line.tax_category,
                tax_rate=line.tax_rate,
                configuration=_offered(line.configuration),
                parent=line.parent,
                group=line.group,
                optional=line.optional,
                selected=line.counts,
                alternative_of=line.alternative_of,
                selling_model=line.selling_model,
                start_on=line.start_on,
                end_on=line.end_on,
                recurs_months=_recurs(line.term),
                term=line.term_reason,
                term_multiplier=line.term_multiplier,
                ramp=line.ramp,
                segment=line.segment,
                usage=offered_usage(line.usage),
            )
            for line in lines
        ],
        net=Money(quote.net, quote.currency),
        tax_estimate=Money(quote.tax_estimate, quote.currency),
        gross_estimate=Money(quote.gross_estimate, quote.currency),
        groups=quote.groups,
        contract_id=quote.contract_id,
        credits=[
            Credit(
                sku=entry.sku,
                name=entry.name,
                quantity=-entry.quantity,
                from_on=entry.from_on,
                until_on=ending(entry.until_on),
                amount=-entry.amount,
            )
            for entry in credits_of(quote)
        ],
        credit=Money(credit_of(quote), quote.currency) if quote.contract_id else None,
    )


def _recurs(term: Mapping[str, Any] | None) -> int | None:
    if term is None or not term.get("evergreen"):
        return None
    return TermUnit(term["unit"]).months * int(term["count"])


def _offered(kept: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """What the customer sees of a configuration: the seller's own costs are not part of it."""
    if kept is None:
        return None
    shown = ("model", "model_version", "content_hash", "choices", "values")
    return {name: kept[name] for name in shown}
