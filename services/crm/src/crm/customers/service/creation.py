"""Recording customers: one, or a thousand, with the same single statement.

This is the hot path of the service. The customer and its contacts are inserted by one
statement on the driver itself, without the ORM.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

import orjson

from crm.customers import events, queries
from crm.customers.rules import (
    Existing,
    ExternalReferenceIsTaken,
    NewContact,
    NewCustomer,
    TaxIdIsTaken,
    check_addresses,
    check_primary,
    check_role_days,
    home_country,
    parent_refusal,
    sort_out,
)
from crm.customers.service.phones import e164
from servicekit.errors import Refusal
from servicekit.uow import UnitOfWork

# A customer whose tax id or reference is taken is left out, with everything that hangs on it;
# the caller sees which ids came back.
_INSERT = """
WITH customer AS (
  INSERT INTO customers_customer (
    tenant, id, name, tier, owner, country, tax_id, currency, email, phone, active,
    external_reference, parent_id, addresses, version, created_at, updated_at)
  SELECT $1, r.id, r.name, r.tier, r.owner, r.country, r.tax_id, r.currency, r.email, r.phone,
    r.active, r.external_reference, r.parent_id, r.addresses, 1, $2, $2
  FROM jsonb_to_recordset($3::jsonb) AS r(
    id uuid, name text, tier text, owner text, country text, tax_id text, currency text,
    email text, phone text, active boolean, external_reference text,
    parent_id uuid, addresses jsonb)
  ON CONFLICT DO NOTHING
  RETURNING id, number
), contact AS (
  INSERT INTO customers_contact (
    tenant, id, customer_id, name, job_title, email, phone, language, active, addresses,
    role, starts_on, ends_on, is_primary, version, created_at, updated_at)
  SELECT $1, r.id, r.customer_id, r.name, r.job_title, r.email, r.phone, r.language, true,
    r.addresses, r.role, r.starts_on, r.ends_on, r.is_primary, 1, $2, $2
  FROM jsonb_to_recordset($4::jsonb) AS r(
    id uuid, customer_id uuid, name text, job_title text, email text, phone text, language text,
    addresses jsonb, role text, starts_on date, ends_on date, is_primary boolean)
  WHERE r.customer_id IN (SELECT id FROM customer)
)
SELECT id, number FROM customer
"""


@dataclass(frozen=True, slots=True)
class Created:
    """A recorded customer: its id, the number it was given, and what was recorded."""

    id: UUID
    number: str
    customer: NewCustomer


async def create_customer(uow: UnitOfWork, new: NewCustomer) -> Created:
    """Record a customer and announce it.

    Raises AddressKindIsRepeated, PhoneNumberIsImpossible, ParentNotFound, HierarchyIsTooDeep,
    TaxIdIsTaken or ExternalReferenceIsTaken.
    """
    prepared = prepare(new)
    if new.parent_id is not None:
        levels = await queries.levels(uow.session, [new.parent_id])
        if (refusal := parent_refusal(new.parent_id, levels)) is not None:
            raise refusal
    customer_id = uow.new_id()
    numbers = await _insert(uow, {customer_id: prepared})
    if customer_id not in numbers:
        raise await _collision(uow, prepared)
    return _announce(uow, customer_id, numbers[customer_id], prepared)


async def import_customers(
    uow: UnitOfWork, rows: Sequence[NewCustomer | Refusal]
) -> list[Created | Existing | Refusal]:
    """Record many customers, each on its own merits: one refused row does not stop the others.

    A row whose external reference is known is answered with the customer that has it. Costs two
    statements, however many rows there are, and one more where parents are named. Rows
    that are refusals already pass through.
    """
    prepared = [row if isinstance(row, Refusal) else _prepared_or_refused(row) for row in rows]
    wanted = [row for row in prepared if isinstance(row, NewCustomer)]
    known = await queries.known(
        uow.session,
        [row.external_reference for row in wanted if row.external_reference is not None],
        [row.tax_id for row in wanted if row.tax_id is not None],
        [row.parent_id for row in wanted if row.parent_id is not None],
    )
    verdicts = sort_out(prepared, known)
    ids = {uow.new_id(): verdict for verdict in verdicts if isinstance(verdict, NewCustomer)}
    numbers = await _insert(uow, ids) if ids else {}
    results: list[Created | Existing | Refusal] = []
    planned = iter(ids.items())
    for verdict in verdicts:
        if not isinstance(verdict, NewCustomer):
            results.append(verdict)
            continue
        customer_id, row = next(planned)
        if customer_id in numbers:
            results.append(_announce(uow, customer_id, numbers[customer_id], row))
        else:
            # Another request was faster between the look-up and the insert.
            results.append(await _met(uow, row))
    return results


def prepare(new: NewCustomer) -> NewCustomer:
    """The customer as it is recorded: addresses checked, phones in E.164, home country known.

    Raises AddressKindIsRepeated or PhoneNumberIsImpossible.
    """
    check_addresses(new.addresses)
    check_primary(new.contacts)
    country = home_country(new.addresses, new.country)
    return replace(
        new,
        country=country,
        phone=None if new.phone is None else e164(new.phone, country),
        contacts=tuple(
            prepare_contact(contact, country, field=f"contacts.{position}.")
            for position, contact in enumerate(new.contacts)
        ),
    )


def prepare_contact(contact: NewContact, country: str | None, *, field: str = "") -> NewContact:
    """The contact as it is recorded; `country` is the customer's, used without one of their own.

    Raises AddressKindIsRepeated, RoleEndsBeforeItStarts or PhoneNumberIsImpossible.
    """
    check_role_days(contact.starts_on, contact.ends_on)
    check_addresses(contact.addresses)
    if contact.phone is None:
        return contact
    home = home_country(contact.addresses) or country
    return replace(contact, phone=e164(contact.phone, home, field=f"{field}phone"))


def _prepared_or_refused(row: NewCustomer) -> NewCustomer | Refusal:
    try:
        return prepare(row)
    except Refusal as refusal:
        return refusal


def _announce(uow: UnitOfWork, customer_id: UUID, number: str, new: NewCustomer) -> Created:
    uow.publish(events.created(customer_id, number, new))
    uow.audit("crm.customers.create", "customer", customer_id, {"number": number})
    return Created(customer_id, number, new)


async def _insert(uow: UnitOfWork, customers: Mapping[UUID, NewCustomer]) -> dict[UUID, str]:
    """Insert and return the number of each that was not taken already."""
    contacts = [
        {
            "id": uow.new_id(),
            "customer_id": customer_id,
            "name": contact.name,
            "job_title": contact.job_title,
            "email": contact.email,
            "phone": contact.phone,
            "language": contact.language,
            "addresses": contact.addresses,
            "role": contact.role,
            "starts_on": contact.starts_on,
            "ends_on": contact.ends_on,
            "is_primary": contact.is_primary,
        }
        for customer_id, new in customers.items()
        for contact in new.contacts
    ]
    rows = await uow.connection.fetch(
        _INSERT,
        uow.tenant,
        uow.now,
        _json(
            [
                {
                    "id": customer_id,
                    "name": new.name,
                    "tier": new.tier,
                    "owner": new.owner,
                    "country": new.country,
                    "tax_id": new.tax_id,
                    "currency": new.currency,
                    "email": new.email,
                    "phone": new.phone,
                    "active": new.active,
                    "external_reference": new.external_reference,
                    "parent_id": new.parent_id,
                    "addresses": new.addresses,
                }
                for customer_id, new in customers.items()
            ]
        ),
        _json(contacts),
    )
    return {row["id"]: row["number"] for row in rows}


def _json(records: Sequence[Mapping[str, object]]) -> str:
    return orjson.dumps(records).decode()


async def _collision(uow: UnitOfWork, new: NewCustomer) -> Refusal:
    """Which identity was taken when the insert left the row out."""
    met = await _met(uow, new)
    if isinstance(met, Existing):
        return ExternalReferenceIsTaken(
            f"Customer {met.customer_id} has the reference {new.external_reference!r}.",
            field="external_reference",
        )
    return met


async def _met(uow: UnitOfWork, new: NewCustomer) -> Existing | Refusal:
    known = await queries.known(
        uow.session,
        [] if new.external_reference is None else [new.external_reference],
        [] if new.tax_id is None else [new.tax_id],
    )
    if new.external_reference is not None and new.external_reference in known.by_reference:
        return Existing(known.by_reference[new.external_reference])
    return TaxIdIsTaken(f"Another customer has the tax id {new.tax_id!r}.", field="tax_id")
