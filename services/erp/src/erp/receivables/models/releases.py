"""Credit beyond an account's limit."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from erp.receivables.rules import ReleaseNotFound
from erp.tables import Base
from servicekit.tables import Identified, PostedAmount, Versioned


class Release(Identified, Versioned, Base):
    """Somebody lets an account owe `amount` more than its limit, until the end of a day (UTC).

    In the account's currency. `ended_at` is when it ran out, or was taken back before.
    """

    __tablename__ = "receivables_release"
    __missing__ = ReleaseNotFound
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant", "account_id"], ["receivables_account.tenant", "receivables_account.id"]
        ),
        CheckConstraint("amount > 0", name="amount"),
        Index(
            "ix_receivables_release_account_id",
            "tenant",
            "account_id",
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    account_id: Mapped[UUID]
    amount: Mapped[PostedAmount] = mapped_column()
    until: Mapped[date]
    reason: Mapped[str]
    released_by: Mapped[str]
    ended_at: Mapped[datetime | None]
