"""The remembered customer."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger
from sqlalchemy.orm import Mapped, mapped_column

from erp.tables import Base
from servicekit.tables import TenantRow


class Customer(TenantRow, Base):
    """A customer as of `occurred_at` (aware UTC), event number `sequence` of its aggregate."""

    __tablename__ = "projections_customer"

    customer_id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[str]
    name: Mapped[str]
    tier: Mapped[str]
    currency: Mapped[str | None]
    country: Mapped[str | None]
    active: Mapped[bool]
    sequence: Mapped[int] = mapped_column(BigInteger)
    event_id: Mapped[UUID]
    occurred_at: Mapped[datetime]
