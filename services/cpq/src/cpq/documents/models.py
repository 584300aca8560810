"""Tables of documents."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from cpq.documents.rules import PresentationHasChanged
from cpq.tables import Base
from servicekit.tables import TenantRow


class PresentationVersion(TenantRow, Base):
    """How a seller presents itself from an instant on. Insert-only: what was sent stays so."""

    __tablename__ = "documents_presentation"
    __table_args__ = (
        CheckConstraint("version >= 1", name="version_is_positive"),
        CheckConstraint(
            "(logo IS NULL) = (logo_media_type IS NULL)", name="logo_has_its_media_type"
        ),
        CheckConstraint(
            "logo_media_type IN ('image/png', 'image/svg+xml')", name="logo_is_a_picture"
        ),
        CheckConstraint("octet_length(logo) <= 1000000", name="logo_is_small"),
    )
    __refusals__ = {  # noqa: RUF012
        "pk_documents_presentation": lambda: PresentationHasChanged(
            "another version was written meanwhile"
        )
    }

    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    content: Mapped[dict[str, Any]]
    """`{seller_name, seller_address, ..., texts: {language: {...}}}`, as `rules.Presentation`."""
    logo_media_type: Mapped[str | None]
    logo: Mapped[bytes | None] = mapped_column(LargeBinary)
    created_at: Mapped[datetime]
    created_by: Mapped[str]
