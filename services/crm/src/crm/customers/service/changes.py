"""Changing a customer, and moving it to another tier."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from crm.customers import events
from crm.customers.models import Customer
from crm.customers.rules import addresses_in, addresses_out, check_addresses, home_country
from crm.customers.service.phones import e164
from servicekit.uow import UnitOfWork


async def change_customer(
    uow: UnitOfWork, customer_id: UUID, expected: int, changes: Mapping[str, Any]
) -> Customer:
    """Change what `changes` names and announce it; nothing happens when nothing differs.

    Keys are attributes of `NewCustomer` other than `tier`, `external_reference` and `contacts`;
    `addresses` replaces them all. The home country follows new addresses unless it is among the
    changes, and a national phone number is read by the country that results. Raises
    CustomerNotFound, Stale, AddressKindIsRepeated, PhoneNumberIsImpossible or TaxIdIsTaken.
    """
    customer = await uow.lock(Customer, customer_id, expected)
    wanted = dict(changes)
    if "addresses" in wanted:
        addresses = wanted.pop("addresses")
        if addresses != addresses_in(customer.addresses):
            check_addresses(addresses)
            wanted["addresses"] = addresses_out(addresses)
            wanted.setdefault("country", home_country(addresses) or customer.country)
    if wanted.get("phone") is not None:
        wanted["phone"] = e164(wanted["phone"], wanted.get("country", customer.country))
    changed = sorted(name for name, value in wanted.items() if getattr(customer, name) != value)
    if changed:
        for name in changed:
            setattr(customer, name, wanted[name])
        await uow.flush()
        uow.publish(events.changed(customer))
        uow.audit("crm.customers.change", "customer", customer_id, {"changed": changed})
    return customer


async def change_tier(
    uow: UnitOfWork, customer_id: UUID, expected: int | None, *, tier: str, reason: str
) -> Customer:
    """Move a customer to another tier and announce it; nothing happens when it is there already.

    Apart from other changes because it changes prices; `expected` None: whatever its version.
    Raises CustomerNotFound or Stale.
    """
    customer = await uow.lock(Customer, customer_id, expected)
    previous = customer.tier
    if previous != tier:
        customer.tier = tier
        await uow.flush()
        uow.publish(events.tier_changed(customer, previous))
        uow.audit(
            "crm.customers.change_tier",
            "customer",
            customer_id,
            {"from": previous, "to": tier, "reason": reason},
        )
    return customer
