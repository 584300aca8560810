"""Tables of configuration models and of what was compiled from them."""

from datetime import date, datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column

from cpq.catalog.rules import (
    ConfigurationModelNotFound,
    ConfigurationModelsOverlap,
    PublishedVersionNeverChanges,
)
from cpq.tables import Base
from servicekit.errors import Refusal
from servicekit.tables import Identified, TenantRow, Versioned

LARGEST_DOCUMENT = 32_000_000
"""Bytes of a document."""
LARGEST_ARTEFACT = 256_000_000
"""Bytes of a compiled model."""


class ConfigurationModel(Identified, Versioned, Base):
    """A version of a configuration model. Its document is loaded only when it is asked for."""

    __tablename__ = "catalog_model"
    __table_args__ = (
        UniqueConstraint("tenant", "key", "model_version", name="uq_catalog_model_version"),
        ExcludeConstraint(
            ("tenant", "="),
            ("key", "="),
            (text("daterange(valid_from, valid_to)"), "&&"),
            name="ex_catalog_model_one_a_day",
            using="gist",
            where=text("status = 'published'"),
        ),
        Index("ix_catalog_model_created", "tenant", "created_at", "id"),
        Index("ix_catalog_model_sku", "tenant", "sku"),
        CheckConstraint("status IN ('draft', 'published', 'retired')", name="status_is_known"),
        CheckConstraint("model_version > 0", name="version_counts_from_one"),
        CheckConstraint("(status = 'draft') = (valid_from IS NULL)", name="draft_has_no_days"),
        CheckConstraint("valid_to >= valid_from", name="ends_after_it_begins"),
        CheckConstraint("octet_length(key) BETWEEN 1 AND 800", name="key_is_short"),
        CheckConstraint(
            f"octet_length(document) <= {LARGEST_DOCUMENT} AND size_bytes = octet_length(document)",
            name="document_is_bounded",
        ),
        CheckConstraint(
            "content_hash = encode(sha256(document), 'hex')", name="hash_is_the_documents"
        ),
    )
    __missing__: ClassVar[type[Refusal]] = ConfigurationModelNotFound
    __refusals__ = {  # noqa: RUF012
        "ex_catalog_model_one_a_day": lambda: ConfigurationModelsOverlap(
            "another version was published meanwhile", field="valid_from"
        ),
        "published_version_never_changes": lambda: PublishedVersionNeverChanges(
            "the version was published meanwhile"
        ),
    }

    key: Mapped[str]
    model_version: Mapped[int]
    """1, 2, 3 … of its key."""
    name: Mapped[str]
    sku: Mapped[str | None]
    """The item that a configuration of it sells: that of the root."""
    currency: Mapped[str | None]
    status: Mapped[str]
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]
    """First day on which it no longer is valid."""
    published_at: Mapped[datetime | None]
    retired_at: Mapped[datetime | None]
    created_by: Mapped[str]
    source: Mapped[str | None]
    """Where it was imported from, in words."""
    size_bytes: Mapped[int]
    content_hash: Mapped[str]
    document: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    """Canonical JSON."""


class Artefact(TenantRow, Base):
    """What was compiled from a published version. It can be made again at any time."""

    __tablename__ = "catalog_artefact"
    __table_args__ = (
        ForeignKeyConstraint(["tenant", "model_id"], ["catalog_model.tenant", "catalog_model.id"]),
        CheckConstraint("state IN ('pending', 'compiled', 'not-compiled')", name="state_is_known"),
        CheckConstraint(
            "(state = 'compiled') = (content IS NOT NULL)", name="compiled_has_content"
        ),
        CheckConstraint(f"octet_length(content) <= {LARGEST_ARTEFACT}", name="content_is_bounded"),
        Index(
            "ix_catalog_artefact_pending",
            "tenant",
            "model_id",
            postgresql_where=text("state = 'pending'"),
        ),
    )

    model_id: Mapped[UUID] = mapped_column(primary_key=True)
    state: Mapped[str]
    reason: Mapped[str | None]
    """Why it was not compiled."""
    compiled_by: Mapped[str | None]
    """The compiler and its form; another one compiles anew."""
    compiled_at: Mapped[datetime | None]
    figures: Mapped[dict[str, Any]]
    """What compiling measured: milliseconds, bytes, nodes."""
    content: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
