"""The people at a customer."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from crm.customers import queries
from crm.customers.models import Contact, Customer
from crm.customers.rules import (
    NewContact,
    addresses_in,
    addresses_out,
    check_addresses,
    home_country,
)
from crm.customers.service.creation import prepare_contact
from crm.customers.service.phones import e164
from servicekit.uow import UnitOfWork


async def add_contact(uow: UnitOfWork, customer_id: UUID, new: NewContact) -> Contact:
    """Record a person at a customer.

    Raises CustomerNotFound, AddressKindIsRepeated or PhoneNumberIsImpossible.
    """
    customer = await uow.get(Customer, customer_id)
    prepared = prepare_contact(new, customer.country)
    contact = Contact(
        id=uow.new_id(),
        customer_id=customer_id,
        name=prepared.name,
        job_title=prepared.job_title,
        email=prepared.email,
        phone=prepared.phone,
        language=prepared.language,
        active=True,
        addresses=addresses_out(prepared.addresses),
    )
    uow.add(contact)
    await uow.flush()
    uow.audit("crm.customers.add_contact", "customer", customer_id, {"contact_id": str(contact.id)})
    return contact


async def change_contact(
    uow: UnitOfWork,
    customer_id: UUID,
    contact_id: UUID,
    expected: int,
    changes: Mapping[str, Any],
) -> Contact:
    """Change what `changes` names; `addresses` replaces them all.

    Raises ContactNotFound (also when the contact is another customer's), Stale,
    AddressKindIsRepeated or PhoneNumberIsImpossible.
    """
    await queries.contact(uow, customer_id, contact_id)
    contact = await uow.lock(Contact, contact_id, expected)
    wanted = dict(changes)
    addresses = wanted.pop("addresses", addresses_in(contact.addresses))
    if addresses != addresses_in(contact.addresses):
        check_addresses(addresses)
        wanted["addresses"] = addresses_out(addresses)
    if wanted.get("phone") is not None:
        customer = await uow.get(Customer, customer_id)
        wanted["phone"] = e164(wanted["phone"], home_country(addresses) or customer.country)
    changed = sorted(name for name, value in wanted.items() if getattr(contact, name) != value)
    if changed:
        for name in changed:
            setattr(contact, name, wanted[name])
        await uow.flush()
        uow.audit(
            "crm.customers.change_contact",
            "customer",
            customer_id,
            {"contact_id": str(contact_id), "changed": changed},
        )
    return contact
