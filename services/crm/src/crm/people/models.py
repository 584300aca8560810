"""Tables of the people slice."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, text
from sqlalchemy.orm import Mapped

from crm.people.rules import PersonNotFound
from crm.tables import Base
from servicekit.tables import Identified, Versioned


class Person(Identified, Versioned, Base):
    """A person, whichever companies they work for."""

    __tablename__ = "people_person"
    __missing__ = PersonNotFound
    __table_args__ = (
        CheckConstraint("jsonb_typeof(addresses) = 'array'", name="addresses"),
        Index("ix_people_person_created", "tenant", "created_at", "id"),
        Index("ix_people_person_name", "tenant", "name", "id"),
    )

    name: Mapped[str]
    language: Mapped[str | None]
    active: Mapped[bool]
    addresses: Mapped[list[Any]]


class Mail(Identified, Base):
    """A mail address of a person; of a role of theirs where `contact_id` names it.

    Those of roles are kept by a trigger on the contacts.
    """

    __tablename__ = "people_mail"
    __table_args__ = (
        ForeignKeyConstraint(["tenant", "person_id"], ["people_person.tenant", "people_person.id"]),
        ForeignKeyConstraint(
            ["tenant", "contact_id"], ["customers_contact.tenant", "customers_contact.id"]
        ),
        Index("ix_people_mail_address", "tenant", "address"),
        Index("ix_people_mail_person", "tenant", "person_id"),
        Index(
            "uq_people_mail_contact",
            "tenant",
            "contact_id",
            unique=True,
            postgresql_where=text("contact_id IS NOT NULL"),
        ),
        Index(
            "uq_people_mail_primary",
            "tenant",
            "person_id",
            unique=True,
            postgresql_where=text("is_primary"),
        ),
    )

    person_id: Mapped[UUID]
    contact_id: Mapped[UUID | None]
    address: Mapped[str]
    is_primary: Mapped[bool]


class Phone(Identified, Base):
    """A phone number (E.164) of a person; of a role of theirs where `contact_id` names it."""

    __tablename__ = "people_phone"
    __table_args__ = (
        ForeignKeyConstraint(["tenant", "person_id"], ["people_person.tenant", "people_person.id"]),
        ForeignKeyConstraint(
            ["tenant", "contact_id"], ["customers_contact.tenant", "customers_contact.id"]
        ),
        Index("ix_people_phone_number", "tenant", "number"),
        Index("ix_people_phone_person", "tenant", "person_id"),
        Index(
            "uq_people_phone_contact",
            "tenant",
            "contact_id",
            unique=True,
            postgresql_where=text("contact_id IS NOT NULL"),
        ),
        Index(
            "uq_people_phone_primary",
            "tenant",
            "person_id",
            unique=True,
            postgresql_where=text("is_primary"),
        ),
    )

    person_id: Mapped[UUID]
    contact_id: Mapped[UUID | None]
    number: Mapped[str]
    is_primary: Mapped[bool]


class PersonConsent(Identified, Base):
    """One decision of a person about a use of their data, at whichever company. Append-only."""

    __tablename__ = "people_consent_entry"
    __table_args__ = (
        ForeignKeyConstraint(["tenant", "person_id"], ["people_person.tenant", "people_person.id"]),
        CheckConstraint("channel IN ('email', 'phone', 'sms', 'post', 'any')", name="channel"),
        Index("ix_people_consent_entry_person", "tenant", "person_id", "decided_at", "id"),
    )

    person_id: Mapped[UUID]
    purpose: Mapped[str]
    channel: Mapped[str]
    granted: Mapped[bool]
    source: Mapped[str]
    evidence: Mapped[str | None]
    decided_at: Mapped[datetime]
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str]
