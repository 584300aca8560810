"""The probe: notes that people edit, postings that stay, and remarks on notes."""

from pathlib import Path
from typing import ClassVar
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, MetaData, UniqueConstraint
from sqlalchemy.orm import Mapped

from servicekit.errors import NotFound, RuleBroken
from servicekit.service import Service
from servicekit.tables import (
    NAMING,
    Identified,
    PostedAmount,
    ServiceBase,
    Versioned,
    minor_units_check,
)


class NoteNotFound(NotFound):
    code = "note-not-found"


class TitleIsTaken(RuleBroken):
    code = "title-is-taken"


class Base(ServiceBase):
    __abstract__ = True

    metadata = MetaData(naming_convention=NAMING)


class Note(Identified, Versioned, Base):
    """Something a person wrote down; its title is unique in the tenant."""

    __tablename__ = "probe_note"
    __table_args__ = (UniqueConstraint("tenant", "title"),)
    __missing__ = NoteNotFound
    __refusals__: ClassVar = {
        "uq_probe_note_tenant_title": lambda: TitleIsTaken("another note has this title")
    }

    title: Mapped[str]


class Remark(Identified, Base):
    """A remark on a note of the same tenant."""

    __tablename__ = "probe_remark"
    __table_args__ = (
        ForeignKeyConstraint(["tenant", "note_id"], ["probe_note.tenant", "probe_note.id"]),
    )

    note_id: Mapped[UUID]
    text: Mapped[str]


class Posting(Identified, Base):
    """An amount at its currency's minor units; it only ever grows in number."""

    __tablename__ = "probe_posting"
    __table_args__ = (CheckConstraint(minor_units_check("amount", "currency"), name="minor_units"),)

    amount: Mapped[PostedAmount]
    currency: Mapped[str]


service = Service(
    name="probe",
    title="Probe",
    version="0.0.0",
    base=Base,
    migrations=Path(__file__).parent / "migrations",
)
