"""The document of a quote, from what is stored."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from cpq.catalog import queries as catalog
from cpq.catalog import service as catalogue
from cpq.documents.queries import presentation_at
from cpq.documents.rules import (
    Language,
    QuoteDocument,
    Value,
    configured_values,
    document_of,
)
from cpq.quotes import service as quotes
from cpq.quotes.service import OfferSeen
from servicekit.uow import ReadSession, UnitOfWork


@dataclass(frozen=True, slots=True)
class QuoteShown:
    """A document and the offer that it shows."""

    document: QuoteDocument
    offer: OfferSeen


async def read_document(
    reads: ReadSession | UnitOfWork, quote_id: UUID, language: Language | None
) -> QuoteShown:
    """The document of a quote; without a language in that of the seller.

    What was sent is shown from the bytes that were sent, with the presentation of that instant; a
    draft as it stands, with the newest. Raises `QuoteNotFound`.
    """
    seen = await quotes.offer_seen(reads, quote_id)
    presentation = await presentation_at(reads.session, seen.sent_at)
    offer = json.loads(seen.content)
    document = document_of(
        offer,
        presentation,
        language or presentation.language,
        content_hash=seen.content_hash,
        draft=seen.sent_at is None,
        issued_on=(seen.sent_at or reads.now).date(),
        configured=await _configured(reads, offer["lines"]),
        waterfalls=seen.waterfalls if presentation.shows_waterfall else None,
    )
    return QuoteShown(document, seen)


async def _configured(
    reads: ReadSession | UnitOfWork, lines: Sequence[Mapping[str, Any]]
) -> dict[int, tuple[Value, ...]]:
    """What was configured in the words of the versions it was configured with."""
    found: dict[int, tuple[Value, ...]] = {}
    models: dict[tuple[str, int], Any] = {}
    for line in lines:
        made = line.get("configuration")
        if made is None:
            continue
        version = (made["model"], made["model_version"])
        if version not in models:
            content = await catalog.document_of_version(reads.session, *version)
            models[version] = None if content is None else catalogue.model_of(content)
        if models[version] is not None:
            found[line["position"]] = configured_values(models[version], made["values"])
    return found
