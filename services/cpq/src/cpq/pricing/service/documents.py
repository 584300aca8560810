"""Pricing documents with everything that is known of prices and rules on their day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Protocol
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from cpq.pricing.queries import rule_book
from cpq.pricing.rules import (
    AgreedPriceNeedsReason,
    Attribute,
    DerivedPricesGoInCircles,
    DiscountNeedsReason,
    DocumentToPrice,
    ItemHasNoListPrice,
    PricedLine,
    PricedOn,
    PriceIsBelowFloor,
    PriceIsTooLarge,
    PriceRules,
    Request,
    TaxEstimate,
    TaxRate,
    UsageHasNoPrice,
    UsageIsTooLarge,
    estimate_tax,
    price_document,
    seller_estimate,
    total,
)
from cpq.pricing.service.shelf import shelf, subjects_of
from cpq.projections import queries as known
from cpq.projections.queries import CompanyTax, Item, ListPrices, Source
from servicekit.errors import Refusal
from servicekit.taxation import DocumentTotals, TaxableLine

PRICING_REFUSALS: tuple[type[Refusal], ...] = (
    ItemHasNoListPrice,
    AgreedPriceNeedsReason,
    DiscountNeedsReason,
    PriceIsTooLarge,
    PriceIsBelowFloor,
    DerivedPricesGoInCircles,
    UsageHasNoPrice,
    UsageIsTooLarge,
)
"""Why a document may not be priced."""


@dataclass(frozen=True, slots=True)
class ConfiguredPrice:
    """List prices of everything that a configured unit consists of, summed up."""

    unit_price: Decimal | None
    """In the document's currency; None: some part of it is not known."""
    described: str
    """What it is made of, for people."""
    source: Source | None = None
    """The event of the list price that was stated longest ago."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A line to be priced."""

    item: Item
    quantity: Decimal
    """Above zero, in the item's unit."""
    agreed_unit_price: Decimal | None = None
    """In the document's currency; replaces the list price."""
    agreed_reason: str | None = None
    discount: Decimal = Decimal(0)
    """The manual discount, a fraction from 0 to 1."""
    discount_reason: str | None = None
    configured: ConfiguredPrice | None = None
    """It is sold as configured: this stands for the item's list price."""
    key: str = ""
    """Names the line in its document; empty: its place does."""
    parent: str | None = None
    """The key of the line that this one is a part of."""
    group: str | None = None
    """The group of the document that it stands in."""
    counts: bool = True
    """Whether it is part of what is offered now."""
    selling_model: str | None = None
    attributes: Mapping[str, Attribute] = field(default_factory=dict)
    term_months: Decimal | None = None
    """How long the line runs; None: it is sold once."""
    term_multiplier: Decimal = Decimal(1)
    """How many times the unit price is due over the term."""
    term_reason: str = ""
    ramp: str | None = None
    """The key of the first line of the ramp that it is a segment of."""
    uplift: Decimal = Decimal(0)
    """What the ramp adds to its price, a fraction."""
    unit_cost: Decimal | None = None
    """In the document's currency; None: not known."""
    floor_waived: bool = False
    """Whoever may go below the floor has allowed it."""
    usage_samples: Mapping[str, Sequence[Decimal]] | None = None
    """Events of usage, by resource, whose cost the answer shall say."""


class Buyer(Protocol):
    """What pricing needs to know of whoever buys."""

    @property
    def tier(self) -> str: ...
    @property
    def country(self) -> str | None: ...


@dataclass(frozen=True, slots=True)
class AnyBuyer:
    """Somebody of a tier in a country, whom the CRM need not know."""

    tier: str = ""
    country: str | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """What a quote wants priced."""

    customer: Buyer
    currency: str
    day: date
    """The business day whose list prices and rules count."""
    lines: Sequence[Wanted]
    customers: tuple[UUID, ...] = ()
    """The customer and those above it, the nearest first: whose contracted prices count."""
    partner_level: str | None = None
    price_book: str | None = None
    promotions: frozenset[str] = frozenset()
    """Codes of promotions that the customer has named."""
    selling_company_id: UUID | None = None
    """Who sells; None: the ERP's default company."""


@dataclass(frozen=True, slots=True)
class PricedDocumentLine:
    """A priced line with its estimated tax, and the event that its list price came from."""

    priced: PricedLine
    tax: TaxEstimate
    price_source: Source | None


@dataclass(frozen=True, slots=True)
class PricedDocument:
    """What a document costs, and what that came from."""

    lines: Sequence[PricedDocumentLine]
    totals: DocumentTotals
    basis: PricingBasis


@dataclass(frozen=True, slots=True)
class PricingBasis:
    """Everything that the price of a document is a function of."""

    document: DocumentToPrice
    rules: PriceRules
    tax_categories: Mapping[str, str]
    """By the key of the line."""
    taxes: Mapping[str, TaxEstimate]
    """By tax category."""


async def price_documents(
    session: AsyncSession, documents: Sequence[Document]
) -> list[PricedDocument | Refusal]:
    """Price documents with a constant number of statements, however many lines they have.

    A document that a rule refuses yields its refusal, one of PRICING_REFUSALS, with the line in
    `field`; the others are priced.
    """
    if not documents:
        return []
    item_ids = {line.item.item_id for document in documents for line in document.lines}
    days = [document.day for document in documents]
    prices = await known.list_prices(session, item_ids)
    book = await rule_book(
        session,
        first=min(days),
        last=max(days),
        item_ids=item_ids,
        tiers={document.customer.tier for document in documents},
        countries={
            document.customer.country for document in documents if document.customer.country
        },
    )
    rules = await shelf().rules(
        session,
        min(days),
        max(days),
        subjects_of([(one.item.item_id, one.item.sku) for d in documents for one in d.lines]),
    )
    by_day = {day: book.on(day, rules) for day in set(days)}
    taxed = await known.taxes(session)
    answers: list[PricedDocument | Refusal] = []
    for document in documents:
        try:
            to_price, sources = _to_price(document, prices)
            basis = PricingBasis(
                to_price,
                by_day[document.day],
                {
                    request.key: wanted.item.tax_category
                    for request, wanted in zip(to_price.lines, document.lines, strict=True)
                },
                _taxes(document, book.rates, taxed),
            )
            answers.append(priced_from(basis, sources))
        except Refusal as refusal:
            answers.append(refusal)
    return answers


def priced_from(
    basis: PricingBasis, sources: Sequence[Source | None] | None = None
) -> PricedDocument:
    """Price a document from nothing but its basis: the same basis has the same answer for ever.

    `sources` are the events of the list prices. Raises one of PRICING_REFUSALS.
    """
    found = price_document(basis.document, basis.rules)
    requests = basis.document.lines
    lines = [
        PricedDocumentLine(found[one.key], basis.taxes[basis.tax_categories[one.key]], source)
        for one, source in zip(requests, sources or [None] * len(requests), strict=True)
    ]
    totals = total(
        [
            TaxableLine(line.priced.net_amount, basis.tax_categories[one.key])
            for line, one in zip(lines, requests, strict=True)
            if one.counts
        ],
        {category: estimate.rate for category, estimate in basis.taxes.items()},
        basis.document.on.currency,
    )
    return PricedDocument(lines, totals, basis)


def _to_price(
    document: Document, prices: Mapping[UUID, ListPrices]
) -> tuple[DocumentToPrice, list[Source | None]]:
    requests, sources = [], []
    for position, wanted in enumerate(document.lines):
        request, source = _request(document, position, wanted, prices.get(wanted.item.item_id))
        requests.append(request)
        sources.append(source)
    on = PricedOn(
        currency=document.currency,
        day=document.day,
        customers=document.customers,
        country=document.customer.country,
        partner_level=document.partner_level,
        price_book=document.price_book,
        promotions=document.promotions,
    )
    return DocumentToPrice(on, requests), sources


def _request(
    document: Document, position: int, wanted: Wanted, prices: ListPrices | None
) -> tuple[Request, Source | None]:
    listed = prices.on(document.day, document.currency) if prices else None
    source = prices.source if prices and listed else None
    unit_price, said, rule = None, "", "list-price"
    if wanted.configured is not None:
        unit_price, source = wanted.configured.unit_price, wanted.configured.source
        said, rule = wanted.configured.described, "configuration"
    elif listed is not None:
        unit_price = listed.unit_price.amount
        said = f"valid from {listed.period.start.isoformat()}"
    request = Request(
        item_id=wanted.item.item_id,
        sku=wanted.item.sku,
        category=wanted.item.category,
        quantity=wanted.quantity,
        tier=document.customer.tier,
        list_unit_price=unit_price,
        list_source=said,
        list_rule=rule,
        agreed_unit_price=wanted.agreed_unit_price,
        agreed_reason=wanted.agreed_reason,
        discount=wanted.discount,
        discount_reason=wanted.discount_reason,
        # Places have as many digits as it takes, so that keys sort as the lines stand.
        key=wanted.key or f"{position:06d}",
        parent=wanted.parent,
        group=wanted.group,
        counts=wanted.counts,
        selling_model=wanted.selling_model,
        attributes=wanted.attributes,
        term_months=wanted.term_months,
        term_multiplier=wanted.term_multiplier,
        term_reason=wanted.term_reason,
        ramp=wanted.ramp,
        uplift=wanted.uplift,
        unit_cost=wanted.unit_cost,
        floor_waived=wanted.floor_waived,
        usage_samples=wanted.usage_samples or None,
    )
    return request, source


def _taxes(
    document: Document, rates: Sequence[TaxRate], companies: Sequence[CompanyTax]
) -> dict[str, TaxEstimate]:
    categories = {wanted.item.tax_category for wanted in document.lines}
    day = document.day
    seller = known.seller_of(companies, document.selling_company_id)
    if seller is not None:
        return {
            category: seller_estimate(seller.country, category, day, seller.on(day, category))
            for category in categories
        }
    country = document.customer.country
    return {category: estimate_tax(country, category, day, rates) for category in categories}
