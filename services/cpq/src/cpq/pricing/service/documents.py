"""Pricing documents, and keeping the rules that price them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Protocol, TypeVar
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from cpq.pricing.models import QuantityBreakRow, TaxRateRow, TierDiscountRow
from cpq.pricing.queries import quantity_break, rule_book, tax_rate, tier_discount
from cpq.pricing.rules import (
    AgreedPriceNeedsReason,
    DerivedPricesGoInCircles,
    DiscountNeedsReason,
    ItemHasNoListPrice,
    PricedLine,
    PriceIsBelowFloor,
    PriceIsTooLarge,
    PriceRules,
    Request,
    RuleEndsBeforeItBegins,
    Step,
    TaxEstimate,
    TaxRate,
    estimate_tax,
    price_line,
    refuse_overlap,
    total,
)
from cpq.projections import queries as known
from cpq.projections.queries import Item, ListPrices, Source
from servicekit.errors import Refusal
from servicekit.taxation import DocumentTotals, TaxableLine
from servicekit.uow import UnitOfWork
from servicekit.values import Period

__all__ = [
    "PRICING_REFUSALS",
    "AnyBuyer",
    "ConfiguredPrice",
    "Document",
    "PriceIsTooLarge",
    "PricedDocument",
    "PricedDocumentLine",
    "Step",
    "Wanted",
    "add_quantity_break",
    "add_tax_rate",
    "add_tier_discount",
    "end_rule",
    "price_documents",
]

PRICING_REFUSALS: tuple[type[Refusal], ...] = (
    ItemHasNoListPrice,
    AgreedPriceNeedsReason,
    DiscountNeedsReason,
    PriceIsTooLarge,
    PriceIsBelowFloor,
    DerivedPricesGoInCircles,
)
"""Why a document may not be priced."""

RuleRow = TypeVar("RuleRow", QuantityBreakRow, TierDiscountRow, TaxRateRow)


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


@dataclass(frozen=True, slots=True)
class PricedDocumentLine:
    """A priced line with its estimated tax, and the event that its list price came from."""

    priced: PricedLine
    tax: TaxEstimate
    price_source: Source | None


@dataclass(frozen=True, slots=True)
class PricedDocument:
    """What a document costs."""

    lines: Sequence[PricedDocumentLine]
    totals: DocumentTotals


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
    by_day = {day: book.on(day) for day in set(days)}
    answers: list[PricedDocument | Refusal] = []
    for document in documents:
        try:
            lines = [
                _price(document, position, wanted, prices.get(wanted.item.item_id), by_day)
                for position, wanted in enumerate(document.lines)
            ]
            taxes = _taxes(document, book.rates)
            answers.append(_summed(document, lines, taxes))
        except Refusal as refusal:
            answers.append(refusal)
    return answers


_Line = tuple[PricedLine, Source | None]


def _price(
    document: Document,
    position: int,
    wanted: Wanted,
    prices: ListPrices | None,
    rules: dict[date, PriceRules],
) -> _Line:
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
    )
    try:
        priced = price_line(request, rules[document.day], document.currency)
    except Refusal as refusal:
        refusal.field = f"lines.{position}.{refusal.field}"
        raise
    return priced, source


def _taxes(document: Document, rates: Sequence[TaxRate]) -> dict[str, TaxEstimate]:
    categories = {wanted.item.tax_category for wanted in document.lines}
    country = document.customer.country
    return {
        category: estimate_tax(country, category, document.day, rates) for category in categories
    }


def _summed(
    document: Document, lines: Sequence[_Line], taxes: dict[str, TaxEstimate]
) -> PricedDocument:
    priced = [
        PricedDocumentLine(line, taxes[wanted.item.tax_category], source)
        for (line, source), wanted in zip(lines, document.lines, strict=True)
    ]
    totals = total(
        [
            TaxableLine(line.priced.net_amount, wanted.item.tax_category)
            for line, wanted in zip(priced, document.lines, strict=True)
        ],
        {category: estimate.rate for category, estimate in taxes.items()},
        document.currency,
    )
    return PricedDocument(priced, totals)


async def add_quantity_break(
    uow: UnitOfWork,
    *,
    minimum_quantity: Decimal,
    discount: Decimal,
    period: Period,
    item_id: UUID | None,
    category: str | None,
    note: str | None,
) -> QuantityBreakRow:
    """Give a discount from a quantity on; raises `RuleOverlapsAnother`."""
    await _one_writer(uow)
    row = QuantityBreakRow(
        id=uow.new_id(),
        item_id=item_id,
        category=category,
        minimum_quantity=minimum_quantity,
        discount=discount,
        valid_from=period.start,
        valid_to=period.end,
        note=note,
    )
    same = await uow.session.scalars(
        select(QuantityBreakRow).where(
            QuantityBreakRow.item_id.is_not_distinct_from(item_id),
            QuantityBreakRow.category.is_not_distinct_from(category),
            QuantityBreakRow.minimum_quantity == minimum_quantity,
        )
    )
    refuse_overlap(quantity_break(row), [quantity_break(each) for each in same])
    return await _added(uow, row)


async def add_tier_discount(
    uow: UnitOfWork,
    *,
    tier: str,
    category: str | None,
    discount: Decimal,
    period: Period,
    note: str | None,
) -> TierDiscountRow:
    """Give customers of a tier a discount; raises `RuleOverlapsAnother`."""
    await _one_writer(uow)
    row = TierDiscountRow(
        id=uow.new_id(),
        tier=tier,
        category=category,
        discount=discount,
        valid_from=period.start,
        valid_to=period.end,
        note=note,
    )
    same = await uow.session.scalars(
        select(TierDiscountRow).where(
            TierDiscountRow.tier == tier, TierDiscountRow.category.is_not_distinct_from(category)
        )
    )
    refuse_overlap(tier_discount(row), [tier_discount(each) for each in same])
    return await _added(uow, row)


async def add_tax_rate(
    uow: UnitOfWork,
    *,
    country: str,
    tax_category: str,
    rate: Decimal,
    period: Period,
    note: str | None,
) -> TaxRateRow:
    """Enter a tax rate for estimates; raises `RuleOverlapsAnother`."""
    await _one_writer(uow)
    row = TaxRateRow(
        id=uow.new_id(),
        country=country,
        tax_category=tax_category,
        rate=rate,
        valid_from=period.start,
        valid_to=period.end,
        note=note,
    )
    same = await uow.session.scalars(
        select(TaxRateRow).where(
            TaxRateRow.country == country, TaxRateRow.tax_category == tax_category
        )
    )
    refuse_overlap(tax_rate(row), [tax_rate(each) for each in same])
    return await _added(uow, row)


async def end_rule(
    uow: UnitOfWork, model: type[RuleRow], rule_id: UUID, *, valid_to: date, expected: int
) -> RuleRow:
    """End a rule; what was priced before stays priced.

    A rule that has an end may only be ended sooner, since a later end could overlap the rule that
    follows it. Raises `PriceRuleNotFound`, `Stale`, `RuleEndsBeforeItBegins`.
    """
    row = await uow.lock(model, rule_id, expected)
    if valid_to <= row.valid_from or (row.valid_to is not None and valid_to > row.valid_to):
        raise RuleEndsBeforeItBegins(
            f"the rule holds from {row.valid_from} until {row.valid_to or 'further notice'}",
            field="valid_to",
        )
    row.valid_to = valid_to
    uow.audit("price-rule.ended", row.__tablename__, row.id, {"valid_to": valid_to.isoformat()})
    await uow.flush()
    return row


async def _one_writer(uow: UnitOfWork) -> None:
    """Let one writer at a time add rules for a tenant: overlap is a law over several rows."""
    key = func.hashtextextended(f"cpq.pricing:{uow.tenant}", 0)
    await uow.session.execute(select(func.pg_advisory_xact_lock(key)))


async def _added(uow: UnitOfWork, row: RuleRow) -> RuleRow:
    uow.add(row)
    uow.audit("price-rule.added", row.__tablename__, row.id)
    await uow.flush()
    return row
