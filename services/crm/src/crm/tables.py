"""The declarative base of the front office's tables, and what told facts have in common."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from servicekit.errors import Refusal
from servicekit.tables import NAMING, MetaData, ServiceBase

Refusals = dict[str, Callable[[], Refusal]]
"""Which refusal stands behind which constraint of a table."""


class Base(ServiceBase):
    """Every table of the CRM hangs on this metadata."""

    __abstract__ = True

    metadata = MetaData(naming_convention=NAMING)


class Told:
    """What a row needs that repeats another service's words: which event said so, and when.

    `as_of` is the aware UTC instant at which the other service held it true; its age is measured
    from there. `source_sequence` counts the events of that aggregate.
    """

    source_event_id: Mapped[UUID] = mapped_column(sort_order=80)
    source_event_type: Mapped[str] = mapped_column(sort_order=81)
    source_sequence: Mapped[int] = mapped_column(sort_order=82)
    as_of: Mapped[datetime] = mapped_column(sort_order=83)
