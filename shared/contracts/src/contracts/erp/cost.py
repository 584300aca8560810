"""Topic `erp.cost`: standard costs. Each event carries all standard costs of the item."""

from datetime import date
from typing import ClassVar
from uuid import UUID

from contracts.base import Event, MoneyV1, WireModel


class StandardCostV1(WireModel):
    """What one unit costs a company, and the days on which that holds."""

    company_id: UUID
    unit_cost: MoneyV1
    """In the company's base currency, not rounded."""
    valid_from: date
    """First day on which the cost holds."""
    valid_to: date | None = None
    """First day on which it no longer holds; none: for ever."""


class CostEvent(Event):
    """What all events of `erp.cost` carry."""

    topic: ClassVar[str] = "erp.cost"
    key_field: ClassVar[str] = "item_id"

    item_id: UUID
    sku: str


class StandardCostChangedV1(CostEvent):
    """The item's standard costs are now these."""

    costs: list[StandardCostV1]
