"""Use cases of the people slice. None of them commits."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.orm.attributes import flag_modified

from crm.customers import service as customers
from crm.customers.queries import Contact
from crm.customers.service import ConsentLiesInTheFuture, NewContact, check_decision_time
from crm.people.models import Mail, Person, PersonConsent, Phone
from crm.people.rules import (
    NewPerson,
    PersonAddress,
    PersonNotFound,
    Reach,
    addresses_in,
    addresses_out,
    check_reaches,
)
from servicekit.uow import UnitOfWork

__all__ = [
    "ConsentLiesInTheFuture",
    "NewPerson",
    "PersonAddress",
    "PersonNotFound",
    "Reach",
    "add_role",
    "change_person",
    "create_person",
    "record_consent",
]


async def create_person(uow: UnitOfWork, new: NewPerson) -> UUID:
    """Record a person who has no role anywhere yet.

    Raises ReachIsRepeated or PhoneNumberIsImpossible.
    """
    mails = check_reaches(new.mails, "mails")
    phones = _dialled(new.phones, new.addresses)
    person = Person(
        id=uow.new_id(),
        name=new.name,
        language=new.language,
        active=True,
        addresses=addresses_out(new.addresses),
    )
    uow.add(person)
    await uow.flush()
    _add_reaches(uow, person.id, mails, phones)
    await uow.flush()
    uow.audit("crm.people.create", "person", person.id, {})
    return person.id


async def change_person(
    uow: UnitOfWork, person_id: UUID, expected: int, changes: Mapping[str, Any]
) -> None:
    """Change what `changes` names: attributes of `NewPerson`, and `active`.

    `mails` and `phones` replace the person's own ones; those of roles stay, and are changed at
    the role. A new name is the name in every role. Raises PersonNotFound, Stale, ReachIsRepeated
    or PhoneNumberIsImpossible.
    """
    person = await uow.lock(Person, person_id, expected)
    wanted = dict(changes)
    mails, phones = wanted.pop("mails", None), wanted.pop("phones", None)
    addresses = wanted.pop("addresses", None)
    if addresses is not None:
        wanted["addresses"] = addresses_out(addresses)
    changed = sorted(name for name, value in wanted.items() if getattr(person, name) != value)
    if mails is not None:
        await _replace(uow, Mail, person_id, check_reaches(mails, "mails"))
        changed.append("mails")
    if phones is not None:
        homes = addresses if addresses is not None else addresses_in(person.addresses)
        await _replace(uow, Phone, person_id, _dialled(phones, homes))
        changed.append("phones")
    if changed:
        for name in wanted.keys() & set(changed):
            setattr(person, name, wanted[name])
        # The version counts changes of what hangs on the person too.
        flag_modified(person, "updated_at")
        await uow.flush()
        uow.audit("crm.people.change", "person", person_id, {"changed": changed})


async def add_role(uow: UnitOfWork, person_id: UUID, customer_id: UUID, new: NewContact) -> Contact:
    """Give a person a role at a company; its contact is changed at the company's door.

    The name and language are the person's, whatever `new` says. Raises PersonNotFound,
    CustomerNotFound, PhoneNumberIsImpossible or RoleEndsBeforeItStarts.
    """
    await uow.lock(Person, person_id)
    return await customers.add_contact(uow, customer_id, new, person_id=person_id)


async def record_consent(
    uow: UnitOfWork,
    person_id: UUID,
    *,
    purpose: str,
    channel: str,
    granted: bool,
    source: str,
    evidence: str | None,
    decided_at: datetime,
) -> UUID:
    """Record that a person allowed or forbade a use of their data, at whichever company.

    Raises PersonNotFound or ConsentLiesInTheFuture.
    """
    check_decision_time(decided_at, uow.now)
    await uow.get(Person, person_id)
    entry = PersonConsent(
        id=uow.new_id(),
        person_id=person_id,
        purpose=purpose,
        channel=channel,
        granted=granted,
        source=source,
        evidence=evidence,
        decided_at=decided_at,
        recorded_at=uow.now,
        recorded_by=uow.principal.subject,
    )
    uow.add(entry)
    await uow.flush()
    uow.audit(
        "crm.people.record_consent",
        "person",
        person_id,
        {"entry_id": str(entry.id), "purpose": purpose, "channel": channel, "granted": granted},
    )
    return entry.id


def _dialled(phones: Sequence[Reach], addresses: Sequence[PersonAddress]) -> tuple[Reach, ...]:
    country = addresses[0].country if addresses else None
    return check_reaches(
        [
            Reach(
                customers.e164(phone.value, country, field=f"phones.{position}.number"),
                phone.is_primary,
            )
            for position, phone in enumerate(phones)
        ],
        "phones",
    )


def _add_reaches(
    uow: UnitOfWork, person_id: UUID, mails: Sequence[Reach], phones: Sequence[Reach]
) -> None:
    uow.add(*(_row(uow, Mail, person_id, mail) for mail in mails))
    uow.add(*(_row(uow, Phone, person_id, phone) for phone in phones))


def _row(uow: UnitOfWork, model: type[Mail] | type[Phone], person_id: UUID, reach: Reach) -> Any:
    value = {"address" if model is Mail else "number": reach.value}
    return model(
        id=uow.new_id(),
        person_id=person_id,
        contact_id=None,
        is_primary=reach.is_primary,
        **value,
    )


async def _replace(
    uow: UnitOfWork, model: type[Mail] | type[Phone], person_id: UUID, reaches: Sequence[Reach]
) -> None:
    mine = (model.tenant == uow.tenant, model.person_id == person_id)
    await uow.session.execute(delete(model).where(*mine, model.contact_id.is_(None)))
    if reaches:
        await uow.session.execute(update(model).where(*mine).values(is_primary=False))
        uow.add(*(_row(uow, model, person_id, reach) for reach in reaches))
        await uow.flush()
    else:
        # What reaches the person at a company stands in.
        first = select(model.id).where(*mine).order_by(model.is_primary.desc(), model.id).limit(1)
        await uow.session.execute(
            update(model)
            .where(model.tenant == uow.tenant, model.id == first.scalar_subquery())
            .values(is_primary=True)
            .execution_options(synchronize_session=False)
        )
