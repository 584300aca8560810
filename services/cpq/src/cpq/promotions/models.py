"""Tables of promotion budgets."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from cpq.promotions.rules import (
    PromotionBudgetExists,
    PromotionBudgetIsExhausted,
    PromotionBudgetNotFound,
)
from cpq.tables import Base
from servicekit.errors import Refusal
from servicekit.tables import Identified, PostedAmount, Versioned, minor_units_check


def _exhausted() -> Refusal:
    return PromotionBudgetIsExhausted("another quote has taken what was left", field="promotions")


class PromotionBudget(Identified, Versioned, Base):
    """How much a promotion may cost. What is taken is counted by a trigger of the entries."""

    __tablename__ = "promotions_budget"
    __table_args__ = (
        UniqueConstraint("tenant", "code", "currency", name="uq_promotions_budget_code"),
        CheckConstraint("amount > 0", name="amount_is_positive"),
        CheckConstraint("most_uses > 0", name="most_uses_is_positive"),
        CheckConstraint("taken BETWEEN 0 AND amount", name="taken_is_within_amount"),
        CheckConstraint(
            "uses >= 0 AND (most_uses IS NULL OR uses <= most_uses)", name="uses_are_within_most"
        ),
        CheckConstraint(minor_units_check("amount", "currency"), name="amount_in_minor_units"),
        CheckConstraint(minor_units_check("taken", "currency"), name="taken_in_minor_units"),
    )
    __missing__: ClassVar[type[Refusal]] = PromotionBudgetNotFound
    __refusals__ = {  # noqa: RUF012
        "uq_promotions_budget_code": lambda: PromotionBudgetExists(
            "another budget was made meanwhile", field="code"
        ),
        "ck_promotions_budget_taken_is_within_amount": _exhausted,
        "ck_promotions_budget_uses_are_within_most": _exhausted,
    }

    code: Mapped[str]
    currency: Mapped[str]
    amount: Mapped[PostedAmount]
    most_uses: Mapped[int | None]
    """How many quotes may have it."""
    note: Mapped[str | None]
    taken: Mapped[PostedAmount] = mapped_column(server_default=text("0"))
    uses: Mapped[int] = mapped_column(server_default=text("0"))


class PromotionEntry(Identified, Base):
    """What a quote took of a budget or gave back to it. Insert-only."""

    __tablename__ = "promotions_entry"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant", "budget_id"], ["promotions_budget.tenant", "promotions_budget.id"]
        ),
        Index("ix_promotions_entry_budget", "tenant", "budget_id", "recorded_at", "id"),
        Index("ix_promotions_entry_quote", "tenant", "quote_id"),
        CheckConstraint("uses IN (-1, 0, 1)", name="uses_is_one_quote"),
        CheckConstraint(
            "amount <> 0 AND (uses = 0 OR sign(amount) = uses)", name="amount_follows_uses"
        ),
    )

    budget_id: Mapped[UUID]
    quote_id: Mapped[UUID]
    quote_number: Mapped[str]
    revision: Mapped[int]
    amount: Mapped[PostedAmount]
    """In the budget's currency; below zero it is given back."""
    uses: Mapped[int]
    """1: the quote began to take part; -1: it no longer does; 0: it takes more or less."""
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str]
