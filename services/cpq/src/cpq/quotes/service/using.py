"""What usage costs by the prices that lines of quotes have kept."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import select

from cpq.pricing import service as pricing
from cpq.quotes.models import KeptOffer, Quote, QuoteLine
from cpq.quotes.rules import (
    LineIsNotThere,
    UsageProof,
    UsageRated,
    price_of,
    proofs_of,
    steps_of,
    usage_named,
)
from servicekit.uow import ReadSession
from servicekit.values import Money


@dataclass(frozen=True, slots=True)
class UsageAsked:
    """Usage of a resource on a line over one period, or a share of one."""

    key: str
    """The line."""
    resource: str
    events: Sequence[Decimal]
    share: Decimal = Decimal(1)


async def rate_usage(reads: ReadSession, quote_id: UUID, asked: UsageAsked) -> UsageRated:
    """Rate usage by the price that a line has kept, whatever the quote's status is.

    Raises `QuoteNotFound`, `LineIsNotThere`, `LineHasNoSuchUsage`, `UsageIsTooLarge`.
    """
    quote = await reads.get(Quote, quote_id)
    row = (
        await reads.session.execute(
            select(QuoteLine.usage).where(
                QuoteLine.quote_id == quote_id, QuoteLine.key == asked.key
            )
        )
    ).first()
    if row is None:
        raise LineIsNotThere(f"no line {asked.key!r}", field="line")
    kept = usage_named(row[0], asked.resource, asked.key)
    amount = pricing.usage_amount(price_of(kept), asked.events, asked.share, field="events")
    return UsageRated(
        resource=kept["resource"],
        unit=kept["unit"],
        rule=kept["rule"],
        version=kept["version"],
        currency=quote.currency,
        amount=amount,
        rounded=Money(amount, quote.currency).round().amount,
        steps=steps_of(kept, asked.events, asked.share),
    )


async def prove_usage(
    reads: ReadSession, quote: Quote, revision: int | None, priced: pricing.PricedDocument
) -> list[UsageProof]:
    """The samples of a revision rated again by the prices that its replay came to."""
    if revision in (None, quote.revision):
        lines: Sequence[Mapping[str, Any]] = [
            row._asdict()
            for row in await reads.session.execute(
                select(QuoteLine.key, QuoteLine.usage)
                .where(QuoteLine.quote_id == quote.id, QuoteLine.usage.is_not(None))
                .order_by(QuoteLine.position)
            )
        ]
    else:
        content = await reads.session.scalar(
            select(KeptOffer.content).where(
                KeptOffer.quote_id == quote.id, KeptOffer.revision == revision
            )
        )
        assert content is not None
        lines = json.loads(content)["lines"]
    prices = {
        request.key: {one.resource: one.price for one in line.priced.usage}
        for request, line in zip(priced.basis.document.lines, priced.lines, strict=True)
        if line.priced.usage
    }
    return [
        proof
        for line in lines
        if line.get("usage")
        for proof in proofs_of(line["key"], line["usage"], prices.get(line["key"], {}))
    ]
