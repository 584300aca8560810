"""Topic `cpq.contract`: what customers have bought for a time, and what changed it."""

from datetime import date
from typing import Annotated, ClassVar
from uuid import UUID

from contracts.base import CurrencyCode, DecimalString, Event, Known, MoneyV1, WireModel


class ContractEntryV1(WireModel):
    """A quantity of something over a stretch of days; below zero it is taken away."""

    key: str
    """Names the thing within its contract."""
    kind: Annotated[str, Known("new", "add", "reduce", "extend", "renew")]
    item_id: UUID
    sku: str
    quantity: DecimalString
    unit_price: DecimalString
    """For one unit and one period, without tax."""
    from_on: date
    until_on: date | None = None
    """The last day; none: it runs until it is cancelled."""
    amount: DecimalString
    """What it costs over its days, without tax, not rounded; below zero is given back. What runs
    until it is cancelled costs this in its first period."""
    position: int | None = None
    """The order in which the entries of the contract came about, from 1."""
    lot: int | None = None
    """The position of the entry that it takes from; none: it was bought."""


class ContractEvent(Event):
    """What all events of `cpq.contract` carry."""

    topic: ClassVar[str] = "cpq.contract"
    key_field: ClassVar[str] = "contract_id"

    contract_id: UUID
    contract_number: str
    customer_id: UUID
    currency: CurrencyCode
    start_on: date
    end_on: date | None = None
    """The last day on which anything is held, as things stand; none: until it is cancelled."""
    entries: list[ContractEntryV1]
    """What the event added."""


class ContractStartedV1(ContractEvent):
    """A customer has bought something for a time."""

    quote_id: UUID


class ContractAmendedV1(ContractEvent):
    """More, less, something else, longer, or nothing any more."""

    quote_id: UUID | None = None
    """The quote that was accepted for it; none: something was taken away without one."""
    credit: MoneyV1
    """What is given back, without tax, rounded to the currency: a credit memo is due for it."""
