"""Topic `crm.lead`: who may become a customer. Names and addresses stay in the CRM."""

from datetime import datetime
from typing import Annotated, ClassVar
from uuid import UUID

from contracts.base import Event, Known


class LeadEvent(Event):
    """What all events of `crm.lead` carry."""

    topic: ClassVar[str] = "crm.lead"
    key_field: ClassVar[str] = "lead_id"

    lead_id: UUID
    status: Annotated[str, Known("new", "working", "qualified", "converted", "disqualified")]
    """The status after this event."""
    source: str
    """Where it came from, a word of the tenant's."""
    campaign: str | None = None
    owner: str
    """Whose it is: the subject of their access token."""


class LeadCapturedV1(LeadEvent):
    """Somebody who may become a customer was recorded."""


class LeadStatusChangedV1(LeadEvent):
    """The lead went on, back, or was given up."""

    previous_status: str
    disqualification: (
        Annotated[
            str,
            Known("no-interest", "no-budget", "no-fit", "unreachable", "duplicate", "other"),
        ]
        | None
    ) = None
    """Why nobody works on it any more."""


class LeadConvertedV1(LeadEvent):
    """The lead became a customer; an opportunity, where one was opened."""

    customer_id: UUID
    person_id: UUID | None = None
    opportunity_id: UUID | None = None
    converted_at: datetime
