"""What the slice announces, as contract events."""

from contracts import MoneyV1
from contracts.crm import (
    OpportunityLostV1,
    OpportunityOpenedV1,
    OpportunityStageChangedV1,
    OpportunityWonV1,
)
from crm.opportunities.models import Opportunity


def opened(opportunity: Opportunity) -> OpportunityOpenedV1:
    """A chance to sell was recognised."""
    return OpportunityOpenedV1(
        opportunity_id=opportunity.id,
        customer_id=opportunity.customer_id,
        name=opportunity.name,
        stage=opportunity.stage,
        amount=_amount(opportunity),
        expected_close_on=opportunity.expected_close_on,
    )


def stage_changed(opportunity: Opportunity, previous_stage: str) -> OpportunityStageChangedV1:
    """The opportunity moved along, back, or was reopened."""
    return OpportunityStageChangedV1(
        opportunity_id=opportunity.id,
        customer_id=opportunity.customer_id,
        name=opportunity.name,
        stage=opportunity.stage,
        amount=_amount(opportunity),
        expected_close_on=opportunity.expected_close_on,
        previous_stage=previous_stage,
    )


def won(opportunity: Opportunity) -> OpportunityWonV1:
    """The customer bought."""
    return OpportunityWonV1(
        opportunity_id=opportunity.id,
        customer_id=opportunity.customer_id,
        name=opportunity.name,
        stage=opportunity.stage,
        amount=_amount(opportunity),
        expected_close_on=opportunity.expected_close_on,
        quote_id=opportunity.won_quote_id,
    )


def lost(opportunity: Opportunity, reason: str) -> OpportunityLostV1:
    """The customer will not buy."""
    return OpportunityLostV1(
        opportunity_id=opportunity.id,
        customer_id=opportunity.customer_id,
        name=opportunity.name,
        stage=opportunity.stage,
        amount=_amount(opportunity),
        expected_close_on=opportunity.expected_close_on,
        reason=reason,
    )


def _amount(opportunity: Opportunity) -> MoneyV1 | None:
    if opportunity.amount is None or opportunity.currency is None:
        return None
    return MoneyV1(amount=opportunity.amount, currency=opportunity.currency)
