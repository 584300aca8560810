"""Keeping single price rules: quantity breaks, tier discounts, tax rates."""

from datetime import date
from decimal import Decimal
from typing import TypeVar
from uuid import UUID

from sqlalchemy import func, select

from cpq.pricing.models import QuantityBreakRow, TaxRateRow, TierDiscountRow
from cpq.pricing.queries import quantity_break, tax_rate, tier_discount
from cpq.pricing.rules import RuleEndsBeforeItBegins, refuse_overlap
from servicekit.uow import UnitOfWork
from servicekit.values import Period

RuleRow = TypeVar("RuleRow", QuantityBreakRow, TierDiscountRow, TaxRateRow)


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
