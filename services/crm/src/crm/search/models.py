"""The table of the search slice."""

from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from crm.tables import Base
from servicekit.tables import TenantRow


class Entry(TenantRow, Base):
    """A word under which a record is found; `near` when it is one letter short of a real one."""

    __tablename__ = "search_entry"
    __table_args__ = (Index("ix_search_entry_source", "tenant", "source_id"),)

    word: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    record_id: Mapped[UUID] = mapped_column(primary_key=True)
    # The row that the word stands in: the record itself, or one of its mails or phones.
    source_id: Mapped[UUID] = mapped_column(primary_key=True)
    near: Mapped[bool]
