"""Topic `crm.opportunity`: what we hope to sell."""

from datetime import date
from typing import ClassVar
from uuid import UUID

from contracts.base import Event, MoneyV1


class OpportunityEvent(Event):
    """What all events of `crm.opportunity` carry."""

    topic: ClassVar[str] = "crm.opportunity"
    key_field: ClassVar[str] = "opportunity_id"

    opportunity_id: UUID
    customer_id: UUID
    name: str
    stage: str
    """The stage after this event, a word of the tenant's own pipeline."""
    amount: MoneyV1 | None = None
    """Expected value, not weighted by probability."""
    expected_close_on: date | None = None


class OpportunityOpenedV1(OpportunityEvent):
    """A chance to sell was recognised."""


class OpportunityStageChangedV1(OpportunityEvent):
    """The opportunity moved along, or back."""

    previous_stage: str


class OpportunityWonV1(OpportunityEvent):
    """The customer bought."""

    quote_id: UUID | None = None
    """The accepted quote, if one decided it."""


class OpportunityLostV1(OpportunityEvent):
    """The customer will not buy."""

    reason: str
