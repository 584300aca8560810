"""Tables of the customer value slice."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, Numeric, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from crm.customer_value.rules import ValuePolicyNotFound
from crm.tables import Base
from servicekit.tables import Identified, TenantRow, Versioned

Parameter = Numeric(24, 10)
Share = Numeric(7, 6)
Count = Numeric(14, 4)


class ValuePolicy(Identified, Versioned, Base):
    """How values are counted and which tier they give; a tenant has one at most."""

    __tablename__ = "customer_value_policy"
    __missing__ = ValuePolicyNotFound
    __table_args__ = (
        Index("uq_customer_value_policy_tenant", "tenant", unique=True),
        CheckConstraint("years BETWEEN 1 AND 10", name="years"),
        CheckConstraint("margin > 0 AND margin <= 1", name="margin"),
        CheckConstraint("discount BETWEEN 0 AND 1", name="discount"),
        CheckConstraint("pipeline_share BETWEEN 0 AND 1", name="pipeline_share"),
    )

    currency: Mapped[str]
    levels: Mapped[list[Any]]
    years: Mapped[int] = mapped_column(SmallInteger)
    margin: Mapped[Decimal] = mapped_column(Share)
    discount: Mapped[Decimal] = mapped_column(Share)
    pipeline_share: Mapped[Decimal] = mapped_column(Share)
    overrides_hand: Mapped[bool]


class ValueModel(Identified, Base):
    """A fit of how customers buy in a currency. Append-only."""

    __tablename__ = "customer_value_model"
    __table_args__ = (Index("ix_customer_value_model_fitted", "tenant", "fitted_at", "id"),)

    currency: Mapped[str]
    until: Mapped[date]
    fitted_at: Mapped[datetime]
    r: Mapped[Decimal] = mapped_column(Parameter)
    alpha: Mapped[Decimal] = mapped_column(Parameter)
    a: Mapped[Decimal] = mapped_column(Parameter)
    b: Mapped[Decimal] = mapped_column(Parameter)
    p: Mapped[Decimal] = mapped_column(Parameter)
    q: Mapped[Decimal] = mapped_column(Parameter)
    v: Mapped[Decimal] = mapped_column(Parameter)
    customers: Mapped[int]
    repeating: Mapped[int]
    held_back_from: Mapped[date | None]
    held_back_customers: Mapped[int | None]
    held_back_actual: Mapped[int | None]
    held_back_foretold: Mapped[Decimal | None] = mapped_column(Count)
    held_back_error: Mapped[Decimal | None] = mapped_column(Count)


class ValueEstimate(TenantRow, Base):
    """What is expected of a customer in a currency, by the newest model."""

    __tablename__ = "customer_value_estimate"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant", "model_id"], ["customer_value_model.tenant", "customer_value_model.id"]
        ),
        CheckConstraint("alive BETWEEN 0 AND 1", name="alive"),
        CheckConstraint("ranked = (repeats > 0)", name="ranked_when_repeated"),
        Index("ix_customer_value_estimate_value", "tenant", "currency", "value", "customer_id"),
    )

    customer_id: Mapped[UUID] = mapped_column(primary_key=True)
    currency: Mapped[str] = mapped_column(primary_key=True)
    model_id: Mapped[UUID]
    until: Mapped[date]
    repeats: Mapped[int]
    last_days: Mapped[int]
    known_days: Mapped[int]
    alive: Mapped[Decimal] = mapped_column(Share)
    purchases_a_year: Mapped[Decimal] = mapped_column(Count)
    mean_purchase: Mapped[Decimal] = mapped_column(Numeric(20, 4))
    value: Mapped[Decimal] = mapped_column(Numeric(20, 4))
    ranked: Mapped[bool]


class TierAssignment(TenantRow, Base):
    """The tier that the policy last gave a customer, and why."""

    __tablename__ = "customer_value_assignment"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant", "customer_id"], ["customers_customer.tenant", "customers_customer.id"]
        ),
    )

    customer_id: Mapped[UUID] = mapped_column(primary_key=True)
    tier: Mapped[str]
    value: Mapped[Decimal] = mapped_column(Numeric(20, 4))
    potential: Mapped[Decimal] = mapped_column(Numeric(20, 4))
    currency: Mapped[str]
    reason: Mapped[str]
    assigned_at: Mapped[datetime]
