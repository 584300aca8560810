"""Use cases of the leads slice: load, decide, record, announce. None of them commits."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from crm.customers import queries as customer_queries
from crm.customers import service as customers
from crm.leads import events, queries
from crm.leads.models import Lead, LeadStep
from crm.leads.rules import (
    Chance,
    Conversion,
    Disqualification,
    LeadHasNoCompany,
    LeadHasNoPerson,
    LeadIsConverted,
    LeadIsDisqualified,
    LeadStatus,
    NewLead,
    check_move,
    check_somebody,
)
from crm.opportunities import service as opportunities
from crm.people import service as people
from servicekit.uow import UnitOfWork

__all__ = [
    "Chance",
    "Conversion",
    "Disqualification",
    "LeadStatus",
    "NewLead",
    "capture_lead",
    "change_lead",
    "convert_lead",
    "move_lead",
]


async def capture_lead(uow: UnitOfWork, new: NewLead) -> Lead:
    """Record somebody who may become a customer, and announce it.

    Raises LeadHasNobody, PhoneNumberIsImpossible or LeadReferenceIsTaken.
    """
    check_somebody(new.name, new.company_name)
    lead = Lead(
        id=uow.new_id(),
        name=new.name,
        company_name=new.company_name,
        job_title=new.job_title,
        email=new.email,
        phone=None if new.phone is None else customers.e164(new.phone, new.country),
        country=new.country,
        source=new.source,
        campaign=new.campaign,
        interest=new.interest,
        owner=new.owner or uow.principal.subject,
        status=LeadStatus.NEW.value,
        external_reference=new.external_reference,
    )
    uow.add(lead, _step(uow, lead, None, None))
    await uow.flush()
    uow.publish(events.captured(lead))
    uow.audit("crm.leads.capture", "lead", lead.id, {"source": lead.source})
    return lead


async def change_lead(
    uow: UnitOfWork, lead_id: UUID, expected: int, changes: Mapping[str, Any]
) -> Lead:
    """Change what `changes` names: attributes of `NewLead`. The status has a command of its own.

    Raises LeadNotFound, Stale, LeadIsConverted, LeadHasNobody, PhoneNumberIsImpossible or
    LeadReferenceIsTaken.
    """
    lead = await uow.lock(Lead, lead_id, expected)
    if lead.status == LeadStatus.CONVERTED:
        raise LeadIsConverted("It was converted.")
    wanted = dict(changes)
    if wanted.get("phone") is not None:
        country = wanted.get("country", lead.country)
        wanted["phone"] = customers.e164(wanted["phone"], country)
    check_somebody(wanted.get("name", lead.name), wanted.get("company_name", lead.company_name))
    changed = sorted(name for name, value in wanted.items() if getattr(lead, name) != value)
    if changed:
        for name in changed:
            setattr(lead, name, wanted[name])
        await uow.flush()
        uow.audit("crm.leads.change", "lead", lead_id, {"changed": changed})
    return lead


async def move_lead(
    uow: UnitOfWork,
    lead_id: UUID,
    expected: int,
    *,
    status: LeadStatus,
    disqualification: Disqualification | None,
    reason: str | None,
) -> Lead:
    """Move a lead to another state; the one that it has changes nothing.

    Raises LeadNotFound, Stale, LeadIsConverted, LeadStatusDoesNotFollow or
    DisqualificationNeedsReason.
    """
    lead = await uow.lock(Lead, lead_id, expected)
    previous = LeadStatus(lead.status)
    if status is previous:
        return lead
    check_move(previous, status, disqualification, reason)
    lead.status = status.value
    lead.disqualification = (
        disqualification.value
        if status is LeadStatus.DISQUALIFIED and disqualification is not None
        else None
    )
    uow.add(_step(uow, lead, previous.value, reason))
    await uow.flush()
    uow.publish(events.status_changed(lead, previous.value))
    uow.audit("crm.leads.move", "lead", lead_id, {"from": previous.value, "to": lead.status})
    return lead


async def convert_lead(uow: UnitOfWork, lead_id: UUID, wanted: Conversion) -> Lead:
    """Make a customer of a lead, with a person and an opportunity, in one transaction.

    Once: whoever converts a converted lead is told what it became, whatever they wanted, and
    nothing is made. Two at once wait for each other. Raises LeadNotFound, LeadIsDisqualified,
    LeadHasNoCompany, LeadHasNoPerson, CustomerNotFound, PersonNotFound, and what making a
    customer, a person, a role and an opportunity raises.
    """
    lead = await uow.lock(Lead, lead_id)
    if lead.status == LeadStatus.CONVERTED:
        return lead
    if lead.status == LeadStatus.DISQUALIFIED:
        raise LeadIsDisqualified(f"It was given up: {lead.disqualification}.")
    customer_id = await _customer(uow, lead, wanted)
    person_id = await _person(uow, lead, wanted, customer_id) if wanted.with_person else None
    opportunity_id = None
    if wanted.chance is not None:
        opportunity = await opportunities.open_opportunity(
            uow,
            opportunities.NewOpportunity(
                customer_id=customer_id,
                name=wanted.chance.name,
                amount=wanted.chance.amount,
                expected_close_on=wanted.chance.expected_close_on,
                owner=lead.owner,
            ),
        )
        opportunity_id = opportunity.id
    previous = lead.status
    lead.status = LeadStatus.CONVERTED.value
    lead.customer_id, lead.person_id = customer_id, person_id
    lead.opportunity_id = opportunity_id
    lead.converted_at, lead.converted_by = uow.now, uow.principal.subject
    uow.add(_step(uow, lead, previous, None))
    await uow.flush()
    uow.publish(events.converted(lead))
    uow.audit(
        "crm.leads.convert",
        "lead",
        lead_id,
        {
            "customer_id": str(customer_id),
            "person_id": None if person_id is None else str(person_id),
            "opportunity_id": None if opportunity_id is None else str(opportunity_id),
        },
    )
    return lead


async def _customer(uow: UnitOfWork, lead: Lead, wanted: Conversion) -> UUID:
    if wanted.customer_id is not None:
        return (await customer_queries.brief(uow, wanted.customer_id, lock=True)).id
    name = wanted.company_name or lead.company_name
    if name is None:
        raise LeadHasNoCompany("No company is named.", field="company_name")
    made = await customers.create_customer(
        uow,
        customers.NewCustomer(
            name=name,
            owner=lead.owner,
            country=lead.country,
            email=lead.email,
            phone=lead.phone,
        ),
    )
    return made.id


async def _person(uow: UnitOfWork, lead: Lead, wanted: Conversion, customer_id: UUID) -> UUID:
    person_id = wanted.person_id
    name = wanted.name or lead.name
    if person_id is None:
        if name is None:
            raise LeadHasNoPerson("No person is named.", field="name")
        person_id = await people.create_person(uow, people.NewPerson(name=name))
    elif await queries.is_at(uow, person_id, customer_id):
        return person_id
    await people.add_role(
        uow,
        person_id,
        customer_id,
        customers.NewContact(
            name=name or "",
            job_title=lead.job_title,
            email=lead.email,
            phone=lead.phone,
            role=wanted.role,
        ),
    )
    return person_id


def _step(uow: UnitOfWork, lead: Lead, previous: str | None, reason: str | None) -> LeadStep:
    return LeadStep(
        id=uow.new_id(),
        lead_id=lead.id,
        previous_status=previous,
        status=lead.status,
        disqualification=lead.disqualification,
        reason=reason,
        changed_at=uow.now,
        changed_by=uow.principal.subject,
    )
