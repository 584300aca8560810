"""What a quote would cost, written nowhere."""

from collections.abc import Sequence
from dataclasses import dataclass

from cpq.pricing import service as pricing
from cpq.quotes.rules import Termed
from cpq.quotes.service.drafts import known_drafts
from cpq.quotes.service.wishes import LineWish, QuoteWish
from servicekit.errors import Refusal
from servicekit.uow import ReadSession


@dataclass(frozen=True, slots=True)
class Previewed:
    """What a quote would cost if it were made."""

    wish: QuoteWish
    lines: Sequence[LineWish]
    terms: Sequence[Termed | None]
    document: pricing.Document
    price: pricing.PricedDocument


async def preview_quote(reads: ReadSession, wish: QuoteWish) -> Previewed:
    """Price a wish and write nothing. Raises what `create_quote` raises."""
    (draft,) = await known_drafts(reads, [wish])
    if isinstance(draft, Refusal):
        raise draft
    (price,) = await pricing.price_documents(reads.session, [draft.document])
    if isinstance(price, Refusal):
        raise draft.placed(price)
    return Previewed(wish, draft.lines, draft.terms, draft.document, price)
