"""Topic `crm.customer`: who the customer is. Each event carries the whole state."""

from typing import ClassVar
from uuid import UUID

from pydantic import Field

from contracts.base import AddressV1, CurrencyCode, Event, WireModel


class CustomerStateV1(WireModel):
    """Everything that other services may know about a customer."""

    customer_id: UUID
    number: str
    """The number that people use, unique within the tenant."""
    name: str
    tier: str
    """Commercial tier, a word of the tenant's own such as `gold`."""
    owner: str | None = None
    """Subject of the person responsible for the customer."""
    tax_id: str | None = None
    currency: CurrencyCode | None = None
    """The currency the customer prefers to be quoted in."""
    email: str | None = None
    phone: str | None = None
    addresses: list[AddressV1] = Field(default_factory=list)
    active: bool = True
    external_reference: str | None = None
    """The customer's key in the system it was imported from."""
    parent_id: UUID | None = None
    """The company to which this one belongs; null: it stands at the top."""


class CustomerEvent(Event):
    """What all events of `crm.customer` carry."""

    topic: ClassVar[str] = "crm.customer"
    key_field: ClassVar[str] = "customer_id"

    customer_id: UUID
    customer: CustomerStateV1


class CustomerCreatedV1(CustomerEvent):
    """A customer exists."""


class CustomerChangedV1(CustomerEvent):
    """Something about the customer other than its tier changed."""


class CustomerTierChangedV1(CustomerEvent):
    """The customer moved to another tier."""

    previous_tier: str
