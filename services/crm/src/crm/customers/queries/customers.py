"""Reads of the customers slice."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from crm.customers.models import ConsentEntry, Contact, Customer
from crm.customers.queries.families import levels
from crm.customers.rules import (
    Consent,
    ContactNotFound,
    Known,
    consents_in_force,
)
from servicekit.uow import ReadSession, UnitOfWork

Reading = ReadSession | UnitOfWork


@dataclass(frozen=True, slots=True)
class RecordedConsent:
    """An entry of the consent ledger; `in_force` when no later decision replaced it."""

    entry: ConsentEntry
    in_force: bool


@dataclass(frozen=True, slots=True)
class Brief:
    """What other slices need to know of a customer to refer to it."""

    id: UUID
    number: str
    name: str
    active: bool


async def by_phone(reads: Reading, number: str) -> UUID | None:
    """The customer whose own number (E.164) it is, the active and oldest one first; one look-up."""
    found: UUID | None = await reads.session.scalar(
        select(Customer.id)
        .where(Customer.tenant == reads.tenant, Customer.phone == number)
        .order_by(Customer.active.desc(), Customer.id)
        .limit(1)
    )
    return found


async def customer(reads: Reading, customer_id: UUID) -> Customer:
    """A customer; raises CustomerNotFound."""
    return await reads.get(Customer, customer_id)


async def contacts(reads: Reading, customer_id: UUID) -> Sequence[Contact]:
    """A customer's contacts by name; empty for an unknown customer. One statement."""
    return (
        await reads.session.scalars(
            select(Contact)
            .where(Contact.tenant == reads.tenant, Contact.customer_id == customer_id)
            .order_by(Contact.name, Contact.id)
        )
    ).all()


async def contact(reads: Reading, customer_id: UUID, contact_id: UUID) -> Contact:
    """One contact of a customer; raises ContactNotFound, also for another customer's contact."""
    found = await reads.get(Contact, contact_id)
    if found.customer_id != customer_id:
        raise ContactNotFound(f"Customer {customer_id} has no contact {contact_id}.")
    return found


async def consent_ledger(reads: Reading, customer_id: UUID) -> list[RecordedConsent]:
    """All decisions about a customer's data, the newest first, with those in force marked."""
    entries = (
        await reads.session.scalars(
            select(ConsentEntry)
            .where(ConsentEntry.tenant == reads.tenant, ConsentEntry.customer_id == customer_id)
            .order_by(ConsentEntry.decided_at.desc(), ConsentEntry.id.desc())
        )
    ).all()
    in_force = {
        consent.id
        for consent in consents_in_force(
            Consent(
                id=entry.id,
                contact_id=entry.contact_id,
                purpose=entry.purpose,
                channel=entry.channel,
                granted=entry.granted,
                decided_at=entry.decided_at,
            )
            for entry in entries
        )
    }
    return [RecordedConsent(entry, entry.id in in_force) for entry in entries]


async def brief(reads: Reading, customer_id: UUID, *, lock: bool = False) -> Brief:
    """The essentials of a customer; raises CustomerNotFound.

    With `lock` the customer cannot be deactivated before the transaction ends.
    """
    statement = select(Customer.id, Customer.number, Customer.name, Customer.active).where(
        Customer.tenant == reads.tenant, Customer.id == customer_id
    )
    if lock:
        # KEY SHARE would not do: deactivating is no change of a key.
        statement = statement.with_for_update(read=True)
    row = (await reads.session.execute(statement)).one_or_none()
    if row is None:
        raise Customer.__missing__(f"There is no customer {customer_id}.")
    return Brief(*row)


async def known(
    session: AsyncSession,
    references: Sequence[str],
    tax_ids: Sequence[str],
    parent_ids: Sequence[UUID] = (),
) -> Known:
    """Which customers have these references and tax ids, and where these parents stand.

    One statement, and another one where there are parents.
    """
    by_reference: dict[str, UUID] = {}
    by_tax_id: dict[str, UUID] = {}
    if references or tax_ids:
        wanted_references, wanted_tax_ids = set(references), set(tax_ids)
        rows = await session.execute(
            select(Customer.id, Customer.external_reference, Customer.tax_id).where(
                Customer.external_reference.in_(references) | Customer.tax_id.in_(tax_ids)
            )
        )
        for customer_id, reference, tax_id in rows:
            if reference in wanted_references:
                by_reference[reference] = customer_id
            if tax_id in wanted_tax_ids:
                by_tax_id[tax_id] = customer_id
    return Known(by_reference, by_tax_id, await levels(session, parent_ids))


async def ids_by_reference(session: AsyncSession, references: Sequence[str]) -> dict[str, UUID]:
    """Customer ids by external reference; unknown references are left out. One statement."""
    return dict((await known(session, references, ())).by_reference)


async def customers_of_contacts(
    session: AsyncSession, contact_ids: Sequence[UUID]
) -> dict[UUID, UUID]:
    """The customer of each contact; unknown contacts are left out. One statement."""
    if not contact_ids:
        return {}
    rows = await session.execute(
        select(Contact.id, Contact.customer_id).where(Contact.id.in_(contact_ids))
    )
    return {row[0]: row[1] for row in rows}


async def existing(session: AsyncSession, customer_ids: Sequence[UUID]) -> dict[UUID, bool]:
    """Which of the customers exist, and whether each is active; one statement."""
    if not customer_ids:
        return {}
    rows = await session.execute(
        select(Customer.id, Customer.active).where(Customer.id.in_(customer_ids))
    )
    return {row[0]: row[1] for row in rows}
