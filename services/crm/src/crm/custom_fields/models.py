"""Tables of the custom fields slice."""

from datetime import date
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from crm.custom_fields.rules import KINDS, RECORD_TYPES, FieldCodeIsTaken, FieldNotFound
from crm.tables import Base, Refusals
from servicekit.tables import Amount, Identified, TenantRow, Versioned


def _one_of(column: str, values: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(value) for value in values)})"


class Definition(Identified, Versioned, Base):
    """A field that a tenant's records of a type have."""

    __tablename__ = "custom_fields_definition"
    __missing__ = FieldNotFound
    __refusals__: ClassVar[Refusals] = {
        "uq_custom_fields_definition_code": lambda: FieldCodeIsTaken(
            "Another field of this record type has the code.", field="code"
        ),
    }
    __table_args__ = (
        CheckConstraint(_one_of("record_type", RECORD_TYPES), name="record_type"),
        CheckConstraint(_one_of("kind", KINDS), name="kind"),
        CheckConstraint("(kind = 'choice') = (jsonb_array_length(choices) > 0)", name="choices"),
        Index("uq_custom_fields_definition_code", "tenant", "record_type", "code", unique=True),
    )

    record_type: Mapped[str]
    code: Mapped[str]
    label: Mapped[str]
    kind: Mapped[str]
    required: Mapped[bool]
    choices: Mapped[list[Any]]
    least: Mapped[Amount | None]
    most: Mapped[Amount | None]
    active: Mapped[bool]


class RecordFields(Identified, Versioned, Base):
    """The values of a record, by code; its id is the record's."""

    __tablename__ = "custom_fields_record"
    __table_args__ = (
        CheckConstraint(_one_of("record_type", RECORD_TYPES), name="record_type"),
        CheckConstraint("jsonb_typeof(\"values\") = 'object'", name="values"),
    )

    record_type: Mapped[str]
    values: Mapped[dict[str, Any]]


def _by(kind: str) -> Index:
    return Index(
        f"ix_custom_fields_value_{kind}",
        "tenant",
        "record_type",
        "code",
        f"{kind}_value",
        "record_id",
        postgresql_where=text(f"{kind}_value IS NOT NULL"),
    )


class FieldValue(TenantRow, Base):
    """A value as it is filtered by."""

    __tablename__ = "custom_fields_value"
    __table_args__ = (
        CheckConstraint(
            "num_nonnulls(text_value, number_value, day_value) >= 1", name="says_something"
        ),
        ForeignKeyConstraint(
            ["tenant", "record_id"], ["custom_fields_record.tenant", "custom_fields_record.id"]
        ),
        _by("text"),
        _by("number"),
        _by("day"),
    )

    record_type: Mapped[str]
    code: Mapped[str] = mapped_column(primary_key=True)
    record_id: Mapped[UUID] = mapped_column(primary_key=True)
    text_value: Mapped[str | None]
    number_value: Mapped[Amount | None]
    day_value: Mapped[date | None]


class Tag(TenantRow, Base):
    """A tag of a record."""

    __tablename__ = "custom_fields_tag"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant", "record_id"], ["custom_fields_record.tenant", "custom_fields_record.id"]
        ),
        Index("ix_custom_fields_tag_tag", "tenant", "record_type", "tag", "record_id"),
    )

    record_type: Mapped[str]
    tag: Mapped[str] = mapped_column(primary_key=True)
    record_id: Mapped[UUID] = mapped_column(primary_key=True)
