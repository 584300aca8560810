"""Topic `erp.price`: list prices. Each event carries all list prices of the item."""

from datetime import date
from typing import ClassVar
from uuid import UUID

from contracts.base import CurrencyCode, DecimalString, Event, WireModel


class ListPriceV1(WireModel):
    """A list price and the days on which it holds."""

    currency: CurrencyCode
    unit_price: DecimalString
    """Price of one unit, without tax, not rounded."""
    unit: str
    valid_from: date
    """First day on which the price holds."""
    valid_to: date | None = None
    """First day on which it no longer holds; none: for ever."""


class PriceEvent(Event):
    """What all events of `erp.price` carry."""

    topic: ClassVar[str] = "erp.price"
    key_field: ClassVar[str] = "item_id"

    item_id: UUID
    sku: str


class ListPriceChangedV1(PriceEvent):
    """The item's list prices are now these."""

    prices: list[ListPriceV1]
