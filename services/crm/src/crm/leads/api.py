"""Addresses of the leads slice."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends

from crm.customers.queries import CustomerNotFound
from crm.customers.service import PhoneNumberIsImpossible
from crm.leads import queries, service
from crm.leads.models import Lead
from crm.leads.rules import (
    Disqualification,
    DisqualificationNeedsReason,
    LeadHasNobody,
    LeadHasNoCompany,
    LeadHasNoPerson,
    LeadIsConverted,
    LeadIsDisqualified,
    LeadNotFound,
    LeadReferenceIsTaken,
    LeadStatus,
    LeadStatusDoesNotFollow,
)
from crm.leads.schemas import (
    LeadConversionIn,
    LeadHistoryOut,
    LeadIn,
    LeadOut,
    LeadPatch,
    LeadStatusIn,
)
from crm.opportunities.service import AmountIsFinerThanItsCurrency, CustomerIsInactive
from crm.people.service import PersonNotFound
from servicekit.http import IfMatch, Listing, Page, PageOut, Reads, SliceRouter, Writes, choice

router = SliceRouter(prefix="/v1/leads", tags=["leads"])

READ, WRITE, CONVERT = "crm.leads.read", "crm.leads.write", "crm.leads.convert"

LISTING = Listing(
    Lead,
    sorts={"created_at": Lead.created_at, "updated_at": Lead.updated_at},
    filters={
        "status": choice(Lead.status, tuple(status.value for status in LeadStatus)),
        "disqualification": choice(
            Lead.disqualification, tuple(reason.value for reason in Disqualification)
        ),
        "owner": Lead.owner,
        "source": Lead.source,
        "campaign": Lead.campaign,
        "email": Lead.email,
        "phone": Lead.phone,
        "external_reference": Lead.external_reference,
        "customer_id": Lead.customer_id,
        "person_id": Lead.person_id,
        "opportunity_id": Lead.opportunity_id,
        "created_at": Lead.created_at,
        "updated_at": Lead.updated_at,
    },
    default_sort="-created_at",
)


@router.post(
    "",
    permission=WRITE,
    status_code=201,
    refusals=(LeadHasNobody, PhoneNumberIsImpossible, LeadReferenceIsTaken),
)
async def capture_lead(body: LeadIn, uow: Writes) -> LeadOut:
    """Record somebody who may become a customer. Without `owner` it is yours."""
    return LeadOut.of(await service.capture_lead(uow, body.lead()))


@router.get("", permission=READ)
async def list_leads(page: Annotated[Page, Depends(LISTING)], reads: Reads) -> PageOut[LeadOut]:
    """Leads, the newest first; filter by status, owner, source, and by what they became."""
    return PageOut.of(await page.fetch(reads, LISTING.select()), LeadOut.of)


@router.get("/{lead_id}", permission=READ, refusals=(LeadNotFound,))
async def get_lead(lead_id: UUID, reads: Reads) -> LeadOut:
    """A lead, and what it became."""
    return LeadOut.of(await reads.get(Lead, lead_id))


@router.patch(
    "/{lead_id}",
    permission=WRITE,
    refusals=(
        LeadNotFound,
        LeadIsConverted,
        LeadHasNobody,
        PhoneNumberIsImpossible,
        LeadReferenceIsTaken,
    ),
)
async def change_lead(lead_id: UUID, body: LeadPatch, expected: IfMatch, uow: Writes) -> LeadOut:
    """Change what is known of a lead."""
    return LeadOut.of(await service.change_lead(uow, lead_id, expected, body.changes()))


@router.post(
    "/{lead_id}/status",
    permission=WRITE,
    refusals=(
        LeadNotFound,
        LeadIsConverted,
        LeadStatusDoesNotFollow,
        DisqualificationNeedsReason,
    ),
)
async def move_lead(lead_id: UUID, body: LeadStatusIn, expected: IfMatch, uow: Writes) -> LeadOut:
    """Work on a lead, qualify it, give it up for a reason, or take it up again."""
    lead = await service.move_lead(
        uow,
        lead_id,
        expected,
        status=body.status,
        disqualification=body.disqualification,
        reason=body.reason,
    )
    return LeadOut.of(lead)


@router.post(
    "/{lead_id}/conversion",
    permission=CONVERT,
    refusals=(
        LeadNotFound,
        LeadIsDisqualified,
        LeadHasNoCompany,
        LeadHasNoPerson,
        CustomerNotFound,
        CustomerIsInactive,
        PersonNotFound,
        PhoneNumberIsImpossible,
        AmountIsFinerThanItsCurrency,
    ),
)
async def convert_lead(lead_id: UUID, body: LeadConversionIn, uow: Writes) -> LeadOut:
    """Make a customer, a person and an opportunity of a lead, all or nothing, and once.

    A lead that is converted already is answered as it is, and nothing is made.
    """
    return LeadOut.of(await service.convert_lead(uow, lead_id, body.conversion()))


@router.get("/{lead_id}/history", permission=READ, refusals=(LeadNotFound,))
async def lead_history(lead_id: UUID, reads: Reads) -> LeadHistoryOut:
    """Every step of a lead: who, when, why, and how long it stood there."""
    await reads.get(Lead, lead_id)
    return LeadHistoryOut.of(await queries.history(reads, lead_id))
