"""Addresses of the people slice."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query

from crm.customers.service import (
    ConsentLiesInTheFuture,
    PhoneNumberIsImpossible,
    PrimaryContactIsTaken,
    RoleEndsBeforeItStarts,
    e164,
)
from crm.people import queries, service
from crm.people.models import Person
from crm.people.queries import CustomerNotFound
from crm.people.rules import LookupNamesNothing, PersonNotFound, ReachIsRepeated
from crm.people.schemas import (
    Channel,
    ConsentCheckOut,
    PersonConsentIn,
    PersonConsentsOut,
    PersonIn,
    PersonPatch,
    PersonProfileOut,
    PersonSummaryOut,
    Purpose,
    ReachedListOut,
    ReachedOut,
    RoleIn,
)
from servicekit.http import (
    CountryCode,
    EmailIn,
    IfMatch,
    Listing,
    Page,
    PageOut,
    PhoneIn,
    Reads,
    SliceRouter,
    Writes,
    prefixed,
)

router = SliceRouter(prefix="/v1/people", tags=["people"])

READ, WRITE = "crm.people.read", "crm.people.write"

LISTING = Listing(
    Person,
    sorts={"created_at": Person.created_at, "name": Person.name},
    filters={
        "name": prefixed(Person.name, insensitive=False),
        "active": Person.active,
        "created_at": Person.created_at,
    },
    default_sort="-created_at",
)


@router.post(
    "",
    permission=WRITE,
    status_code=201,
    refusals=(ReachIsRepeated, PhoneNumberIsImpossible),
)
async def create_person(body: PersonIn, uow: Writes) -> PersonProfileOut:
    """Record a person with their own mail addresses, phones and addresses."""
    person_id = await service.create_person(uow, body.person())
    return PersonProfileOut.render(await queries.profile(uow, person_id))


@router.get("", permission=READ)
async def list_people(
    page: Annotated[Page, Depends(LISTING)], reads: Reads
) -> PageOut[PersonSummaryOut]:
    """People, the newest first."""
    return PageOut.of(await page.fetch(reads, LISTING.select()), PersonSummaryOut.of)


@router.get("/lookup", permission=READ, refusals=(LookupNamesNothing, PhoneNumberIsImpossible))
async def look_people_up(
    reads: Reads,
    phone: Annotated[PhoneIn | None, Query(description="A phone number; write + as %2B.")] = None,
    country: Annotated[
        CountryCode | None, Query(description="Where a national number is dialled.")
    ] = None,
    email: Annotated[EmailIn | None, Query(description="A mail address.")] = None,
) -> ReachedListOut:
    """Who answers a phone number or reads a mail address, those in a role today first."""
    today = reads.now.date()
    if phone is not None and email is None:
        found = await queries.by_phone(reads, e164(phone, country, field="query.phone"), today)
    elif email is not None and phone is None:
        found = await queries.by_mail(reads, email, today)
    else:
        raise LookupNamesNothing("Neither or both of them are given.", field="query.phone")
    return ReachedListOut(items=[ReachedOut.of(each) for each in found])


@router.get("/{person_id}", permission=READ, refusals=(PersonNotFound,))
async def get_person(person_id: UUID, reads: Reads) -> PersonProfileOut:
    """A person with everything that reaches them, and their role at every company."""
    return PersonProfileOut.render(await queries.profile(reads, person_id))


@router.patch(
    "/{person_id}",
    permission=WRITE,
    refusals=(PersonNotFound, ReachIsRepeated, PhoneNumberIsImpossible),
)
async def change_person(
    person_id: UUID, body: PersonPatch, expected: IfMatch, uow: Writes
) -> PersonProfileOut:
    """Change a person; the name changes in every role. Lists replace the person's own entries."""
    await service.change_person(uow, person_id, expected, body.changes())
    return PersonProfileOut.render(await queries.profile(uow, person_id))


@router.post(
    "/{person_id}/roles",
    permission=WRITE,
    status_code=201,
    refusals=(
        PersonNotFound,
        CustomerNotFound,
        PhoneNumberIsImpossible,
        PrimaryContactIsTaken,
        RoleEndsBeforeItStarts,
    ),
)
async def add_role(person_id: UUID, body: RoleIn, uow: Writes) -> PersonProfileOut:
    """Give a person a role at a company, as a contact there."""
    await service.add_role(uow, person_id, body.customer_id, body.contact())
    return PersonProfileOut.render(await queries.profile(uow, person_id))


@router.get("/{person_id}/consents", permission=READ, refusals=(PersonNotFound,))
async def person_consents(person_id: UUID, reads: Reads) -> PersonConsentsOut:
    """Every decision of a person, at whichever company, with its source."""
    await reads.get(Person, person_id)
    return PersonConsentsOut.of(await queries.consent_ledger(reads, person_id))


@router.get("/{person_id}/consents/check", permission=READ, refusals=(PersonNotFound,))
async def check_person_consent(
    person_id: UUID,
    reads: Reads,
    purpose: Annotated[Purpose, Query(description="What for.")],
    channel: Annotated[Channel, Query(description="Through which channel.")],
) -> ConsentCheckOut:
    """Whether a person allows a use: the newest decision holds, and without one nothing is."""
    await reads.get(Person, person_id)
    return ConsentCheckOut(granted=await queries.may_use(reads, person_id, purpose, channel))


@router.post(
    "/{person_id}/consents",
    permission=WRITE,
    status_code=201,
    refusals=(PersonNotFound, ConsentLiesInTheFuture),
)
async def record_person_consent(
    person_id: UUID, body: PersonConsentIn, uow: Writes
) -> PersonConsentsOut:
    """Record that a person allowed or forbade a use of their data, at whichever company."""
    await service.record_consent(
        uow,
        person_id,
        purpose=body.purpose,
        channel=body.channel,
        granted=body.granted,
        source=body.source,
        evidence=body.evidence,
        decided_at=body.decided_at,
    )
    return PersonConsentsOut.of(await queries.consent_ledger(uow, person_id))
