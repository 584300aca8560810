"""Facts for the tally to count, committed like those of any service."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

from contracts import MoneyV1
from contracts.crm.customer import CustomerChangedV1, CustomerCreatedV1, CustomerStateV1
from contracts.crm.opportunity import OpportunityOpenedV1, OpportunityStageChangedV1
from servicekit.database import Database
from servicekit.uow import Principal

CUSTOMER = UUID(int=1)


def opportunity_step(
    opportunity_id: UUID, number: int, name: str | None = None
) -> OpportunityOpenedV1 | OpportunityStageChangedV1:
    """The step with this number, from 1; its amount is the number."""
    amount = MoneyV1(amount=Decimal(number), currency="EUR")
    if number == 1:
        return OpportunityOpenedV1(
            opportunity_id=opportunity_id,
            customer_id=CUSTOMER,
            name=name or f"step {number}",
            stage="new",
            amount=amount,
        )
    return OpportunityStageChangedV1(
        opportunity_id=opportunity_id,
        customer_id=CUSTOMER,
        name=name or f"step {number}",
        stage="next",
        previous_stage="before",
        amount=amount,
    )


def customer_state(customer_id: UUID, number: int) -> CustomerCreatedV1 | CustomerChangedV1:
    """The customer's state number `number`, from 1."""
    state = CustomerStateV1(
        customer_id=customer_id, number="C1", name=f"name {number}", tier="gold"
    )
    kind = CustomerCreatedV1 if number == 1 else CustomerChangedV1
    return kind(customer_id=customer_id, customer=state)


async def publish(
    database: Database, tenant: str, *events: object, correlation_id: str | None = None
) -> None:
    """Commit events in one transaction."""
    principal = Principal.of_service("tally", tenant)
    async with database.unit_of_work(principal, correlation_id) as uow:
        for event in events:
            uow.publish(event)  # type: ignore[arg-type]
