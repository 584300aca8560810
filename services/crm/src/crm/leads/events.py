"""What the slice announces, as contract events."""

from contracts.crm import LeadCapturedV1, LeadConvertedV1, LeadStatusChangedV1
from crm.leads.models import Lead


def captured(lead: Lead) -> LeadCapturedV1:
    """Somebody who may become a customer was recorded."""
    return LeadCapturedV1(
        lead_id=lead.id,
        status=lead.status,
        source=lead.source,
        campaign=lead.campaign,
        owner=lead.owner,
    )


def status_changed(lead: Lead, previous: str) -> LeadStatusChangedV1:
    """The lead went on, back, or was given up."""
    return LeadStatusChangedV1(
        lead_id=lead.id,
        status=lead.status,
        source=lead.source,
        campaign=lead.campaign,
        owner=lead.owner,
        previous_status=previous,
        disqualification=lead.disqualification,
    )


def converted(lead: Lead) -> LeadConvertedV1:
    """The lead became a customer."""
    if lead.customer_id is None or lead.converted_at is None:
        raise ValueError(f"lead {lead.id} is not converted")
    return LeadConvertedV1(
        lead_id=lead.id,
        status=lead.status,
        source=lead.source,
        campaign=lead.campaign,
        owner=lead.owner,
        customer_id=lead.customer_id,
        person_id=lead.person_id,
        opportunity_id=lead.opportunity_id,
        converted_at=lead.converted_at,
    )
