"""What is known of a model's items at one moment: four statements, however many there are."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from cpq.configurator.rules import Ware
from cpq.projections import queries as known
from cpq.projections.queries import (
    Costs,
    Credit,
    Customer,
    Item,
    ListPrices,
    Stock,
    stamp_of,
)

__all__ = ["Buyer", "KnownItem", "World", "buyer_of", "stamp_of", "world_of"]

_ONE = Decimal(1)


@dataclass(frozen=True, slots=True)
class KnownItem:
    """An item with everything that other services said of it."""

    item: Item
    prices: ListPrices | None
    costs: Costs | None
    stock: Stock | None


@dataclass(frozen=True, slots=True)
class World:
    """What is known of the items of a model, by SKU, in one currency on one day."""

    currency: str
    day: date
    wanted_on: date
    """The day for which delivery is asked; not before today."""
    company_id: UUID | None
    items: Mapping[str, KnownItem]
    wares: Sequence[Ware]


@dataclass(frozen=True, slots=True)
class Buyer:
    """A customer with the account at the selling company."""

    customer: Customer
    account: Credit | None


async def buyer_of(
    session: AsyncSession, customer_id: UUID, company_id: UUID | None
) -> Buyer | None:
    """The customer, if CPQ has heard of it, and its account at the company."""
    found = await known.customers(session, ids={customer_id})
    if not found:
        return None
    accounts = await known.credits_of(session, customer_id)
    return Buyer(found[0], known.account_at(accounts, company_id))


async def world_of(
    session: AsyncSession,
    skus: Collection[str],
    *,
    currency: str,
    day: date,
    wanted_on: date,
    company_id: UUID | None,
) -> World:
    """What is known of the items with these SKUs.

    Prices and costs are those of `day`, promises are for `wanted_on`.
    """
    found = await known.items(session, skus=skus)
    # Two items may carry the same SKU for a moment while one is renamed: the one for sale counts.
    by_sku = {item.sku: item for item in sorted(found, key=lambda item: item.may_be_quoted)}
    ids = {item.item_id for item in by_sku.values()}
    prices, costs, stocks = {}, {}, {}
    if ids:
        prices = dict(await known.list_prices(session, ids))
        costs = dict(await known.costs(session, ids))
        stocks = dict(await known.stocks(session, ids))
    items = {
        sku: KnownItem(
            item, prices.get(item.item_id), costs.get(item.item_id), stocks.get(item.item_id)
        )
        for sku, item in by_sku.items()
    }
    return World(
        currency=currency,
        day=day,
        wanted_on=wanted_on,
        company_id=company_id,
        items=items,
        wares=[_ware(sku, items.get(sku), currency, day, wanted_on, company_id) for sku in skus],
    )


def _ware(
    sku: str,
    found: KnownItem | None,
    currency: str,
    day: date,
    wanted_on: date,
    company_id: UUID | None,
) -> Ware:
    if found is None:
        return Ware(sku, known=False)
    price = found.prices.on(day, currency) if found.prices else None
    cost = found.costs.on(day, currency, company_id) if found.costs else None
    return Ware(
        sku,
        for_sale=found.item.may_be_quoted,
        price=price.unit_price.amount if price else None,
        cost=cost.amount if cost else None,
        has_cost=cost is not None or _has_cost(found.costs, day),
        delivery_days=_delivery(found, wanted_on),
    )


def _has_cost(costs: Costs | None, day: date) -> bool:
    return costs is not None and any(day in cost.period for cost in costs.costs)


def _delivery(found: KnownItem, wanted_on: date) -> int | None:
    if not found.item.stocked:
        return 0
    if found.stock is None:
        return None
    first = found.stock.first_day_for(_ONE, not_before=wanted_on)
    return None if first is None else (first - wanted_on).days
