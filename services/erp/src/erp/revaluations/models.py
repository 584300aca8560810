"""The tables of revaluations. Triggers stand in migration 0026."""

from datetime import date, datetime
from decimal import Decimal
from typing import ClassVar
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, Numeric, text
from sqlalchemy.orm import Mapped, mapped_column

from erp.revaluations.rules import RevaluationExists, RevaluationNotFound
from erp.tables import Base
from servicekit.tables import Identified, PostedAmount


class Revaluation(Identified, Base):
    """A revaluation of a company on a day, in `base_currency`; it only ever gets undone.

    `gain` and `loss` are the unrealised differences, both zero or more; `reversed_on` the day on
    which what does not stay on the items is taken back, none where nothing is.
    """

    __tablename__ = "revaluations_revaluation"
    __missing__ = RevaluationNotFound
    __refusals__: ClassVar = {
        "ix_revaluations_revaluation_standing": lambda: RevaluationExists(
            "Somebody else has just revalued the day."
        )
    }
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant", "company_id"], ["ledger_company.tenant", "ledger_company.id"]
        ),
        CheckConstraint("method IN ('with-reversal', 'without-reversal')", name="method"),
        CheckConstraint("gain >= 0 AND loss >= 0", name="gain"),
        CheckConstraint("reversed_on > valued_on", name="reversed_on"),
        CheckConstraint("(undone_at IS NULL) = (undone_by IS NULL)", name="undone_at"),
        Index(
            "ix_revaluations_revaluation_standing",
            "tenant",
            "company_id",
            "valued_on",
            unique=True,
            postgresql_where=text("undone_at IS NULL"),
        ),
    )

    company_id: Mapped[UUID]
    valued_on: Mapped[date]
    method: Mapped[str]
    base_currency: Mapped[str]
    gain: Mapped[PostedAmount]
    loss: Mapped[PostedAmount]
    reversed_on: Mapped[date | None]
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str]
    undone_at: Mapped[datetime | None]
    undone_by: Mapped[str | None]


class RevaluedItem(Identified, Base):
    """What a revaluation found about an item and made of it; append-only.

    Amounts are debit less credit: `open` and `kept_open` in `currency`, the others in the
    company's.
    """

    __tablename__ = "revaluations_item"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant", "revaluation_id"],
            ["revaluations_revaluation.tenant", "revaluations_revaluation.id"],
        ),
        CheckConstraint("kind IN ('receivable', 'payable', 'money')", name="kind"),
        CheckConstraint("delta = value - carrying", name="delta"),
        CheckConstraint("kept * delta >= 0 AND abs(kept) <= abs(delta)", name="kept"),
        Index("ix_revaluations_item_revaluation", "tenant", "revaluation_id", "kind", "id"),
    )

    revaluation_id: Mapped[UUID]
    kind: Mapped[str]
    subject_id: Mapped[UUID]
    account_id: Mapped[UUID]
    currency: Mapped[str]
    rate: Mapped[Decimal] = mapped_column(Numeric(36, 18))
    open: Mapped[PostedAmount]
    carrying: Mapped[PostedAmount]
    value: Mapped[PostedAmount]
    delta: Mapped[PostedAmount]
    kept: Mapped[PostedAmount]
    kept_open: Mapped[PostedAmount]
