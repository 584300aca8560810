"""What the slice announces, as contract events."""

from collections.abc import Sequence
from uuid import UUID

from contracts import AddressV1
from contracts.crm import (
    CustomerChangedV1,
    CustomerCreatedV1,
    CustomerStateV1,
    CustomerTierChangedV1,
)
from crm.customers.models import Customer
from crm.customers.rules import Address, NewCustomer, addresses_in


def _state(
    customer_id: UUID, number: str, customer: Customer | NewCustomer, addresses: Sequence[Address]
) -> CustomerStateV1:
    # Contacts and consents stay at home.
    return CustomerStateV1(
        customer_id=customer_id,
        number=number,
        name=customer.name,
        tier=customer.tier,
        owner=customer.owner,
        tax_id=customer.tax_id,
        currency=customer.currency,
        email=customer.email,
        phone=customer.phone,
        addresses=[
            AddressV1(
                kind=address.kind,
                line1=address.line1,
                line2=address.line2,
                city=address.city,
                region=address.region,
                postal_code=address.postal_code,
                country=address.country,
            )
            for address in addresses
        ],
        active=customer.active,
        external_reference=customer.external_reference,
        parent_id=customer.parent_id,
    )


def created(customer_id: UUID, number: str, customer: NewCustomer) -> CustomerCreatedV1:
    """A customer exists."""
    return CustomerCreatedV1(
        customer_id=customer_id,
        customer=_state(customer_id, number, customer, customer.addresses),
    )


def changed(customer: Customer) -> CustomerChangedV1:
    """Something other than the tier changed."""
    return CustomerChangedV1(customer_id=customer.id, customer=_stored(customer))


def tier_changed(customer: Customer, previous_tier: str) -> CustomerTierChangedV1:
    """The customer moved to another tier."""
    return CustomerTierChangedV1(
        customer_id=customer.id, customer=_stored(customer), previous_tier=previous_tier
    )


def _stored(customer: Customer) -> CustomerStateV1:
    return _state(customer.id, customer.number, customer, addresses_in(customer.addresses))
