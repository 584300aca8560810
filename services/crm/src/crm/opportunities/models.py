"""Tables of the opportunities slice."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKeyConstraint,
    Index,
    Numeric,
    SmallInteger,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from crm.opportunities.rules import OpportunityNotFound, OpportunityReferenceIsTaken
from crm.tables import Base, Refusals
from servicekit.tables import Identified, TenantRow, Versioned, minor_units_check


class StageRow(TenantRow, Base):
    """A stage of the tenant's pipeline. A tenant without rows uses the default pipeline."""

    __tablename__ = "opportunities_stage"
    __table_args__ = (CheckConstraint("kind IN ('open', 'won', 'lost')", name="kind"),)

    code: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    position: Mapped[int] = mapped_column(SmallInteger)
    kind: Mapped[str]
    next_stages: Mapped[list[Any] | None] = mapped_column(JSONB(none_as_null=True))


class Opportunity(Identified, Versioned, Base):
    """A chance to sell to a customer."""

    __tablename__ = "opportunities_opportunity"
    __missing__ = OpportunityNotFound
    __refusals__: ClassVar[Refusals] = {
        "uq_opportunities_opportunity_external_reference": lambda: OpportunityReferenceIsTaken(
            "Another opportunity has this external reference.", field="external_reference"
        ),
    }
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant", "customer_id"], ["customers_customer.tenant", "customers_customer.id"]
        ),
        Index(
            "uq_opportunities_opportunity_external_reference",
            "tenant",
            "external_reference",
            unique=True,
            postgresql_where=text("external_reference IS NOT NULL"),
        ),
        CheckConstraint("(amount IS NULL) = (currency IS NULL)", name="amount_has_currency"),
        CheckConstraint(
            f"amount IS NULL OR {minor_units_check('amount', 'currency')}",
            name="amount_minor_units",
        ),
        CheckConstraint("(closed_at IS NULL) = (stage_kind = 'open')", name="closed_when_decided"),
        CheckConstraint("stage_kind IN ('open', 'won', 'lost')", name="stage_kind"),
        Index("ix_opportunities_opportunity_created", "tenant", "created_at", "id"),
        Index("ix_opportunities_opportunity_updated", "tenant", "updated_at", "id"),
        Index("ix_opportunities_opportunity_name", "tenant", "name", "id"),
        Index("ix_opportunities_opportunity_close", "tenant", "expected_close_on", "id"),
        Index("ix_opportunities_opportunity_customer", "tenant", "customer_id", "created_at", "id"),
        Index("ix_opportunities_opportunity_stage", "tenant", "stage", "created_at", "id"),
        Index("ix_opportunities_opportunity_kind", "tenant", "stage_kind", "created_at", "id"),
        Index(
            "ix_opportunities_opportunity_owner",
            "tenant",
            "owner",
            "created_at",
            "id",
            postgresql_where=text("owner IS NOT NULL"),
        ),
    )

    customer_id: Mapped[UUID]
    name: Mapped[str]
    stage: Mapped[str]
    # What the stage meant when the opportunity came to it; a stage in use keeps its kind.
    stage_kind: Mapped[str]
    amount: Mapped[Decimal | None] = mapped_column(Numeric(20, 4))
    currency: Mapped[str | None]
    expected_close_on: Mapped[date | None]
    owner: Mapped[str | None]
    closed_at: Mapped[datetime | None]
    won_quote_id: Mapped[UUID | None]
    lost_reason: Mapped[str | None]
    external_reference: Mapped[str | None]


class StageChange(Identified, Base):
    """One step of an opportunity through the pipeline. Append-only."""

    __tablename__ = "opportunities_stage_change"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant", "opportunity_id"],
            ["opportunities_opportunity.tenant", "opportunities_opportunity.id"],
        ),
        Index("ix_opportunities_stage_change_opportunity", "tenant", "opportunity_id", "id"),
    )

    opportunity_id: Mapped[UUID]
    previous_stage: Mapped[str | None]
    stage: Mapped[str]
    stage_kind: Mapped[str]
    amount: Mapped[Decimal | None] = mapped_column(Numeric(20, 4))
    currency: Mapped[str | None]
    reason: Mapped[str | None]
    changed_at: Mapped[datetime]
    changed_by: Mapped[str]
    # The event that caused it, when a person of ours did not.
    source_event_id: Mapped[UUID | None]
