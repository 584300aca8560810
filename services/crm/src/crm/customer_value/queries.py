"""Reads of the customer value slice."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from sqlalchemy import and_, select
from sqlalchemy.ext.asyncio import AsyncSession

from crm.customer_value.models import TierAssignment, ValueEstimate, ValuePolicy
from crm.customer_value.rules import Level
from crm.customers.queries import Customer

__all__ = [
    "Candidate",
    "TierAssignment",
    "assignment_of",
    "candidates",
    "estimates_of_customer",
    "levels_of",
    "policy",
]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A customer whose tier the policy may decide.

    `assigned` is the tier that it gave before, None if it never did; `value` is exact, in the
    policy's currency.
    """

    customer_id: UUID
    tier: str
    value: Decimal
    assigned: str | None


async def policy(session: AsyncSession) -> ValuePolicy | None:
    """The tenant's policy, if it has one."""
    return await session.scalar(select(ValuePolicy))


def levels_of(row: ValuePolicy) -> list[Level]:
    """The levels of a policy, the lowest first."""
    return [
        Level(each["tier"], Decimal(each["enter"]), Decimal(each["leave"])) for each in row.levels
    ]


async def candidates(session: AsyncSession, currency: str) -> Sequence[Candidate]:
    """Active customers who are ranked in a currency; one statement."""
    statement = (
        select(ValueEstimate.customer_id, Customer.tier, ValueEstimate.value, TierAssignment.tier)
        .join(
            Customer,
            and_(Customer.tenant == ValueEstimate.tenant, Customer.id == ValueEstimate.customer_id),
        )
        .outerjoin(
            TierAssignment,
            and_(
                TierAssignment.tenant == ValueEstimate.tenant,
                TierAssignment.customer_id == ValueEstimate.customer_id,
            ),
        )
        .where(ValueEstimate.currency == currency, ValueEstimate.ranked, Customer.active)
        .order_by(ValueEstimate.customer_id)
    )
    return [
        Candidate(customer_id, tier, value, assigned)
        for customer_id, tier, value, assigned in await session.execute(statement)
    ]


async def estimates_of_customer(
    session: AsyncSession, customer_id: UUID
) -> Sequence[ValueEstimate]:
    """What is expected of a customer, by currency."""
    return (
        await session.scalars(
            select(ValueEstimate)
            .where(ValueEstimate.customer_id == customer_id)
            .order_by(ValueEstimate.currency)
        )
    ).all()


async def assignment_of(session: AsyncSession, customer_id: UUID) -> TierAssignment | None:
    """The tier that the policy last gave a customer."""
    return await session.scalar(
        select(TierAssignment).where(TierAssignment.customer_id == customer_id)
    )
