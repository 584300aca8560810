"""Tables of the customers slice."""

from datetime import date, datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKeyConstraint,
    Index,
    UniqueConstraint,
    false,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.schema import FetchedValue

from crm.customers.rules import (
    ContactNotFound,
    CustomerIsAboveItself,
    CustomerNotFound,
    ExternalReferenceIsTaken,
    HierarchyIsTooDeep,
    ParentNotFound,
    PrimaryContactIsTaken,
    RoleEndsBeforeItStarts,
    TaxIdIsTaken,
)
from crm.tables import Base, Refusals
from servicekit.tables import Identified, Versioned

CONSENT_CHANNELS = ("email", "phone", "sms", "post", "any")


def _one_of(column: str, values: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(value) for value in values)})"


class Customer(Identified, Versioned, Base):
    """A company that buys, or may."""

    __tablename__ = "customers_customer"
    __missing__ = CustomerNotFound
    __refusals__: ClassVar[Refusals] = {
        "uq_customers_customer_tax_id": lambda: TaxIdIsTaken(
            "Another customer has this tax id.", field="tax_id"
        ),
        "uq_customers_customer_external_reference": lambda: ExternalReferenceIsTaken(
            "Another customer has this external reference.", field="external_reference"
        ),
        "fk_customers_customer_tenant_parent_id": lambda: ParentNotFound(
            "There is no such customer.", field="parent_id"
        ),
        "customers_stand_in_a_tree": lambda: CustomerIsAboveItself(
            "The parent is the customer itself, or belongs to it.", field="parent_id"
        ),
        "customers_stand_in_ten_levels": lambda: HierarchyIsTooDeep(
            "With this parent there would be more than ten levels.", field="parent_id"
        ),
    }
    __table_args__ = (
        UniqueConstraint("tenant", "number", name="uq_customers_customer_number"),
        CheckConstraint("jsonb_typeof(addresses) = 'array'", name="addresses"),
        # That there is no circle, and ten levels at most, a trigger watches.
        ForeignKeyConstraint(
            ["tenant", "parent_id"], ["customers_customer.tenant", "customers_customer.id"]
        ),
        Index(
            "ix_customers_customer_parent",
            "tenant",
            "parent_id",
            "created_at",
            "id",
            postgresql_where=text("parent_id IS NOT NULL"),
        ),
        Index(
            "uq_customers_customer_tax_id",
            "tenant",
            "tax_id",
            unique=True,
            postgresql_where=text("tax_id IS NOT NULL"),
        ),
        Index(
            "uq_customers_customer_external_reference",
            "tenant",
            "external_reference",
            unique=True,
            postgresql_where=text("external_reference IS NOT NULL"),
        ),
        # One index per sort, and one per filter with the default sort behind it.
        Index("ix_customers_customer_created", "tenant", "created_at", "id"),
        Index("ix_customers_customer_updated", "tenant", "updated_at", "id"),
        Index("ix_customers_customer_name", "tenant", "name", "id"),
        Index("ix_customers_customer_tier", "tenant", "tier", "created_at", "id"),
        Index(
            "ix_customers_customer_owner",
            "tenant",
            "owner",
            "created_at",
            "id",
            postgresql_where=text("owner IS NOT NULL"),
        ),
        Index("ix_customers_customer_country", "tenant", "country", "created_at", "id"),
        Index(
            "ix_customers_customer_inactive",
            "tenant",
            "created_at",
            "id",
            postgresql_where=text("NOT active"),
        ),
        Index(
            "ix_customers_customer_phone",
            "tenant",
            "phone",
            postgresql_where=text("phone IS NOT NULL"),
        ),
        Index(
            "ix_customers_customer_email",
            "tenant",
            "email",
            postgresql_where=text("email IS NOT NULL"),
        ),
    )

    # Handed out by customers_next_number() in the INSERT itself (docs/decisions/0060).
    number: Mapped[str] = mapped_column(server_default=FetchedValue())
    name: Mapped[str]
    tier: Mapped[str]
    owner: Mapped[str | None]
    country: Mapped[str | None]
    tax_id: Mapped[str | None]
    currency: Mapped[str | None]
    email: Mapped[str | None]
    phone: Mapped[str | None]
    active: Mapped[bool]
    external_reference: Mapped[str | None]
    parent_id: Mapped[UUID | None]
    # Values without an identity of their own, in their order (docs/decisions/0061).
    addresses: Mapped[list[Any]]


class Contact(Identified, Versioned, Base):
    """A person we talk to at a customer: one role of theirs."""

    __tablename__ = "customers_contact"
    __missing__ = ContactNotFound
    __refusals__: ClassVar[Refusals] = {
        "uq_customers_contact_primary": lambda: PrimaryContactIsTaken(
            "Another contact is primary.", field="is_primary"
        ),
        "ck_customers_contact_ends_after_it_starts": lambda: RoleEndsBeforeItStarts(
            "The role ends before it starts.", field="ends_on"
        ),
    }
    __table_args__ = (
        ForeignKeyConstraint(["tenant", "person_id"], ["people_person.tenant", "people_person.id"]),
        CheckConstraint("person_id IS NOT NULL", name="has_a_person"),
        CheckConstraint("ends_on >= starts_on", name="ends_after_it_starts"),
        Index("ix_customers_contact_person", "tenant", "person_id"),
        Index(
            "uq_customers_contact_primary",
            "tenant",
            "customer_id",
            unique=True,
            postgresql_where=text("is_primary"),
        ),
        ForeignKeyConstraint(
            ["tenant", "customer_id"], ["customers_customer.tenant", "customers_customer.id"]
        ),
        CheckConstraint("jsonb_typeof(addresses) = 'array'", name="addresses"),
        # Interactions and consents name a contact together with its customer.
        UniqueConstraint("tenant", "customer_id", "id", name="uq_customers_contact_customer"),
    )

    customer_id: Mapped[UUID]
    # A trigger makes a person of the contact's own id where none is named.
    person_id: Mapped[UUID | None] = mapped_column(server_default=FetchedValue())
    # The person's; triggers keep them alike in all of the person's roles.
    name: Mapped[str]
    job_title: Mapped[str | None]
    email: Mapped[str | None]
    phone: Mapped[str | None]
    language: Mapped[str | None]
    role: Mapped[str | None]
    starts_on: Mapped[date | None]
    ends_on: Mapped[date | None]
    is_primary: Mapped[bool] = mapped_column(server_default=false())
    active: Mapped[bool]
    addresses: Mapped[list[Any]]


class ConsentEntry(Identified, Base):
    """One decision of a person about a use of their data. Append-only."""

    __tablename__ = "customers_consent_entry"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant", "customer_id"], ["customers_customer.tenant", "customers_customer.id"]
        ),
        ForeignKeyConstraint(
            ["tenant", "customer_id", "contact_id"],
            ["customers_contact.tenant", "customers_contact.customer_id", "customers_contact.id"],
        ),
        CheckConstraint(_one_of("channel", CONSENT_CHANNELS), name="channel"),
        Index("ix_customers_consent_entry_customer", "tenant", "customer_id", "decided_at", "id"),
    )

    customer_id: Mapped[UUID]
    contact_id: Mapped[UUID | None]
    purpose: Mapped[str]
    channel: Mapped[str]
    granted: Mapped[bool]
    source: Mapped[str]
    evidence: Mapped[str | None]
    decided_at: Mapped[datetime]
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str]
