"""Pricing again after an edit: only what the edit touches."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from types import MappingProxyType

from cpq.pricing.rules.kernel import Pricing
from cpq.pricing.rules.lines import DocumentToPrice, Request
from cpq.pricing.rules.rulebook import PriceRules
from cpq.pricing.rules.steps import PricedLine


class PricedDraft:
    """A document with its prices, which an edit takes to the next one. It never changes.

    An edited document is given exactly the prices that pricing it from scratch would give, with
    the same steps, or the same refusal. Priced anew are the lines that are others now; the parts of
    those that their parts ask about; the lines that are counted together with them, where they
    reach another tier or fill slabs with them; and the lines whose prices are derived from any
    of these, where what they are a share of has changed.
    """

    def __init__(self, document: DocumentToPrice, rules: PriceRules) -> None:
        """Price the document from scratch. Raises what `price_document` raises."""
        lines = {line.key: line for line in document.lines}
        pricing = Pricing(document.on, rules)
        pricing.price(lines, lines, ())
        self._document = document
        self._pricing = pricing

    @property
    def document(self) -> DocumentToPrice:
        """What is priced here."""
        return self._document

    @property
    def prices(self) -> Mapping[str, PricedLine]:
        """The priced lines, by key."""
        return MappingProxyType(self._pricing.prices)

    @property
    def repriced(self) -> frozenset[str]:
        """The keys of the lines that the last edit had priced anew; the others stayed."""
        return frozenset(self._pricing.repriced)

    def edited(self, put: Iterable[Request] = (), removed: Collection[str] = ()) -> PricedDraft:
        """The draft with some lines removed, and some changed or, at the end, added.

        A line changes where one with its key is there. Raises what `price_document` raises, and
        KeyError for the key of a removed line that is not there; this draft stays as it is.
        """
        lines = {line.key: line for line in self._document.lines}
        for key in removed:
            del lines[key]
        for line in put:
            lines[line.key] = line
        return self.following(DocumentToPrice(self._document.on, tuple(lines.values())))

    def following(self, document: DocumentToPrice) -> PricedDraft:
        """The draft of a document that differs from this one in some lines, or in their order.

        One for another buyer, day or currency is priced from scratch.
        """
        pricing = self._pricing
        if document.on != pricing.on:
            return PricedDraft(document, pricing.rules)
        before = pricing.standing.lines
        lines = {line.key: line for line in document.lines}
        put = [key for key, line in lines.items() if not _same(before.get(key), line)]
        removed = [key for key in before if key not in lines]
        next_one = pricing.following()
        next_one.price(lines, put, removed)
        draft = PricedDraft.__new__(PricedDraft)
        draft._document, draft._pricing = document, next_one  # noqa: SLF001 - our own kind
        return draft


def _same(old: Request | None, new: Request) -> bool:
    """Whether they are equal, and so are the kinds of their attributes: True is no 1 to a rule."""
    if old is new:
        return True
    return old == new and all(
        type(value) is type(new.attributes[name]) for name, value in old.attributes.items()
    )
