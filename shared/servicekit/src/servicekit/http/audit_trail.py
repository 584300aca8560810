"""The audit trail for those who may read it: who did what to which document, and its seal."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

from fastapi import Depends
from sqlalchemy import BigInteger, LargeBinary, MetaData, Text, select
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from servicekit.http.filters import prefixed
from servicekit.http.paging import Listing, Page, PageOut
from servicekit.http.router import SliceRouter
from servicekit.http.schemas import Out
from servicekit.http.supplied import Reads


class _Platform(DeclarativeBase):
    """The platform's tables belong to no slice: migrations and models of services leave them."""

    metadata = MetaData()


class TrailEntry(_Platform):
    """A row of the trail. Row-level security shows the caller's tenant only."""

    __tablename__ = "platform_audit_entry"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True))
    actor: Mapped[str] = mapped_column(Text)
    action: Mapped[str] = mapped_column(Text)
    subject_type: Mapped[str] = mapped_column(Text)
    subject_id: Mapped[str] = mapped_column(Text)
    details: Mapped[dict[str, Any]] = mapped_column(JSONB)
    correlation_id: Mapped[str] = mapped_column(Text)


class TrailSeal(_Platform):
    """The place of an entry in the chain; it follows the entry by some seconds."""

    __tablename__ = "platform_audit_seal"

    position: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    entry_id: Mapped[int] = mapped_column(BigInteger)
    hash: Mapped[bytes] = mapped_column(LargeBinary)


class AuditEntryOut(Out):
    """Who did what to what, and where that stands in the chain (docs/architecture/audit.md)."""

    id: int
    """A number that grows; numbers are left out."""
    at: datetime
    """When it was done, in UTC."""
    actor: str
    """Who did it: the subject of the access token, or `service:` and the name of a service."""
    action: str
    """What was done, such as `bill-approved`."""
    subject_type: str
    """What kind of document or thing it was done to."""
    subject_id: str
    """Which one: its identifier."""
    details: dict[str, Any]
    """What more there is to know about it, as it was written then."""
    correlation_id: str
    """What all effects of one request have in common, in every service."""
    position: int | None
    """Its place in the chain of the service, from 1; null: not sealed yet."""
    hash: str | None
    """The seal: a SHA-256 in hexadecimal over the entry and all before it; null: not sealed."""


LISTING = Listing(
    TrailEntry,
    sorts={"id": TrailEntry.id},
    filters={
        "subject_type": TrailEntry.subject_type,
        "subject_id": TrailEntry.subject_id,
        "actor": TrailEntry.actor,
        "action": prefixed(TrailEntry.action),
        "correlation_id": TrailEntry.correlation_id,
        "at": TrailEntry.at,
    },
    default_sort="-id",
)


def audit_trail(service: str) -> Sequence[SliceRouter]:
    """The routers of the trail; reading it takes the permission `<service>.audit.read`."""
    router = SliceRouter(prefix="/v1/audit-entries", tags=["audit"])

    @router.get("", permission=f"{service}.audit.read")
    async def list_audit_entries(
        page: Annotated[Page, Depends(LISTING)], reads: Reads
    ) -> PageOut[AuditEntryOut]:
        """Who did what, the newest first; `subject_id` gives the history of one document."""
        statement = select(*TrailEntry.__table__.c, TrailSeal.position, TrailSeal.hash).outerjoin(
            TrailSeal, TrailSeal.entry_id == TrailEntry.id
        )
        return PageOut.of(await page.fetch_rows(reads, statement), _shown)

    return (router,)


def _shown(row: Any) -> AuditEntryOut:
    seal: bytes | None = row.hash
    return AuditEntryOut(
        id=row.id,
        at=row.at,
        actor=row.actor,
        action=row.action,
        subject_type=row.subject_type,
        subject_id=row.subject_id,
        details=row.details,
        correlation_id=row.correlation_id,
        position=row.position,
        hash=None if seal is None else seal.hex(),
    )
