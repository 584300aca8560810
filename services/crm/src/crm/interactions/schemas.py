"""What clients send and receive about interactions and the timeline."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import Field
from sqlalchemy import Row

from crm.interactions.service import ImportedInteraction, NewInteraction
from servicekit.http import (
    In,
    InstantIn,
    LongText,
    MoneyOut,
    Name,
    Out,
    Reason,
    Reference,
)

Kind = Literal["call", "mail", "meeting", "note", "visit"]
Direction = Literal["inbound", "outbound"]
Minutes = Annotated[int, Field(ge=0, le=10_000)]


class InteractionIn(In):
    """A call, mail, meeting, note or visit. Calls and mails have a direction."""

    kind: Kind
    """What passed between us."""
    subject: Name
    occurred_at: InstantIn
    """When it happened, with its offset; not in the future."""
    contact_id: UUID | None = None
    direction: Direction | None = None
    body: LongText | None = None
    duration_minutes: Minutes | None = None
    external_reference: Reference | None = None

    def interaction(self, customer_id: UUID) -> NewInteraction:
        """The command that the service takes."""
        return NewInteraction(
            customer_id=customer_id,
            kind=self.kind,
            subject=self.subject,
            occurred_at=self.occurred_at,
            contact_id=self.contact_id,
            direction=self.direction,
            body=self.body,
            duration_minutes=self.duration_minutes,
            external_reference=self.external_reference,
        )


class CorrectionIn(In):
    """The entry as it should have been, and why the first one was wrong."""

    reason: Reason
    """Why the first entry was wrong."""
    kind: Kind
    """What really passed between us."""
    subject: Name
    occurred_at: InstantIn
    contact_id: UUID | None = None
    direction: Direction | None = None
    body: LongText | None = None
    duration_minutes: Minutes | None = None

    def interaction(self, customer_id: UUID) -> NewInteraction:
        """The command that the service takes."""
        return NewInteraction(
            customer_id=customer_id,
            kind=self.kind,
            subject=self.subject,
            occurred_at=self.occurred_at,
            contact_id=self.contact_id,
            direction=self.direction,
            body=self.body,
            duration_minutes=self.duration_minutes,
        )


class ImportedInteractionIn(InteractionIn):
    """A row of an import: name the customer by its id or by its own external reference."""

    customer_id: UUID | None = None
    customer_reference: Reference | None = None

    def imported(self) -> ImportedInteraction:
        """The command that the service takes."""
        return ImportedInteraction(
            kind=self.kind,
            subject=self.subject,
            occurred_at=self.occurred_at,
            customer_id=self.customer_id,
            customer_reference=self.customer_reference,
            contact_id=self.contact_id,
            direction=self.direction,
            body=self.body,
            duration_minutes=self.duration_minutes,
            external_reference=self.external_reference,
        )


class InteractionDetailOut(Out):
    """What we wrote down ourselves."""

    contact_id: UUID | None
    direction: str | None
    body: str | None
    duration_minutes: int | None
    logged_by: str
    corrects: UUID | None
    correction_reason: str | None
    corrected_by: UUID | None


class DocumentOut(Out):
    """The document of another service that the entry is about."""

    id: UUID
    number: str
    amount: MoneyOut | None
    """What the document is about, with its currency; null where it says none."""
    details: Mapping[str, str]
    """What else the event said about it, by name."""


class SourceOut(Out):
    """Where a foreign fact comes from, and how old it is."""

    event_id: UUID
    event_type: str
    sequence: int
    as_of: datetime
    age_seconds: int


class EntryOut(Out):
    """An entry of the timeline: our own (`interaction`), or told by another service (`source`)."""

    id: UUID
    customer_id: UUID
    kind: str
    """An interaction of ours (call, mail, meeting, note, visit) or the document's kind."""
    subject: str
    occurred_at: datetime
    recorded_at: datetime
    interaction: InteractionDetailOut | None
    """What we wrote down ourselves; null for what another service told."""
    document: DocumentOut | None
    """The document that another service told of; null for an interaction."""
    source: SourceOut | None

    @classmethod
    def of(cls, row: Row[Any], now: datetime) -> Self:
        """Render a row of the timeline."""
        own = row.source_event_id is None
        return cls(
            id=row.id,
            customer_id=row.customer_id,
            kind=row.kind,
            subject=row.subject,
            occurred_at=row.occurred_at,
            recorded_at=row.recorded_at,
            interaction=InteractionDetailOut.model_validate(row) if own else None,
            document=None if own else _document(row),
            source=None if own else _source(row, now),
        )


def _document(row: Row[Any]) -> DocumentOut:
    amount = None
    if row.amount is not None:
        amount = MoneyOut(amount=row.amount, currency=row.currency)
    return DocumentOut(
        id=row.document_id, number=row.document_number, amount=amount, details=row.details
    )


def _source(row: Row[Any], now: datetime) -> SourceOut:
    return SourceOut(
        event_id=row.source_event_id,
        event_type=row.source_event_type,
        sequence=row.source_sequence,
        as_of=row.as_of,
        age_seconds=max(0, int((now - row.as_of).total_seconds())),
    )
