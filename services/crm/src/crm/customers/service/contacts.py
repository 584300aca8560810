"""The people at a customer."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from crm.customers import queries
from crm.customers.models import Contact, Customer
from crm.customers.queries import ContactCard
from crm.customers.rules import Address, NewContact, check_addresses, home_country
from crm.customers.service.changes import replace_addresses
from crm.customers.service.creation import prepare_contact
from crm.customers.service.phones import e164
from servicekit.uow import UnitOfWork


async def add_contact(uow: UnitOfWork, customer_id: UUID, new: NewContact) -> ContactCard:
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
    )
    uow.add(contact)
    await uow.flush()
    if prepared.addresses:
        await replace_addresses(uow, customer_id, contact.id, prepared.addresses)
    uow.audit("crm.customers.add_contact", "customer", customer_id, {"contact_id": str(contact.id)})
    return ContactCard(contact, prepared.addresses)


async def change_contact(
    uow: UnitOfWork,
    customer_id: UUID,
    contact_id: UUID,
    expected: int,
    changes: Mapping[str, Any],
) -> ContactCard:
    """Change what `changes` names; `addresses` replaces them all.

    Raises ContactNotFound (also when the contact is another customer's), Stale,
    AddressKindIsRepeated or PhoneNumberIsImpossible.
    """
    held = (await queries.contact_card(uow, customer_id, contact_id)).addresses
    contact = await uow.lock(Contact, contact_id, expected)
    wanted = dict(changes)
    addresses: tuple[Address, ...] = tuple(wanted.pop("addresses", held))
    if wanted.get("phone") is not None:
        customer = await uow.get(Customer, customer_id)
        wanted["phone"] = e164(wanted["phone"], home_country(addresses) or customer.country)
    changed = sorted(name for name, value in wanted.items() if getattr(contact, name) != value)
    if addresses != held:
        check_addresses(addresses)
        await replace_addresses(uow, customer_id, contact_id, addresses)
        changed.append("addresses")
        contact.updated_at = uow.now
    if not changed:
        return ContactCard(contact, held)
    for name, value in wanted.items():
        setattr(contact, name, value)
    await uow.flush()
    uow.audit(
        "crm.customers.change_contact",
        "customer",
        customer_id,
        {"contact_id": str(contact_id), "changed": changed},
    )
    return ContactCard(contact, addresses)
