"""Addresses of the customers slice."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends

from crm.customers import queries, service
from crm.customers.models import Customer
from crm.customers.rules import (
    AddressKindIsRepeated,
    ConsentLiesInTheFuture,
    ContactIsAnothers,
    ContactNotFound,
    CustomerIsAboveItself,
    CustomerNotFound,
    ExternalReferenceIsTaken,
    HierarchyIsTooDeep,
    ParentNotFound,
    PhoneNumberIsImpossible,
    PrimaryContactIsTaken,
    RoleEndsBeforeItStarts,
    TaxIdIsTaken,
)
from crm.customers.schemas import (
    ConsentIn,
    ConsentOut,
    ConsentsOut,
    ContactIn,
    ContactOut,
    ContactPatch,
    ContactsOut,
    CustomerIn,
    CustomerOut,
    CustomerPatch,
    FamilyOut,
    TierIn,
)
from servicekit.errors import Refusal
from servicekit.http import (
    BULK_BODY_BYTES,
    BulkIn,
    BulkOut,
    BulkResult,
    IfMatch,
    Listing,
    Page,
    PageOut,
    Reads,
    RowOutcome,
    SliceRouter,
    Writes,
    kept,
    prefixed,
    refused,
)

router = SliceRouter(prefix="/v1/customers", tags=["customers"])

READ, WRITE = "crm.customers.read", "crm.customers.write"

LISTING = Listing(
    Customer,
    sorts={
        "created_at": Customer.created_at,
        "updated_at": Customer.updated_at,
        "name": Customer.name,
        "number": Customer.number,
    },
    filters={
        "number": Customer.number,
        "name": prefixed(Customer.name),
        "tier": Customer.tier,
        "owner": Customer.owner,
        "country": Customer.country,
        "tax_id": Customer.tax_id,
        "email": Customer.email,
        "phone": Customer.phone,
        "active": Customer.active,
        "external_reference": Customer.external_reference,
        "parent_id": Customer.parent_id,
        "created_at": Customer.created_at,
        "updated_at": Customer.updated_at,
    },
    default_sort="-created_at",
)


@router.post(
    "",
    permission=WRITE,
    status_code=201,
    refusals=(
        TaxIdIsTaken,
        ExternalReferenceIsTaken,
        PhoneNumberIsImpossible,
        AddressKindIsRepeated,
        ParentNotFound,
        HierarchyIsTooDeep,
        PrimaryContactIsTaken,
        RoleEndsBeforeItStarts,
    ),
)
async def create_customer(body: CustomerIn, uow: Writes) -> CustomerOut:
    """Record a company with its addresses and the people one talks to there."""
    return CustomerOut.just_created(await service.create_customer(uow, body.customer()), uow.now)


@router.post("/bulk", permission=WRITE, max_body_bytes=BULK_BODY_BYTES)
async def create_customers(body: BulkIn[CustomerIn], uow: Writes) -> BulkOut:
    """Record up to 1000 companies, each on its own merits; a known reference is `unchanged`."""
    rows = body.good()
    outcomes = await service.import_customers(uow, [row.customer() for _, row in rows])
    results = [_result(index, outcome) for (index, _), outcome in zip(rows, outcomes, strict=True)]
    return BulkOut.of([*body.malformed(), *results])


def _result(index: int, outcome: service.Created | service.Existing | Refusal) -> BulkResult:
    if isinstance(outcome, service.Created):
        return kept(index, RowOutcome(outcome.id, created=True))
    if isinstance(outcome, service.Existing):
        return kept(index, RowOutcome(outcome.customer_id, created=False))
    return refused(index, outcome)


@router.get("", permission=READ)
async def customers(page: Annotated[Page, Depends(LISTING)], reads: Reads) -> PageOut[CustomerOut]:
    """Customers, the newest first; filter by tier, owner, country, reference, phone and more."""
    return PageOut.of(await page.fetch(reads, LISTING.select()), CustomerOut.of)


@router.get("/{customer_id}", permission=READ, refusals=(CustomerNotFound,))
async def customer(customer_id: UUID, reads: Reads) -> CustomerOut:
    """A customer with its addresses."""
    return CustomerOut.of(await queries.customer(reads, customer_id))


@router.patch(
    "/{customer_id}",
    permission=WRITE,
    refusals=(
        CustomerNotFound,
        TaxIdIsTaken,
        PhoneNumberIsImpossible,
        AddressKindIsRepeated,
        ParentNotFound,
        CustomerIsAboveItself,
        HierarchyIsTooDeep,
    ),
)
async def change_customer(
    customer_id: UUID, body: CustomerPatch, expected: IfMatch, uow: Writes
) -> CustomerOut:
    """Change a customer; `addresses` replaces them all. `active: false` stops selling to it."""
    return CustomerOut.of(await service.change_customer(uow, customer_id, expected, body.changes()))


@router.get("/{customer_id}/family", permission=READ, refusals=(CustomerNotFound,))
async def customer_family(customer_id: UUID, reads: Reads) -> FamilyOut:
    """The companies above a customer, and all below the topmost: how many, and who sees to them."""
    return FamilyOut.of(await queries.family(reads, customer_id))


@router.post(
    "/{customer_id}/tier",
    permission="crm.customers.change_tier",
    refusals=(CustomerNotFound,),
)
async def change_tier(
    customer_id: UUID, body: TierIn, expected: IfMatch, uow: Writes
) -> CustomerOut:
    """Move a customer to another tier. Prices depend on it, so it has a permission of its own."""
    return CustomerOut.of(
        await service.change_tier(uow, customer_id, expected, tier=body.tier, reason=body.reason)
    )


@router.get("/{customer_id}/contacts", permission=READ, refusals=(CustomerNotFound,))
async def contacts(customer_id: UUID, reads: Reads) -> ContactsOut:
    """The people at a customer, by name."""
    await queries.brief(reads, customer_id)
    return ContactsOut(
        items=[ContactOut.of(one) for one in await queries.contacts(reads, customer_id)]
    )


@router.post(
    "/{customer_id}/contacts",
    permission=WRITE,
    status_code=201,
    refusals=(
        CustomerNotFound,
        PhoneNumberIsImpossible,
        AddressKindIsRepeated,
        PrimaryContactIsTaken,
        RoleEndsBeforeItStarts,
    ),
)
async def add_contact(customer_id: UUID, body: ContactIn, uow: Writes) -> ContactOut:
    """Record a person at a customer."""
    return ContactOut.of(await service.add_contact(uow, customer_id, body.contact()))


@router.get("/{customer_id}/contacts/{contact_id}", permission=READ, refusals=(ContactNotFound,))
async def contact(customer_id: UUID, contact_id: UUID, reads: Reads) -> ContactOut:
    """A person at a customer."""
    return ContactOut.of(await queries.contact(reads, customer_id, contact_id))


@router.patch(
    "/{customer_id}/contacts/{contact_id}",
    permission=WRITE,
    refusals=(
        ContactNotFound,
        PhoneNumberIsImpossible,
        AddressKindIsRepeated,
        PrimaryContactIsTaken,
        RoleEndsBeforeItStarts,
    ),
)
async def change_contact(
    customer_id: UUID, contact_id: UUID, body: ContactPatch, expected: IfMatch, uow: Writes
) -> ContactOut:
    """Change a person's data; `addresses` replaces them all."""
    return ContactOut.of(
        await service.change_contact(uow, customer_id, contact_id, expected, body.changes())
    )


@router.get("/{customer_id}/consents", permission=READ, refusals=(CustomerNotFound,))
async def consents(customer_id: UUID, reads: Reads) -> ConsentsOut:
    """The consent ledger: every decision, with its source, and which of them hold."""
    await queries.brief(reads, customer_id)
    return ConsentsOut(
        items=[ConsentOut.of(one) for one in await queries.consent_ledger(reads, customer_id)]
    )


@router.post(
    "/{customer_id}/consents",
    permission=WRITE,
    status_code=201,
    refusals=(CustomerNotFound, ContactIsAnothers, ConsentLiesInTheFuture),
)
async def record_consent(customer_id: UUID, body: ConsentIn, uow: Writes) -> ConsentOut:
    """Record that somebody allowed or forbade a use of their data. Entries are never changed."""
    return ConsentOut.of(
        await service.record_consent(
            uow,
            customer_id,
            contact_id=body.contact_id,
            purpose=body.purpose,
            channel=body.channel,
            granted=body.granted,
            source=body.source,
            evidence=body.evidence,
            decided_at=body.decided_at,
        )
    )
