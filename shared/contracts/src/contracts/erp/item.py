"""Topic `erp.item`: what can be bought, stocked and sold. Each event carries the whole state."""

from typing import Annotated, ClassVar
from uuid import UUID

from contracts.base import Event, Known, WireModel


class ItemStateV1(WireModel):
    """Everything that other services may know about an item."""

    item_id: UUID
    sku: str
    """Stock keeping unit, unique within the tenant."""
    name: str
    unit: str
    """Unit of measure in which the item is counted and priced."""
    quantity_places: int | None = None
    """Decimal places that a quantity of the item may have: 0 is whole; null: it was not said."""
    category: str | None = None
    tax_category: str
    """Which tax rate applies, such as `standard`, `reduced` or `zero`."""
    stocked: bool = True
    """False for services and other things that are never on a shelf."""
    sellable: bool = True
    status: Annotated[str, Known("released", "discontinued")] = "released"
    external_reference: str | None = None
    """The item's key in the system it was imported from."""


class ItemEvent(Event):
    """What all events of `erp.item` carry."""

    topic: ClassVar[str] = "erp.item"
    key_field: ClassVar[str] = "item_id"

    item_id: UUID
    item: ItemStateV1


class ItemReleasedV1(ItemEvent):
    """The item may be used."""


class ItemChangedV1(ItemEvent):
    """Something about the item changed."""


class ItemDiscontinuedV1(ItemEvent):
    """The item may no longer be quoted or ordered."""
