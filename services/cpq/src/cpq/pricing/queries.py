"""Reads of price rules: what holds within a stretch of days, in three statements."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, Text, any_, literal, or_, select
from sqlalchemy.dialects.postgresql import UUID as PG_UUID
from sqlalchemy.ext.asyncio import AsyncSession

from cpq.pricing.models import (
    DatedRule,
    PriceBook,
    QuantityBreakRow,
    TaxRateRow,
    TierDiscountRow,
)
from cpq.pricing.rules import (
    BookStatus,
    PriceBookNotFound,
    PriceRules,
    QuantityBreak,
    Rule,
    TaxRate,
    TierDiscount,
)
from servicekit.values import Period


@dataclass(frozen=True, slots=True)
class RuleBook:
    """The rules that hold on some day of a stretch of days."""

    breaks: list[QuantityBreak]
    tiers: list[TierDiscount]
    rates: list[TaxRate]

    def on(self, day: date, rules: Sequence[Rule]) -> PriceRules:
        """The price rules of one day, together with those of price books."""
        return PriceRules(day, self.breaks, self.tiers, rules)


async def rule_book(
    session: AsyncSession,
    *,
    first: date,
    last: date,
    item_ids: Collection[UUID],
    tiers: Collection[str],
    countries: Collection[str],
) -> RuleBook:
    """The rules for these items, tiers and countries from the first to the last day."""
    breaks = await session.scalars(
        select(QuantityBreakRow).where(
            _holds(QuantityBreakRow, first, last),
            or_(
                QuantityBreakRow.item_id.is_(None),
                QuantityBreakRow.item_id == any_(literal(list(item_ids), ARRAY(PG_UUID()))),
            ),
        )
    )
    discounts = await session.scalars(
        select(TierDiscountRow).where(
            _holds(TierDiscountRow, first, last),
            TierDiscountRow.tier == any_(literal(list(tiers), ARRAY(Text()))),
        )
    )
    rates = await session.scalars(
        select(TaxRateRow).where(
            _holds(TaxRateRow, first, last),
            TaxRateRow.country == any_(literal(list(countries), ARRAY(Text()))),
        )
    )
    return RuleBook(
        [quantity_break(row) for row in breaks],
        [tier_discount(row) for row in discounts],
        [tax_rate(row) for row in rates],
    )


def _holds(model: type[DatedRule], first: date, last: date) -> ColumnElement[Any]:
    return (model.valid_from <= last) & or_(model.valid_to.is_(None), model.valid_to > first)


def quantity_break(row: QuantityBreakRow) -> QuantityBreak:
    """The row as a value."""
    return QuantityBreak(
        id=row.id,
        minimum_quantity=row.minimum_quantity,
        discount=row.discount,
        period=Period(row.valid_from, row.valid_to),
        item_id=row.item_id,
        category=row.category,
    )


def tier_discount(row: TierDiscountRow) -> TierDiscount:
    """The row as a value."""
    return TierDiscount(
        id=row.id,
        tier=row.tier,
        discount=row.discount,
        period=Period(row.valid_from, row.valid_to),
        category=row.category,
    )


def tax_rate(row: TaxRateRow) -> TaxRate:
    """The row as a value."""
    return TaxRate(
        id=row.id,
        country=row.country,
        tax_category=row.tax_category,
        rate=row.rate,
        period=Period(row.valid_from, row.valid_to),
    )


async def published_books(
    session: AsyncSession, first: date, last: date | None
) -> Sequence[PriceBook]:
    """The published versions that hold on some day from the first to the last (None: for ever).

    Documents are not loaded.
    """
    rows = await session.scalars(
        select(PriceBook)
        .where(
            PriceBook.status == BookStatus.PUBLISHED.value,
            or_(PriceBook.valid_to.is_(None), PriceBook.valid_to > first),
            *(() if last is None else (PriceBook.valid_from <= last,)),
        )
        .order_by(PriceBook.key, PriceBook.book_version)
    )
    return rows.all()


async def document_of_book(session: AsyncSession, book_id: UUID) -> bytes:
    """The document of a version, as it was kept. Raises `PriceBookNotFound`."""
    content = await session.scalar(select(PriceBook.document).where(PriceBook.id == book_id))
    if content is None:
        raise PriceBookNotFound(f"no price book {book_id}")
    return content
