"""Tables of the leads slice. Triggers stand in the migration that creates them."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, text
from sqlalchemy.orm import Mapped

from crm.leads.rules import LeadNotFound, LeadReferenceIsTaken
from crm.tables import Base, Refusals
from servicekit.tables import Identified, Versioned


class Lead(Identified, Versioned, Base):
    """Somebody who may become a customer, and what they were converted into.

    Once converted nothing of it changes: a trigger holds that.
    """

    __tablename__ = "leads_lead"
    __missing__ = LeadNotFound
    __refusals__: ClassVar[Refusals] = {
        "uq_leads_lead_external_reference": lambda: LeadReferenceIsTaken(
            "Another lead has this external reference.", field="external_reference"
        ),
    }
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant", "customer_id"], ["customers_customer.tenant", "customers_customer.id"]
        ),
        ForeignKeyConstraint(["tenant", "person_id"], ["people_person.tenant", "people_person.id"]),
        ForeignKeyConstraint(
            ["tenant", "opportunity_id"],
            ["opportunities_opportunity.tenant", "opportunities_opportunity.id"],
        ),
        CheckConstraint("name IS NOT NULL OR company_name IS NOT NULL", name="somebody"),
        CheckConstraint(
            "status IN ('new', 'working', 'qualified', 'converted', 'disqualified')",
            name="status",
        ),
        CheckConstraint(
            "(status = 'converted') = (converted_at IS NOT NULL)"
            " AND (status = 'converted') = (customer_id IS NOT NULL)"
            " AND (converted_at IS NULL) = (converted_by IS NULL)"
            " AND (status = 'converted' OR person_id IS NULL AND opportunity_id IS NULL)",
            name="converted",
        ),
        CheckConstraint(
            "(status = 'disqualified') = (disqualification IS NOT NULL)", name="disqualified"
        ),
        CheckConstraint(
            "disqualification IN ('no-interest', 'no-budget', 'no-fit', 'unreachable',"
            " 'duplicate', 'other')",
            name="disqualification",
        ),
        Index(
            "uq_leads_lead_external_reference",
            "tenant",
            "external_reference",
            unique=True,
            postgresql_where=text("external_reference IS NOT NULL"),
        ),
        Index("ix_leads_lead_created", "tenant", "created_at", "id"),
        Index("ix_leads_lead_updated", "tenant", "updated_at", "id"),
        Index("ix_leads_lead_status", "tenant", "status", "created_at", "id"),
        Index("ix_leads_lead_owner", "tenant", "owner", "created_at", "id"),
        Index("ix_leads_lead_email", "tenant", "email"),
        Index("ix_leads_lead_phone", "tenant", "phone"),
        Index(
            "ix_leads_lead_customer",
            "tenant",
            "customer_id",
            postgresql_where=text("customer_id IS NOT NULL"),
        ),
        Index(
            "ix_leads_lead_opportunity",
            "tenant",
            "opportunity_id",
            postgresql_where=text("opportunity_id IS NOT NULL"),
        ),
    )

    name: Mapped[str | None]
    company_name: Mapped[str | None]
    job_title: Mapped[str | None]
    email: Mapped[str | None]
    phone: Mapped[str | None]
    country: Mapped[str | None]
    source: Mapped[str]
    campaign: Mapped[str | None]
    interest: Mapped[str | None]
    owner: Mapped[str]
    status: Mapped[str]
    disqualification: Mapped[str | None]
    external_reference: Mapped[str | None]
    customer_id: Mapped[UUID | None]
    person_id: Mapped[UUID | None]
    opportunity_id: Mapped[UUID | None]
    converted_at: Mapped[datetime | None]
    converted_by: Mapped[str | None]


class LeadStep(Identified, Base):
    """One step of a lead through its states; append-only."""

    __tablename__ = "leads_step"
    __table_args__ = (
        ForeignKeyConstraint(["tenant", "lead_id"], ["leads_lead.tenant", "leads_lead.id"]),
        Index("ix_leads_step_lead", "tenant", "lead_id", "id"),
    )

    lead_id: Mapped[UUID]
    previous_status: Mapped[str | None]
    status: Mapped[str]
    disqualification: Mapped[str | None]
    reason: Mapped[str | None]
    changed_at: Mapped[datetime]
    changed_by: Mapped[str]
