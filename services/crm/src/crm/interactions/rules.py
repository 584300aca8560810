"""What must hold for an interaction, and how a place on the timeline is written."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Self
from uuid import UUID

from servicekit.errors import InvalidInput, NotFound, RuleBroken
from servicekit.values import Money

CLOCK_SKEW = timedelta(minutes=5)
"""How far ahead of ours another system's clock may be before we call a time the future."""

SPOKEN = frozenset({"call", "mail"})
"""Kinds that go from one side to the other, and so have a direction."""


class InteractionNotFound(NotFound):
    code = "interaction-not-found"
    title = "There is no such interaction"
    hint = "Check the id; GET /v1/customers/{customer_id}/timeline lists what there is."


class InteractionIsAlreadyCorrected(RuleBroken):
    code = "interaction-is-already-corrected"
    title = "An entry is corrected once, then its correction is"
    hint = "Correct the entry that `corrected_by` names."


class InteractionLiesInTheFuture(InvalidInput):
    code = "interaction-lies-in-the-future"
    title = "The timeline tells what happened, not what is planned"
    hint = "Send the moment at which it happened, with its offset; check the clock."


class DirectionIsMissing(InvalidInput):
    code = "direction-is-missing"
    title = "A call or a mail has a direction"
    hint = "Send `direction`: `inbound` from the customer, `outbound` from us."


class InteractionNamesNoCustomer(InvalidInput):
    code = "interaction-names-no-customer"
    title = "An interaction belongs to a customer that exists"
    hint = "Send `customer_id`, or the `customer_reference` with which the customer was imported."


class InteractionReferenceIsTaken(RuleBroken):
    code = "interaction-reference-is-taken"
    title = "An external reference names one interaction"
    hint = "It was imported already; the bulk route answers `unchanged` for it."


class StreamPositionIsUnreadable(InvalidInput):
    code = "stream-position-is-unreadable"
    title = "Last-Event-ID must be an id that this stream sent"
    hint = "Send the id of the last event received, or none to follow from now on."


def check_interaction(
    *, kind: str, direction: str | None, occurred_at: datetime, now: datetime
) -> None:
    """Raise DirectionIsMissing or InteractionLiesInTheFuture."""
    if kind in SPOKEN and direction is None:
        raise DirectionIsMissing(f"The {kind} came from one side.", field="direction")
    if occurred_at > now + CLOCK_SKEW:
        raise InteractionLiesInTheFuture(
            f"{occurred_at.isoformat()} is after now, {now.isoformat()}.", field="occurred_at"
        )


@dataclass(frozen=True, slots=True)
class NewInteraction:
    """Something that passed between us and a customer, to be written down."""

    customer_id: UUID
    kind: str
    subject: str
    occurred_at: datetime
    contact_id: UUID | None = None
    direction: str | None = None
    body: str | None = None
    duration_minutes: int | None = None
    external_reference: str | None = None


@dataclass(frozen=True, slots=True)
class ImportedInteraction:
    """A row of an import: the customer is named by its id, or by its own external reference."""

    kind: str
    subject: str
    occurred_at: datetime
    customer_id: UUID | None = None
    customer_reference: str | None = None
    contact_id: UUID | None = None
    direction: str | None = None
    body: str | None = None
    duration_minutes: int | None = None
    external_reference: str | None = None

    def interaction(self, customer_id: UUID) -> NewInteraction:
        """The entry to write once it is known whose it is."""
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


@dataclass(frozen=True, slots=True)
class Fact:
    """Something another service announced, told as an entry of the timeline."""

    customer_id: UUID
    kind: str
    subject: str
    document_id: UUID
    document_number: str
    amount: Money | None = None
    day: date | None = None
    """The business day of the fact, where it has one."""
    details: Mapping[str, str] = field(default_factory=dict)


def happened_at(day: date | None, announced_at: datetime) -> datetime:
    """Where a foreign fact stands on the timeline.

    At the moment at which it was announced; but a document that was dated back, as an import of
    last year's orders is, stands at the start of its own day (UTC), where people look for it.
    """
    if day is None or day >= announced_at.date():
        return announced_at
    return datetime.combine(day, time.min, UTC)


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where an entry stands in the order in which the timeline is streamed.

    `transaction` is the full (64-bit) id of the transaction that wrote the entry, `position` a
    number from one sequence. A reader that stays below the oldest running transaction has seen
    everything at or before its place; the number alone would not do, because it is handed out
    before the commit.
    """

    transaction: int
    position: int

    def __str__(self) -> str:
        return f"{self.transaction}-{self.position}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read what `str` wrote; raises StreamPositionIsUnreadable."""
        transaction, dash, position = text.partition("-")
        if (
            not dash
            or not (transaction.isascii() and transaction.isdecimal())
            or not (position.isascii() and position.isdecimal())
            or len(text) > 39
        ):
            raise StreamPositionIsUnreadable(f"{text[:60]!r} is none.", field="Last-Event-ID")
        place = cls(int(transaction), int(position))
        if place.transaction >= 2**63 or place.position >= 2**63:
            raise StreamPositionIsUnreadable(f"{text!r} is out of range.", field="Last-Event-ID")
        return place
