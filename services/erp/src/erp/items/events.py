"""What items say to the other services: always the whole state of the item."""

from collections.abc import Iterable
from itertools import groupby
from uuid import UUID

from contracts.base import MoneyV1
from contracts.erp.cost import StandardCostChangedV1, StandardCostV1
from contracts.erp.item import (
    ItemChangedV1,
    ItemDiscontinuedV1,
    ItemEvent,
    ItemReleasedV1,
    ItemStateV1,
)
from contracts.erp.price import ListPriceChangedV1, ListPriceV1
from erp.items.models import Item
from erp.items.queries import CostRow, PriceRow
from erp.items.rules import effective_periods

__all__ = [
    "ItemEvent",
    "item_changed",
    "item_discontinued",
    "item_released",
    "list_prices_changed",
    "standard_costs_changed",
]


def item_state(item: Item) -> ItemStateV1:
    """The whole state of an item."""
    return ItemStateV1(
        item_id=item.id,
        sku=item.sku,
        name=item.name,
        unit=item.unit,
        quantity_places=item.quantity_places,
        category=item.category,
        tax_category=item.tax_category,
        stocked=item.stocked,
        sellable=item.sellable,
        status=item.status,
        external_reference=item.external_reference,
    )


def item_released(item: Item) -> ItemReleasedV1:
    """The item may be used."""
    return ItemReleasedV1(item_id=item.id, item=item_state(item))


def item_changed(item: Item) -> ItemChangedV1:
    """Something about the item changed."""
    return ItemChangedV1(item_id=item.id, item=item_state(item))


def item_discontinued(item: Item) -> ItemDiscontinuedV1:
    """The item may no longer be ordered."""
    return ItemDiscontinuedV1(item_id=item.id, item=item_state(item))


def list_prices_changed(
    item_id: UUID, sku: str, unit: str, rows: Iterable[PriceRow]
) -> ListPriceChangedV1:
    """All list prices of the item, each with the days on which it really holds."""
    by_currency = groupby(sorted(rows, key=lambda row: row.currency), lambda row: row.currency)
    return ListPriceChangedV1(
        item_id=item_id,
        sku=sku,
        prices=[
            ListPriceV1(
                currency=currency,
                unit_price=period.row.unit_price,
                unit=unit,
                valid_from=period.valid_from,
                valid_to=period.valid_to,
            )
            for currency, series in by_currency
            for period in effective_periods(series)
        ],
    )


def standard_costs_changed(
    item_id: UUID, sku: str, rows: Iterable[CostRow]
) -> StandardCostChangedV1:
    """All standard costs of the item, each with the days on which it really holds."""
    by_company = groupby(sorted(rows, key=lambda row: row.company_id), lambda row: row.company_id)
    return StandardCostChangedV1(
        item_id=item_id,
        sku=sku,
        costs=[
            StandardCostV1(
                company_id=company_id,
                unit_cost=MoneyV1(amount=period.row.unit_cost, currency=period.row.currency),
                valid_from=period.valid_from,
                valid_to=period.valid_to,
            )
            for company_id, series in by_company
            for period in effective_periods(series)
        ],
    )
