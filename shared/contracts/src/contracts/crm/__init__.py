"""What the front office announces."""

from contracts.crm.customer import (
    CustomerChangedV1,
    CustomerCreatedV1,
    CustomerEvent,
    CustomerStateV1,
    CustomerTierChangedV1,
)
from contracts.crm.interaction import InteractionEvent, InteractionLoggedV1
from contracts.crm.lead import (
    LeadCapturedV1,
    LeadConvertedV1,
    LeadEvent,
    LeadStatusChangedV1,
)
from contracts.crm.opportunity import (
    OpportunityEvent,
    OpportunityLostV1,
    OpportunityOpenedV1,
    OpportunityStageChangedV1,
    OpportunityWonV1,
)

__all__ = [
    "CustomerChangedV1",
    "CustomerCreatedV1",
    "CustomerEvent",
    "CustomerStateV1",
    "CustomerTierChangedV1",
    "InteractionEvent",
    "InteractionLoggedV1",
    "LeadCapturedV1",
    "LeadConvertedV1",
    "LeadEvent",
    "LeadStatusChangedV1",
    "OpportunityEvent",
    "OpportunityLostV1",
    "OpportunityOpenedV1",
    "OpportunityStageChangedV1",
    "OpportunityWonV1",
]
