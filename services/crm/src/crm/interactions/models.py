"""Tables of the interactions slice: what we logged, and what other services told."""

from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKeyConstraint,
    Index,
    Numeric,
    Sequence,
    SmallInteger,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from crm.interactions.rules import (
    InteractionIsAlreadyCorrected,
    InteractionNotFound,
    InteractionReferenceIsTaken,
)
from crm.tables import Base, Refusals, Told
from servicekit.tables import Identified

KINDS = ("call", "mail", "meeting", "note", "visit")
DIRECTIONS = ("inbound", "outbound")

# One sequence for both tables, so that a place on a timeline names one entry.
PLACES = Sequence("interactions_place", metadata=Base.metadata)


class Placed:
    """Where the row stands in the order of streaming; see `rules.Place`."""

    written_in: Mapped[int] = mapped_column(
        BigInteger, server_default=text("(pg_current_xact_id()::text::bigint)"), sort_order=95
    )

    @declared_attr
    def position(cls) -> Mapped[int]:  # noqa: N805
        return mapped_column(BigInteger, server_default=PLACES.next_value(), sort_order=96)


class Interaction(Identified, Placed, Base):
    """A call, mail, meeting, note or visit. Append-only."""

    __tablename__ = "interactions_interaction"
    __missing__ = InteractionNotFound
    __refusals__: ClassVar[Refusals] = {
        "uq_interactions_interaction_corrects": lambda: InteractionIsAlreadyCorrected(
            "Somebody corrected it already."
        ),
        "uq_interactions_interaction_external_reference": lambda: InteractionReferenceIsTaken(
            "Another interaction has this external reference.", field="external_reference"
        ),
    }
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant", "customer_id"], ["customers_customer.tenant", "customers_customer.id"]
        ),
        ForeignKeyConstraint(
            ["tenant", "customer_id", "contact_id"],
            ["customers_contact.tenant", "customers_contact.customer_id", "customers_contact.id"],
        ),
        # A correction stays on the timeline of the entry that it corrects.
        ForeignKeyConstraint(
            ["tenant", "customer_id", "corrects"],
            [
                "interactions_interaction.tenant",
                "interactions_interaction.customer_id",
                "interactions_interaction.id",
            ],
        ),
        UniqueConstraint(
            "tenant", "customer_id", "id", name="uq_interactions_interaction_customer"
        ),
        Index(
            "uq_interactions_interaction_corrects",
            "tenant",
            "corrects",
            unique=True,
            postgresql_where=text("corrects IS NOT NULL"),
        ),
        Index(
            "uq_interactions_interaction_external_reference",
            "tenant",
            "external_reference",
            unique=True,
            postgresql_where=text("external_reference IS NOT NULL"),
        ),
        CheckConstraint(f"kind IN {KINDS}", name="kind"),
        CheckConstraint(f"direction IN {DIRECTIONS}", name="direction"),
        CheckConstraint("duration_minutes >= 0", name="duration"),
        CheckConstraint(
            "(corrects IS NULL) = (correction_reason IS NULL)", name="correction_says_why"
        ),
        Index("ix_interactions_interaction_timeline", "tenant", "customer_id", "occurred_at", "id"),
        Index(
            "ix_interactions_interaction_stream",
            "tenant",
            "customer_id",
            "written_in",
            "position",
        ),
    )

    customer_id: Mapped[UUID]
    contact_id: Mapped[UUID | None]
    kind: Mapped[str]
    direction: Mapped[str | None]
    subject: Mapped[str]
    body: Mapped[str | None]
    duration_minutes: Mapped[int | None] = mapped_column(SmallInteger)
    occurred_at: Mapped[datetime]
    logged_at: Mapped[datetime]
    logged_by: Mapped[str]
    corrects: Mapped[UUID | None]
    correction_reason: Mapped[str | None]
    external_reference: Mapped[str | None]


class ForeignFact(Identified, Placed, Told, Base):
    """Something another service announced about a customer, as an entry of the timeline.

    Its id is the event's, so that the same event is the same entry, also after a rebuild. Written
    by handlers only, and rebuilt from the bus. No foreign key to the customer: what another
    service says is kept whether or not we know the customer (yet).
    """

    __tablename__ = "interactions_foreign_fact"
    __table_args__ = (
        Index(
            "ix_interactions_foreign_fact_timeline", "tenant", "customer_id", "occurred_at", "id"
        ),
        Index(
            "ix_interactions_foreign_fact_stream",
            "tenant",
            "customer_id",
            "written_in",
            "position",
        ),
    )

    customer_id: Mapped[UUID]
    kind: Mapped[str]
    subject: Mapped[str]
    occurred_at: Mapped[datetime]
    document_id: Mapped[UUID]
    document_number: Mapped[str]
    amount: Mapped[Decimal | None] = mapped_column(Numeric(24, 10))
    currency: Mapped[str | None]
    details: Mapped[dict[str, Any]]
