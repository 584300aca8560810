"""Reads of the people slice."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import TextClause, select, text

from crm.customers.queries import ContactNotFound, CustomerNotFound
from crm.people.models import Mail, Person, PersonConsent, Phone
from crm.people.rules import Decision, PersonNotFound, allowed
from servicekit.uow import ReadSession, UnitOfWork

__all__ = [
    "ContactNotFound",
    "CustomerNotFound",
    "Decided",
    "Person",
    "PersonNotFound",
    "Profile",
    "Reached",
    "Role",
    "by_mail",
    "by_phone",
    "consent_ledger",
    "may_use",
    "profile",
]

Reading = ReadSession | UnitOfWork
MOST_REACHED = 50

# The index on the number or address leads; what hangs on each row is found by primary keys.
_REACHED = """
SELECT person.id, person.name, person.language, person.active, reach.contact_id,
       contact.customer_id, customer.name, customer.number, contact.job_title, contact.ends_on
  FROM {table} reach
  JOIN people_person person ON person.tenant = :tenant AND person.id = reach.person_id
  LEFT JOIN customers_contact contact
    ON contact.tenant = :tenant AND contact.id = reach.contact_id
  LEFT JOIN customers_customer customer
    ON customer.tenant = :tenant AND customer.id = contact.customer_id
 WHERE reach.tenant = :tenant AND reach.{column} = :value
 ORDER BY person.active DESC, (coalesce(contact.ends_on, 'infinity') >= :today) DESC,
          contact.is_primary DESC NULLS LAST, person.id, reach.contact_id NULLS LAST
 LIMIT {most}
"""
_BY_PHONE = text(_REACHED.format(table="people_phone", column="number", most=MOST_REACHED))
_BY_MAIL = text(_REACHED.format(table="people_mail", column="address", most=MOST_REACHED))

_ROLES = text("""
SELECT contact.id, contact.customer_id, customer.name, customer.number, contact.role,
       contact.job_title, contact.email, contact.phone, contact.starts_on, contact.ends_on,
       contact.is_primary, contact.active, contact.version
  FROM customers_contact contact
  JOIN customers_customer customer
    ON customer.tenant = :tenant AND customer.id = contact.customer_id
 WHERE contact.tenant = :tenant AND contact.person_id = :person
 ORDER BY contact.ends_on DESC NULLS FIRST, contact.is_primary DESC, customer.name, contact.id
""")

_CONSENTS_AT_COMPANIES = text("""
SELECT entry.id, entry.customer_id, entry.purpose, entry.channel, entry.granted, entry.source,
       entry.evidence, entry.decided_at, entry.recorded_at, entry.recorded_by
  FROM customers_contact contact
  JOIN customers_consent_entry entry ON entry.tenant = :tenant
   AND entry.customer_id = contact.customer_id AND entry.contact_id = contact.id
 WHERE contact.tenant = :tenant AND contact.person_id = :person
""")


@dataclass(frozen=True, slots=True)
class Reached:
    """A person who answers a number or address; at a company where it is that of a role."""

    person_id: UUID
    name: str
    language: str | None
    active: bool
    contact_id: UUID | None
    customer_id: UUID | None
    customer_name: str | None
    customer_number: str | None
    job_title: str | None
    ends_on: date | None


@dataclass(frozen=True, slots=True)
class Role:
    """A role of a person at a company; `contact_id` is the contact's id there."""

    contact_id: UUID
    customer_id: UUID
    customer_name: str
    customer_number: str
    role: str | None
    job_title: str | None
    email: str | None
    phone: str | None
    starts_on: date | None
    ends_on: date | None
    is_primary: bool
    active: bool
    version: int


@dataclass(frozen=True, slots=True)
class Profile:
    """A person with everything that reaches them and every role."""

    person: Person
    mails: Sequence[Mail]
    phones: Sequence[Phone]
    roles: Sequence[Role]


@dataclass(frozen=True, slots=True)
class Decided:
    """An entry of a person's consent ledger; at a company where `customer_id` names it."""

    id: UUID
    customer_id: UUID | None
    purpose: str
    channel: str
    granted: bool
    source: str
    evidence: str | None
    decided_at: datetime
    recorded_at: datetime
    recorded_by: str


async def by_phone(reads: Reading, number: str, today: date) -> list[Reached]:
    """Who answers a number (E.164), those in a role today first; at most fifty. One look-up."""
    return await _reached(reads, _BY_PHONE, number, today)


async def by_mail(reads: Reading, address: str, today: date) -> list[Reached]:
    """Who reads a mail address (in small letters), those in a role today first. One look-up."""
    return await _reached(reads, _BY_MAIL, address, today)


async def _reached(reads: Reading, statement: TextClause, value: str, today: date) -> list[Reached]:
    values = {"tenant": reads.tenant, "value": value, "today": today}
    return [Reached(*row) for row in await reads.session.execute(statement, values)]


async def profile(reads: Reading, person_id: UUID) -> Profile:
    """A person with mails, phones and roles; raises PersonNotFound. Four statements."""
    person = await reads.get(Person, person_id)
    mails = await reads.session.scalars(
        select(Mail)
        .where(Mail.tenant == reads.tenant, Mail.person_id == person_id)
        .order_by(Mail.is_primary.desc(), Mail.address, Mail.id)
    )
    phones = await reads.session.scalars(
        select(Phone)
        .where(Phone.tenant == reads.tenant, Phone.person_id == person_id)
        .order_by(Phone.is_primary.desc(), Phone.number, Phone.id)
    )
    roles = await reads.session.execute(_ROLES, {"tenant": reads.tenant, "person": person_id})
    return Profile(person, mails.all(), phones.all(), [Role(*row) for row in roles])


async def consent_ledger(reads: Reading, person_id: UUID) -> list[Decided]:
    """All decisions of a person, at companies and as such, the newest first. Two statements."""
    own = await reads.session.scalars(
        select(PersonConsent).where(
            PersonConsent.tenant == reads.tenant, PersonConsent.person_id == person_id
        )
    )
    entries = [
        Decided(
            id=entry.id,
            customer_id=None,
            purpose=entry.purpose,
            channel=entry.channel,
            granted=entry.granted,
            source=entry.source,
            evidence=entry.evidence,
            decided_at=entry.decided_at,
            recorded_at=entry.recorded_at,
            recorded_by=entry.recorded_by,
        )
        for entry in own
    ]
    values = {"tenant": reads.tenant, "person": person_id}
    entries += [
        Decided(*row) for row in await reads.session.execute(_CONSENTS_AT_COMPANIES, values)
    ]
    return sorted(entries, key=lambda entry: (entry.decided_at, entry.id), reverse=True)


async def may_use(reads: Reading, person_id: UUID, purpose: str, channel: str) -> bool:
    """Whether the person allows this use, whichever company they spoke at; see `allowed`."""
    return allowed(
        (
            Decision(each.id, each.purpose, each.channel, each.granted, each.decided_at)
            for each in await consent_ledger(reads, person_id)
        ),
        purpose,
        channel,
    )
