"""Reading items, units, prices and costs."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

import asyncpg
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from erp.items.models import Item, ListPrice, StandardCost, UnitRow
from erp.items.rules import (
    STANDARD_UNITS,
    QuantityIsNotExact,
    QuantityIsTooFine,
    Unit,
    UnitNotFound,
    UnitsDoNotConvert,
    check_places,
    convert,
    effective_periods,
)

__all__ = [
    "STANDARD_COST_ON",
    "CostRow",
    "OrderItem",
    "PriceRow",
    "QuantityIsNotExact",
    "QuantityIsTooFine",
    "StockItem",
    "Unit",
    "UnitNotFound",
    "UnitsDoNotConvert",
    "ValidCost",
    "ValidPrice",
    "check_places",
    "convert",
    "items_by_id",
    "list_prices",
    "order_items",
    "standard_costs",
    "stock_items",
    "unit",
    "units",
]

STANDARD_COST_ON = """(
    SELECT CASE WHEN c.valid_to IS NULL OR c.valid_to > {day} THEN c.unit_cost END
    FROM items_standard_cost c
    WHERE c.tenant = {tenant} AND c.item_id = {item} AND c.company_id = {company}
      AND c.valid_from <= {day}
    ORDER BY c.valid_from DESC
    LIMIT 1
)"""
"""SQL of an item's standard cost on a day, for statements of slices above that lock at the same
time: a round trip more while popular positions are locked would be paid by everyone who waits.
It says in SQL what `rules.holding_on` says in Python."""


@dataclass(frozen=True, slots=True)
class PriceRow:
    """A list price as entered; without tax, unrounded."""

    item_id: UUID
    currency: str
    unit_price: Decimal
    valid_from: date
    valid_to: date | None


@dataclass(frozen=True, slots=True)
class CostRow:
    """A standard cost as entered, in the company's base currency, unrounded."""

    item_id: UUID
    company_id: UUID
    currency: str
    unit_cost: Decimal
    valid_from: date
    valid_to: date | None


@dataclass(frozen=True, slots=True)
class OrderItem:
    """An item as an order sees it on a day; `list_price` in the asked currency, or none."""

    item_id: UUID
    sku: str
    name: str
    unit: str
    quantity_places: int
    tax_category: str
    stocked: bool
    sellable: bool
    released: bool
    list_price: Decimal | None


_ORDER_ITEMS = """
    SELECT i.id, i.sku, i.name, i.unit, i.quantity_places, i.tax_category, i.stocked, i.sellable,
           i.status = 'released' AS released,
           (SELECT CASE WHEN p.valid_to IS NULL OR p.valid_to > $5 THEN p.unit_price END
            FROM items_list_price p
            WHERE p.tenant = $1 AND p.item_id = i.id AND p.currency = $4 AND p.valid_from <= $5
            ORDER BY p.valid_from DESC
            LIMIT 1) AS list_price
    FROM items_item i
    WHERE i.tenant = $1 AND (i.id = ANY($2) OR i.sku = ANY($3))
"""


async def order_items(
    connection: asyncpg.Connection,
    tenant: str,
    *,
    ids: Collection[UUID] = (),
    skus: Collection[str] = (),
    currency: str,
    on: date,
) -> list[OrderItem]:
    """The items with these ids or SKUs, with their list price on the day; one statement."""
    rows = await connection.fetch(_ORDER_ITEMS, tenant, list(ids), list(skus), currency, on)
    return [OrderItem(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class StockItem:
    """An item as the warehouse sees it."""

    item_id: UUID
    sku: str
    unit: str
    quantity_places: int
    stocked: bool


_STOCK_ITEMS = """
    SELECT i.id, i.sku, i.unit, i.quantity_places, i.stocked
    FROM items_item i
    WHERE i.tenant = $1
      AND (i.id = ANY($2) OR i.sku = ANY($3))
"""


async def stock_items(
    connection: asyncpg.Connection,
    tenant: str,
    *,
    ids: Collection[UUID] = (),
    skus: Collection[str] = (),
) -> list[StockItem]:
    """The items with these ids or SKUs; one statement."""
    rows = await connection.fetch(_STOCK_ITEMS, tenant, list(ids), list(skus))
    return [StockItem(*row) for row in rows]


async def units(session: AsyncSession) -> dict[str, Unit]:
    """Every unit of the tenant by its code: the standard ones and its own."""
    own = await session.scalars(select(UnitRow).order_by(UnitRow.code))
    return dict(STANDARD_UNITS) | {row.code: _unit(row) for row in own}


def _unit(row: UnitRow) -> Unit:
    return Unit(row.code, row.name, row.dimension, row.numerator, row.denominator, row.places)


async def unit(session: AsyncSession, code: str) -> Unit:
    """A unit by its code; raises `UnitNotFound`."""
    if code in STANDARD_UNITS:
        return STANDARD_UNITS[code]
    row = await session.scalar(select(UnitRow).where(UnitRow.code == code))
    if row is None:
        raise UnitNotFound(f"There is no unit {code!r}.", field="unit")
    return _unit(row)


@dataclass(frozen=True, slots=True)
class ValidPrice:
    """A list price with the half-open days on which it really holds."""

    currency: str
    unit_price: Decimal
    valid_from: date
    valid_to: date | None


@dataclass(frozen=True, slots=True)
class ValidCost:
    """A standard cost with the half-open days on which it really holds."""

    company_id: UUID
    currency: str
    unit_cost: Decimal
    valid_from: date
    valid_to: date | None


async def list_prices(session: AsyncSession, item_id: UUID) -> list[ValidPrice]:
    """An item's list prices by currency and day; overlaps resolved (the later begin wins)."""
    rows = (
        await session.scalars(
            select(ListPrice).where(ListPrice.item_id == item_id).order_by(ListPrice.currency)
        )
    ).all()
    currencies = dict.fromkeys(row.currency for row in rows)
    return [
        ValidPrice(currency, period.row.unit_price, period.valid_from, period.valid_to)
        for currency in currencies
        for period in effective_periods(row for row in rows if row.currency == currency)
    ]


async def standard_costs(session: AsyncSession, item_id: UUID) -> list[ValidCost]:
    """An item's standard costs by company and day; overlaps resolved (the later begin wins)."""
    rows = (
        await session.scalars(
            select(StandardCost)
            .where(StandardCost.item_id == item_id)
            .order_by(StandardCost.company_id)
        )
    ).all()
    companies = dict.fromkeys(row.company_id for row in rows)
    return [
        ValidCost(
            company_id,
            period.row.currency,
            period.row.unit_cost,
            period.valid_from,
            period.valid_to,
        )
        for company_id in companies
        for period in effective_periods(row for row in rows if row.company_id == company_id)
    ]


async def items_by_id(session: AsyncSession, ids: Sequence[UUID]) -> dict[UUID, Item]:
    """Items by id; those that do not exist are left out."""
    rows = await session.scalars(select(Item).where(Item.id.in_(ids)))
    return {row.id: row for row in rows}
