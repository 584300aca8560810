"""Changing a customer, and moving it to another tier."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import delete, insert

from crm.customers import events, queries
from crm.customers.models import AddressRow, Customer
from crm.customers.queries import CustomerCard
from crm.customers.rules import Address, check_addresses, home_country
from crm.customers.service.creation import address_records
from crm.customers.service.phones import e164
from servicekit.uow import UnitOfWork


async def change_customer(
    uow: UnitOfWork, customer_id: UUID, expected: int, changes: Mapping[str, Any]
) -> CustomerCard:
    """Change what `changes` names and announce it; nothing happens when nothing differs.

    Keys are attributes of `NewCustomer` other than `tier`, `external_reference` and `contacts`;
    `addresses` replaces them all. The home country follows new addresses unless it is among the
    changes, and a national phone number is read by the country that results. Raises
    CustomerNotFound, Stale, AddressKindIsRepeated, PhoneNumberIsImpossible or TaxIdIsTaken.
    """
    customer = await uow.lock(Customer, customer_id, expected)
    held = (await queries.addresses_of(uow.session, [customer_id])).get(customer_id, ())
    wanted = dict(changes)
    addresses: tuple[Address, ...] = tuple(wanted.pop("addresses", held))
    if addresses != held:
        check_addresses(addresses)
        wanted.setdefault("country", home_country(addresses) or customer.country)
    if wanted.get("phone") is not None:
        wanted["phone"] = e164(wanted["phone"], wanted.get("country", customer.country))
    changed = sorted(name for name, value in wanted.items() if getattr(customer, name) != value)
    if addresses != held:
        await replace_addresses(uow, customer_id, None, addresses)
        changed.append("addresses")
        customer.updated_at = uow.now
    if not changed:
        return CustomerCard(customer, held)
    for name, value in wanted.items():
        setattr(customer, name, value)
    await uow.flush()
    uow.publish(events.changed(customer, addresses))
    uow.audit("crm.customers.change", "customer", customer_id, {"changed": changed})
    return CustomerCard(customer, addresses)


async def change_tier(
    uow: UnitOfWork, customer_id: UUID, expected: int, *, tier: str, reason: str
) -> CustomerCard:
    """Move a customer to another tier and announce it; nothing happens when it is there already.

    Apart from other changes because it changes prices. Raises CustomerNotFound or Stale.
    """
    customer = await uow.lock(Customer, customer_id, expected)
    addresses = (await queries.addresses_of(uow.session, [customer_id])).get(customer_id, ())
    previous = customer.tier
    if previous != tier:
        customer.tier = tier
        await uow.flush()
        uow.publish(events.tier_changed(customer, addresses, previous))
        uow.audit(
            "crm.customers.change_tier",
            "customer",
            customer_id,
            {"from": previous, "to": tier, "reason": reason},
        )
    return CustomerCard(customer, addresses)


async def replace_addresses(
    uow: UnitOfWork, customer_id: UUID, contact_id: UUID | None, addresses: Sequence[Address]
) -> None:
    """Put the addresses in the place of those that the customer or the contact had."""
    of_whom = (
        AddressRow.contact_id.is_(None)
        if contact_id is None
        else AddressRow.contact_id == contact_id
    )
    await uow.session.execute(
        delete(AddressRow).where(AddressRow.customer_id == customer_id, of_whom)
    )
    if addresses:
        await uow.session.execute(
            insert(AddressRow), address_records(uow, customer_id, contact_id, addresses)
        )
