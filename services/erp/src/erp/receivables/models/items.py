"""Open items and their matching. Triggers and functions stand in migration 0016."""

from datetime import date, datetime
from typing import ClassVar
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKeyConstraint,
    Index,
    SmallInteger,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from erp.receivables.rules import AllocationExceedsOpenItem, AllocationIsUndone, AllocationNotFound
from erp.tables import Base
from servicekit.tables import Identified, PostedAmount, minor_units_check


class OpenItemRow(Identified, Base):
    """What one instalment of a document owes (debit) or is worth (credit).

    Everything that moves a customer's account is one: the control account is their sum. `amount`
    and `open_amount` are in `currency`; `base_amount` is what the books carried it at in the
    company's `base_currency` when it was posted, `base_open` what they still do (none: it was not
    translated). Only a matching moves what is open; a revaluation moves `base_open` alone.
    `posted_on` is the day from which on it counts, `due_on` the day by which a debit is paid.
    """

    __tablename__ = "receivables_open_item"
    __refusals__: ClassVar = {
        "ck_receivables_open_item_open_amount": lambda: AllocationExceedsOpenItem(
            "Another document has settled the item meanwhile."
        )
    }
    __table_args__ = (
        UniqueConstraint("tenant", "document_id", "instalment"),
        ForeignKeyConstraint(
            ["tenant", "account_id"], ["receivables_account.tenant", "receivables_account.id"]
        ),
        CheckConstraint("side IN ('debit', 'credit')", name="side"),
        CheckConstraint("(due_on IS NOT NULL) = (side = 'debit')", name="due_on"),
        CheckConstraint(
            f"amount > 0 AND {minor_units_check('amount', 'currency')}"
            f" AND {minor_units_check('open_amount', 'currency')}",
            name="amount",
        ),
        CheckConstraint("open_amount >= 0 AND open_amount <= amount", name="open_amount"),
        CheckConstraint(
            "(base_amount IS NULL) = (base_open IS NULL)"
            " AND (open_amount > 0 OR coalesce(base_open, 0) = 0)",
            name="base",
        ),
        Index("ix_receivables_open_item_account", "tenant", "account_id", "posted_on"),
        Index(
            "ix_receivables_open_item_open",
            "tenant",
            "account_id",
            "due_on",
            "id",
            postgresql_where=text("open_amount > 0"),
        ),
        Index(
            "ix_receivables_open_item_company",
            "tenant",
            "company_id",
            postgresql_where=text("open_amount > 0"),
        ),
        Index(
            "ix_receivables_open_item_due",
            "tenant",
            "due_on",
            postgresql_where=text("open_amount > 0 AND overdue_since IS NULL AND side = 'debit'"),
        ),
    )

    company_id: Mapped[UUID]
    account_id: Mapped[UUID]
    document_kind: Mapped[str]
    document_id: Mapped[UUID]
    instalment: Mapped[int] = mapped_column(SmallInteger)
    side: Mapped[str]
    currency: Mapped[str]
    amount: Mapped[PostedAmount]
    open_amount: Mapped[PostedAmount]
    due_on: Mapped[date | None]
    posted_on: Mapped[date]
    base_currency: Mapped[str]
    base_amount: Mapped[PostedAmount | None]
    base_open: Mapped[PostedAmount | None]
    overdue_since: Mapped[date | None]
    created_at: Mapped[datetime]


class Matching(Identified, Base):
    """The part of a credit that settles a debit, or takes such a part back (`undoes`).

    Append-only: what was matched stays readable, and so does that it was taken back. Writing one
    moves what is open on both items by a trigger, which also says what of their carrying amounts
    in the company's base currency it takes: pro rata, the last part all that is left. `matched_on`
    is the day from which on it counts, never before one of the items or the matching it undoes.
    """

    __tablename__ = "receivables_matching"
    __missing__ = AllocationNotFound
    __refusals__: ClassVar = {
        "uq_receivables_matching_tenant_undoes": lambda: AllocationIsUndone(
            "Somebody else has just taken it back."
        )
    }
    __table_args__ = (
        UniqueConstraint("tenant", "undoes"),
        ForeignKeyConstraint(
            ["tenant", "debit_item_id"],
            ["receivables_open_item.tenant", "receivables_open_item.id"],
        ),
        ForeignKeyConstraint(
            ["tenant", "credit_item_id"],
            ["receivables_open_item.tenant", "receivables_open_item.id"],
        ),
        ForeignKeyConstraint(
            ["tenant", "undoes"], ["receivables_matching.tenant", "receivables_matching.id"]
        ),
        CheckConstraint("amount > 0", name="amount"),
        Index("ix_receivables_matching_debit_item_id", "tenant", "debit_item_id"),
        Index("ix_receivables_matching_credit_item_id", "tenant", "credit_item_id"),
        Index("ix_receivables_matching_matched_on", "tenant", "company_id", "matched_on"),
    )

    company_id: Mapped[UUID]
    account_id: Mapped[UUID]
    debit_item_id: Mapped[UUID]
    credit_item_id: Mapped[UUID]
    amount: Mapped[PostedAmount]
    debit_base: Mapped[PostedAmount | None]
    credit_base: Mapped[PostedAmount | None]
    matched_on: Mapped[date]
    undoes: Mapped[UUID | None]
    created_at: Mapped[datetime]


class ReceivableCarrying(Identified, Base):
    """By how much a valuation moved what an item is carried at; append-only.

    `amount` is debit less credit, in the company's currency; a trigger moves the item's
    `base_open` by it, and nothing but this and matchings does.
    """

    __tablename__ = "receivables_carrying"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant", "item_id"], ["receivables_open_item.tenant", "receivables_open_item.id"]
        ),
        CheckConstraint("amount <> 0", name="amount"),
        Index("ix_receivables_carrying_item_id", "tenant", "item_id"),
    )

    item_id: Mapped[UUID]
    amount: Mapped[PostedAmount]
    recorded_at: Mapped[datetime]
