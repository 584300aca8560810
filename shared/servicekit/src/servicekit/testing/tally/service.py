"""The tally: every step of an opportunity, the sum of their amounts, the newest customers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import MetaData
from sqlalchemy.orm import Mapped, mapped_column

from contracts.crm.customer import CustomerChangedV1, CustomerCreatedV1, CustomerEvent
from contracts.crm.opportunity import (
    OpportunityLostV1,
    OpportunityOpenedV1,
    OpportunityStageChangedV1,
    OpportunityWonV1,
)
from servicekit.errors import RuleBroken
from servicekit.messaging import Received, Subscriptions
from servicekit.service import Service
from servicekit.tables import NAMING, Identified, ServiceBase, TenantRow
from servicekit.uow import UnitOfWork

TOPICS = ("crm.customer", "crm.opportunity")
POISON = "poison"
BROKEN = "broken"


class StepIsPoison(RuleBroken):
    """A step of this name cannot be counted, as long as the cure is not there."""

    code = "tally-step-is-poison"
    title = "This step cannot be counted"


class Base(ServiceBase):
    __abstract__ = True

    metadata = MetaData(naming_convention=NAMING)


class Step(Identified, Base):
    """One applied event; an event applied twice would be two rows."""

    __tablename__ = "tally_step"

    aggregate_id: Mapped[str]
    sequence: Mapped[int]
    name: Mapped[str]


class Total(TenantRow, Base):
    """What the steps of an aggregate add up to; `out_of_order` counts broken promises."""

    __tablename__ = "tally_total"

    aggregate_id: Mapped[str] = mapped_column(primary_key=True)
    steps: Mapped[int]
    sum: Mapped[int]
    last_sequence: Mapped[int]
    out_of_order: Mapped[int]


class Customer(TenantRow, Base):
    """The newest that was said of a customer."""

    __tablename__ = "tally_customer"

    customer_id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    sequence: Mapped[int]


steps = Subscriptions("tally.steps", rebuild=[Step, Total])
customers = Subscriptions("tally.customers", rebuild=[Customer])
poisoned = {POISON}

Opportunity = OpportunityOpenedV1 | OpportunityStageChangedV1 | OpportunityWonV1 | OpportunityLostV1


@steps.on(OpportunityOpenedV1, OpportunityStageChangedV1, OpportunityWonV1, OpportunityLostV1)
async def count_step(event: Opportunity, uow: UnitOfWork) -> None:
    """Add the step and its amount, and notice when it is not the next one."""
    cause = uow.cause
    assert cause is not None
    if event.name in poisoned:
        raise StepIsPoison(f"{event.name} is poison")
    if event.name == BROKEN:
        raise RuntimeError("a mistake of ours")
    await uow.connection.execute(
        "WITH step AS ("
        " INSERT INTO tally_step (tenant, id, aggregate_id, sequence, name)"
        " VALUES ($1, $2, $3, $4, $5))"
        " INSERT INTO tally_total AS t (tenant, aggregate_id, steps, sum, last_sequence,"
        " out_of_order) VALUES ($1, $3, 1, $6, $4, CASE WHEN $4 = 1 THEN 0 ELSE 1 END)"
        " ON CONFLICT (tenant, aggregate_id) DO UPDATE SET steps = t.steps + 1,"
        " sum = t.sum + excluded.sum, last_sequence = excluded.last_sequence, out_of_order ="
        " t.out_of_order + CASE WHEN excluded.last_sequence = t.last_sequence + 1 THEN 0"
        " ELSE 1 END",
        uow.tenant,
        uow.new_id(),
        cause.aggregate_id,
        cause.sequence,
        event.name,
        0 if event.amount is None else int(event.amount.amount),
    )


@customers.on_state(CustomerCreatedV1, CustomerChangedV1)
async def remember_customers(received: Sequence[Received[CustomerEvent]], uow: UnitOfWork) -> None:
    """Keep the newest state of each customer."""
    await uow.connection.execute(
        "INSERT INTO tally_customer (tenant, customer_id, name, sequence)"
        " SELECT $1, * FROM unnest($2::text[], $3::text[], $4::bigint[])"
        " ON CONFLICT (tenant, customer_id) DO UPDATE"
        " SET name = excluded.name, sequence = excluded.sequence",
        uow.tenant,
        [item.aggregate_id for item in received],
        [item.event.customer.name for item in received],
        [item.sequence for item in received],
    )


service = Service(
    name="tally",
    title="Tally",
    version="0.0.0",
    base=Base,
    subscriptions=[steps, customers],
    migrations=Path(__file__).parent / "migrations",
)
