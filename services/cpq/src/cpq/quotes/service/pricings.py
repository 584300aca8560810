"""How quotes were priced, for whoever prices them again by other rules: read set by set."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import func, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from cpq.quotes.models import KeptOffer, Quote


@dataclass(frozen=True, slots=True)
class PastQuotes:
    """Which quotes are looked at."""

    first: date
    """The first day of pricing."""
    last: date
    customer_id: UUID | None = None
    currency: str | None = None
    statuses: Collection[str] = ()
    """Empty: any."""
    kept: bool = False
    """The newest version that was kept of each, and none of those without; else as they stand."""


@dataclass(frozen=True, slots=True)
class PastQuote:
    """A quote, and which revision of it is meant."""

    id: UUID
    version: int
    """Of the row: another one, and it says something else."""
    number: str
    revision: int
    status: str
    customer_id: UUID
    customer_number: str
    customer_name: str
    currency: str
    priced_on: date
    line_count: int
    net: Decimal
    """As the quote stands."""


async def past_quotes(session: AsyncSession, wanted: PastQuotes, most: int) -> list[PastQuote]:
    """The quotes, by day of pricing; one more than `most` where there are more."""
    revision = Quote.revision
    kept = (
        select(KeptOffer.quote_id, func.max(KeptOffer.revision).label("revision"))
        .group_by(KeptOffer.quote_id)
        .subquery()
    )
    found = select(
        Quote.id,
        Quote.version,
        Quote.number,
        kept.c.revision if wanted.kept else revision,
        Quote.status,
        Quote.customer_id,
        Quote.customer_number,
        Quote.customer_name,
        Quote.currency,
        Quote.priced_on,
        Quote.line_count,
        Quote.net,
    ).where(Quote.priced_on.between(wanted.first, wanted.last))
    if wanted.kept:
        found = found.join(kept, kept.c.quote_id == Quote.id)
    if wanted.customer_id is not None:
        found = found.where(Quote.customer_id == wanted.customer_id)
    if wanted.currency is not None:
        found = found.where(Quote.currency == wanted.currency)
    if wanted.statuses:
        found = found.where(Quote.status.in_(sorted(wanted.statuses)))
    rows = await session.execute(found.order_by(Quote.priced_on, Quote.id).limit(most + 1))
    return [PastQuote(*row) for row in rows]


async def records_of(
    session: AsyncSession, quotes: Sequence[PastQuote], *, kept: bool
) -> Mapping[UUID, bytes | None]:
    """The record of each pricing; a quote that was changed since is not there."""
    if kept:
        asked = [(quote.id, quote.revision) for quote in quotes]
        offers = await session.execute(
            select(KeptOffer.quote_id, KeptOffer.pricing).where(
                tuple_(KeptOffer.quote_id, KeptOffer.revision).in_(asked)
            )
        )
        return {quote_id: record for quote_id, record in offers}  # noqa: C416  rows are no pairs
    versions = {quote.id: quote.version for quote in quotes}
    found = await session.execute(
        select(Quote.id, Quote.version, Quote.pricing).where(Quote.id.in_(versions))
    )
    return {
        quote_id: record for quote_id, version, record in found if versions[quote_id] == version
    }
