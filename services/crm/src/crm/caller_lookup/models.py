"""Tables of the caller lookup slice."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from crm.caller_lookup.rules import CallNotFound
from crm.tables import Base
from servicekit.tables import Identified, Versioned


class Routes(Identified, Versioned, Base):
    """The tenant's routes in their order, as JSON; a tenant has one list at most."""

    __tablename__ = "caller_lookup_routes"
    __missing__ = CallNotFound
    __table_args__ = (
        Index("uq_caller_lookup_routes_tenant", "tenant", unique=True),
        CheckConstraint("jsonb_typeof(routes) = 'array'", name="routes"),
    )

    routes: Mapped[list[Any]]


class Call(Identified, Base):
    """A call that was looked up: who was found, where it was sent, and why; append-only."""

    __tablename__ = "caller_lookup_call"
    __missing__ = CallNotFound
    __table_args__ = (
        Index("ix_caller_lookup_call_called", "tenant", "called_at", "id"),
        Index("ix_caller_lookup_call_customer", "tenant", "customer_id", "called_at"),
    )

    number: Mapped[str]
    person_id: Mapped[UUID | None]
    customer_id: Mapped[UUID | None]
    queue: Mapped[str]
    trace: Mapped[list[Any]] = mapped_column(JSONB)
    found: Mapped[dict[str, Any]] = mapped_column(JSONB)
    called_at: Mapped[datetime]
    called_by: Mapped[str]
