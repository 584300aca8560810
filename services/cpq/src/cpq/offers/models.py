"""Tables of offers."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from cpq.offers.rules import OfferLinkNotFound
from cpq.tables import Base
from servicekit.errors import Refusal
from servicekit.tables import Identified, Versioned


class OfferLink(Identified, Versioned, Base):
    """A link to one quote. Of its secret only the hash is kept."""

    __tablename__ = "offers_link"
    __table_args__ = (
        Index("ix_offers_link_quote", "tenant", "quote_id"),
        CheckConstraint("octet_length(secret_hash) = 32", name="secret_is_hashed"),
        CheckConstraint("expires_at > created_at", name="expires_later"),
    )
    __missing__: ClassVar[type[Refusal]] = OfferLinkNotFound

    quote_id: Mapped[UUID]
    secret_hash: Mapped[bytes] = mapped_column(LargeBinary)
    language: Mapped[str | None]
    """Of the page and the document; None: the seller's own."""
    recipient: Mapped[str | None]
    """Whom it was made for, as the seller wrote it."""
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    created_by: Mapped[str]
