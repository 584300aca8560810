"""The people at a customer."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import update

from crm.customers import queries
from crm.customers.models import Contact, Customer
from crm.customers.rules import (
    NewContact,
    addresses_in,
    addresses_out,
    check_addresses,
    check_role_days,
    home_country,
)
from crm.customers.service.creation import prepare_contact
from crm.customers.service.phones import e164
from servicekit.uow import UnitOfWork


async def add_contact(
    uow: UnitOfWork, customer_id: UUID, new: NewContact, *, person_id: UUID | None = None
) -> Contact:
    """Record a person at a customer; `person_id` names one that exists, with its name.

    A primary contact takes the place of the one before. Raises CustomerNotFound,
    AddressKindIsRepeated, RoleEndsBeforeItStarts or PhoneNumberIsImpossible.
    """
    customer = await uow.get(Customer, customer_id)
    check_role_days(new.starts_on, new.ends_on)
    prepared = prepare_contact(new, customer.country)
    contact = Contact(
        id=uow.new_id(),
        customer_id=customer_id,
        name=prepared.name,
        job_title=prepared.job_title,
        email=prepared.email,
        phone=prepared.phone,
        language=prepared.language,
        role=prepared.role,
        starts_on=prepared.starts_on,
        ends_on=prepared.ends_on,
        is_primary=prepared.is_primary,
        active=True,
        addresses=addresses_out(prepared.addresses),
    )
    if person_id is not None:
        contact.person_id = person_id
    if contact.is_primary:
        await _no_longer_primary(uow, contact)
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
    AddressKindIsRepeated, RoleEndsBeforeItStarts or PhoneNumberIsImpossible.
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
    check_role_days(
        wanted.get("starts_on", contact.starts_on), wanted.get("ends_on", contact.ends_on)
    )
    changed = sorted(name for name, value in wanted.items() if getattr(contact, name) != value)
    if changed:
        if wanted.get("is_primary"):
            await _no_longer_primary(uow, contact)
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


async def _no_longer_primary(uow: UnitOfWork, contact: Contact) -> None:
    """Take the place of the customer's primary contact, whoever it is."""
    await uow.session.execute(
        update(Contact)
        .where(
            Contact.tenant == uow.tenant,
            Contact.customer_id == contact.customer_id,
            Contact.is_primary,
            Contact.id != contact.id,
        )
        .values(is_primary=False, version=Contact.version + 1, updated_at=uow.now)
        .execution_options(synchronize_session=False)
    )
