"""Price rules over HTTP: `/v1/quantity-breaks`, `/v1/tier-discounts`, `/v1/tax-rates`."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends

from cpq.pricing import service
from cpq.pricing.models import PriceRuleNotFound, QuantityBreakRow, TaxRateRow, TierDiscountRow
from cpq.pricing.rules import RuleEndsBeforeItBegins, RuleOverlapsAnother
from cpq.pricing.schemas import (
    QuantityBreakIn,
    QuantityBreakOut,
    RuleEndIn,
    TaxRateIn,
    TaxRateOut,
    TierDiscountIn,
    TierDiscountOut,
)
from servicekit.http import IfMatch, Listing, Page, PageOut, Reads, SliceRouter, Writes

_READ = "cpq.pricing.read"
_WRITE = "cpq.pricing.write"
_ENDING = (PriceRuleNotFound, RuleEndsBeforeItBegins)

quantity_breaks = SliceRouter(prefix="/v1/quantity-breaks", tags=["pricing"])
tier_discounts = SliceRouter(prefix="/v1/tier-discounts", tags=["pricing"])
tax_rates = SliceRouter(prefix="/v1/tax-rates", tags=["pricing"])

BREAKS = Listing(
    QuantityBreakRow,
    sorts={
        "created_at": QuantityBreakRow.created_at,
        "valid_from": QuantityBreakRow.valid_from,
        "minimum_quantity": QuantityBreakRow.minimum_quantity,
    },
    filters={
        "item_id": QuantityBreakRow.item_id,
        "category": QuantityBreakRow.category,
        "valid_from": QuantityBreakRow.valid_from,
    },
    default_sort="-created_at",
)
DISCOUNTS = Listing(
    TierDiscountRow,
    sorts={
        "created_at": TierDiscountRow.created_at,
        "valid_from": TierDiscountRow.valid_from,
        "tier": TierDiscountRow.tier,
    },
    filters={
        "tier": TierDiscountRow.tier,
        "category": TierDiscountRow.category,
        "valid_from": TierDiscountRow.valid_from,
    },
    default_sort="-created_at",
)
RATES = Listing(
    TaxRateRow,
    sorts={
        "created_at": TaxRateRow.created_at,
        "valid_from": TaxRateRow.valid_from,
        "country": TaxRateRow.country,
    },
    filters={
        "country": TaxRateRow.country,
        "tax_category": TaxRateRow.tax_category,
        "valid_from": TaxRateRow.valid_from,
    },
    default_sort="-created_at",
)


@quantity_breaks.post("", permission=_WRITE, status_code=201, refusals=(RuleOverlapsAnother,))
async def add_quantity_break(body: QuantityBreakIn, uow: Writes) -> QuantityBreakOut:
    """Give a discount to all units of a line once its quantity reaches a minimum.

    Of several breaks that a line reaches, the one for the item wins over one for its category and
    that over one for everything; then the highest minimum.
    """
    row = await service.add_quantity_break(
        uow,
        minimum_quantity=body.minimum_quantity,
        discount=body.discount,
        period=body.period,
        item_id=body.item_id,
        category=body.category,
        note=body.note,
    )
    return QuantityBreakOut.of(row)


@quantity_breaks.get("", permission=_READ)
async def list_quantity_breaks(
    page: Annotated[Page, Depends(BREAKS)], reads: Reads
) -> PageOut[QuantityBreakOut]:
    """The quantity breaks, with those that are over."""
    return PageOut.of(await page.fetch(reads, BREAKS.select()), QuantityBreakOut.of)


@quantity_breaks.get("/{rule_id}", permission=_READ, refusals=(PriceRuleNotFound,))
async def read_quantity_break(rule_id: UUID, reads: Reads) -> QuantityBreakOut:
    """One quantity break."""
    return QuantityBreakOut.of(await reads.get(QuantityBreakRow, rule_id))


@quantity_breaks.patch("/{rule_id}", permission=_WRITE, refusals=_ENDING)
async def end_quantity_break(
    rule_id: UUID, body: RuleEndIn, expected: IfMatch, uow: Writes
) -> QuantityBreakOut:
    """End a quantity break. What was priced before stays priced."""
    row = await service.end_rule(
        uow, QuantityBreakRow, rule_id, valid_to=body.valid_to, expected=expected
    )
    return QuantityBreakOut.of(row)


@tier_discounts.post("", permission=_WRITE, status_code=201, refusals=(RuleOverlapsAnother,))
async def add_tier_discount(body: TierDiscountIn, uow: Writes) -> TierDiscountOut:
    """Give customers of a tier a discount, on a category or on everything."""
    row = await service.add_tier_discount(
        uow,
        tier=body.tier,
        category=body.category,
        discount=body.discount,
        period=body.period,
        note=body.note,
    )
    return TierDiscountOut.of(row)


@tier_discounts.get("", permission=_READ)
async def list_tier_discounts(
    page: Annotated[Page, Depends(DISCOUNTS)], reads: Reads
) -> PageOut[TierDiscountOut]:
    """The tier discounts, with those that are over."""
    return PageOut.of(await page.fetch(reads, DISCOUNTS.select()), TierDiscountOut.of)


@tier_discounts.get("/{rule_id}", permission=_READ, refusals=(PriceRuleNotFound,))
async def read_tier_discount(rule_id: UUID, reads: Reads) -> TierDiscountOut:
    """One tier discount."""
    return TierDiscountOut.of(await reads.get(TierDiscountRow, rule_id))


@tier_discounts.patch("/{rule_id}", permission=_WRITE, refusals=_ENDING)
async def end_tier_discount(
    rule_id: UUID, body: RuleEndIn, expected: IfMatch, uow: Writes
) -> TierDiscountOut:
    """End a tier discount. What was priced before stays priced."""
    row = await service.end_rule(
        uow, TierDiscountRow, rule_id, valid_to=body.valid_to, expected=expected
    )
    return TierDiscountOut.of(row)


@tax_rates.post("", permission=_WRITE, status_code=201, refusals=(RuleOverlapsAnother,))
async def add_tax_rate(body: TaxRateIn, uow: Writes) -> TaxRateOut:
    """Enter a tax rate for estimates. Without one, a country's usual rate is used."""
    row = await service.add_tax_rate(
        uow,
        country=body.country,
        tax_category=body.tax_category,
        rate=body.rate,
        period=body.period,
        note=body.note,
    )
    return TaxRateOut.of(row)


@tax_rates.get("", permission=_READ)
async def list_tax_rates(
    page: Annotated[Page, Depends(RATES)], reads: Reads
) -> PageOut[TaxRateOut]:
    """The entered tax rates, with those that are over."""
    return PageOut.of(await page.fetch(reads, RATES.select()), TaxRateOut.of)


@tax_rates.get("/{rule_id}", permission=_READ, refusals=(PriceRuleNotFound,))
async def read_tax_rate(rule_id: UUID, reads: Reads) -> TaxRateOut:
    """One tax rate."""
    return TaxRateOut.of(await reads.get(TaxRateRow, rule_id))


@tax_rates.patch("/{rule_id}", permission=_WRITE, refusals=_ENDING)
async def end_tax_rate(
    rule_id: UUID, body: RuleEndIn, expected: IfMatch, uow: Writes
) -> TaxRateOut:
    """End a tax rate. What was priced before stays priced."""
    row = await service.end_rule(
        uow, TaxRateRow, rule_id, valid_to=body.valid_to, expected=expected
    )
    return TaxRateOut.of(row)
