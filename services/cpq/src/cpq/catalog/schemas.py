"""HTTP payloads of the catalogue of configuration models."""

from datetime import date, datetime
from typing import Any, Literal, Self
from uuid import UUID

from cpq.catalog.models import Artefact, ConfigurationModel
from cpq.catalog.service import Examination
from servicekit.http import BulkIn, DayIn, In, Out, Reason, Reference


class DocumentIn(In):
    """A document to look at."""

    document: dict[str, Any]
    """A configuration model in its JSON form; `GET /v1/configuration-models/schema` says which."""


class DraftIn(DocumentIn):
    """A document to keep as a draft."""

    source: Reference | None = None
    """Where it came from, such as a file's name."""


class PublishIn(In):
    """The days on which the version is to be valid."""

    valid_from: DayIn | None = None
    """First day; null: today. It ends the version before, if that has no end."""
    valid_to: DayIn | None = None
    """First day on which it no longer is valid; null: until further notice."""


class RetireIn(In):
    """Why nothing new is to be configured with the version."""

    reason: Reason | None = None
    """For the audit trail."""


class ModelRowIn(DraftIn):
    """A document to keep, and to publish where a day is given."""

    publish_from: DayIn | None = None
    """First day on which it is valid; null keeps a draft."""


class ModelRowsIn(BulkIn[ModelRowIn]):
    """Up to 1000 documents of another system."""


class CompilationOut(Out):
    """What became of compiling the version; without it answers are the same, but later."""

    state: Literal["pending", "compiled", "not-compiled"]
    """Where it stands; what is not compiled is answered by search."""
    reason: str | None
    """Why it was not compiled."""
    compiled_at: datetime | None
    """When the worker last tried, in UTC."""
    figures: dict[str, int]
    """What compiling measured: milliseconds, bytes, megabytes of memory."""


class ConfigurationModelOut(Out):
    """A version of a configuration model, without its document."""

    id: UUID
    key: str
    """Names the model; its versions share it."""
    model_version: int
    """1, 2, 3 … of the key."""
    name: str
    """What people call it."""
    sku: str | None
    """The item that a configuration of it sells: that of the root; null: none."""
    currency: str | None
    """Of the amounts in the model; null: it has none of its own."""
    status: Literal["draft", "published", "retired"]
    """A draft changes, a published version is configured, a retired one no more."""
    valid_from: date | None
    """First day on which it is configured; null for a draft."""
    valid_to: date | None
    """First day on which it no longer is; null: until further notice."""
    published_at: datetime | None
    """When it was published, in UTC."""
    retired_at: datetime | None
    """When it was retired, in UTC."""
    created_by: str
    """Who drafted it: the subject of their access token."""
    source: str | None
    """Where it came from, such as a file's name."""
    size_bytes: int
    """Bytes of the document."""
    content_hash: str
    """SHA-256, in hex, over the canonical JSON of the document."""
    version: int
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, row: ConfigurationModel) -> Self:
        """Render the row."""
        return cls.model_validate(row)


class ConfigurationModelDetailOut(ConfigurationModelOut):
    """A version with what became of compiling it."""

    compilation: CompilationOut | None
    """What became of compiling it; null for a draft."""

    @classmethod
    def seen(cls, row: ConfigurationModel, artefact: Artefact | None) -> Self:
        """Render the row and what was compiled from it."""
        summary = ConfigurationModelOut.of(row)
        return cls(
            **{name: getattr(summary, name) for name in ConfigurationModelOut.model_fields},
            compilation=None if artefact is None else CompilationOut.model_validate(artefact),
        )


class DocumentFaultOut(Out):
    """One thing that is wrong with a document."""

    pointer: str
    """Where, as a JSON pointer (RFC 6901)."""
    message: str
    """What is wrong there; with line and column inside an expression."""


class ExaminationOut(Out):
    """What was found in a document; nothing was kept."""

    valid: bool
    """It could be published."""
    errors: list[DocumentFaultOut]
    """Everything that is wrong with it."""
    key: str | None
    """The model's key, where it could be read."""
    name: str | None
    """The model's name, where it could be read."""
    content_hash: str | None
    """The hash that it would have."""

    @classmethod
    def of(cls, found: Examination) -> Self:
        """Render what was found."""
        return cls(
            valid=not found.faults,
            errors=[
                DocumentFaultOut(pointer=fault.field, message=fault.message)
                for fault in found.faults
            ],
            key=found.document.model.key if found.document else None,
            name=found.document.model.name if found.document else None,
            content_hash=found.document.content_hash if found.document else None,
        )
