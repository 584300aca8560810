"""Dunning: its levels, what was dunned, and what pauses it."""

from datetime import date, datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, SmallInteger, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from erp.receivables.rules import (
    DunningPolicyCodeIsTaken,
    DunningPolicyNotFound,
    PauseNotFound,
)
from erp.tables import Base
from servicekit.tables import Identified, PostedAmount, Versioned


class DunningPolicy(Identified, Versioned, Base):
    """The levels of dunning, as JSON that `rules.DunningLevel` describes, by overdue days."""

    __tablename__ = "receivables_dunning_policy"
    __missing__ = DunningPolicyNotFound
    __refusals__: ClassVar = {
        "uq_receivables_dunning_policy_tenant_code": lambda: DunningPolicyCodeIsTaken(
            "Another dunning policy has this code.", field="code"
        )
    }
    __table_args__ = (UniqueConstraint("tenant", "code"),)

    code: Mapped[str]
    name: Mapped[str]
    levels: Mapped[list[Any]]


class Dunning(Identified, Base):
    """An open item reached a level on a day; append-only, once for each level.

    `open_amount`, `fee` and `interest` are in the item's currency, as they were on that day.
    """

    __tablename__ = "receivables_dunning"
    __table_args__ = (
        UniqueConstraint("tenant", "item_id", "level"),
        ForeignKeyConstraint(
            ["tenant", "item_id"], ["receivables_open_item.tenant", "receivables_open_item.id"]
        ),
        CheckConstraint(
            "level > 0 AND open_amount > 0 AND fee >= 0 AND interest >= 0", name="amounts"
        ),
        Index("ix_receivables_dunning_dunned_on", "tenant", "company_id", "dunned_on"),
    )

    company_id: Mapped[UUID]
    account_id: Mapped[UUID]
    item_id: Mapped[UUID]
    level: Mapped[int] = mapped_column(SmallInteger)
    dunned_on: Mapped[date]
    days_overdue: Mapped[int]
    open_amount: Mapped[PostedAmount]
    fee: Mapped[PostedAmount]
    interest: Mapped[PostedAmount]
    created_at: Mapped[datetime]


class Pause(Identified, Versioned, Base):
    """A dispute, or a promise to pay by a day: the item is not dunned meanwhile, others are.

    `until` is the last day of it; a dispute may have none, and is lifted.
    """

    __tablename__ = "receivables_pause"
    __missing__ = PauseNotFound
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant", "item_id"], ["receivables_open_item.tenant", "receivables_open_item.id"]
        ),
        CheckConstraint("kind = 'dispute' OR kind = 'promise' AND until IS NOT NULL", name="kind"),
        Index("ix_receivables_pause_item_id", "tenant", "item_id"),
    )

    account_id: Mapped[UUID]
    item_id: Mapped[UUID]
    kind: Mapped[str]
    until: Mapped[date | None]
    reason: Mapped[str]
    lifted_at: Mapped[datetime | None]
