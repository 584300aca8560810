"""Open items of suppliers and their matching. Triggers stand in the migration."""

from datetime import date, datetime
from typing import ClassVar
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped

from erp.payables.rules import (
    SettlesTooMuch,
    SupplierAllocationIsUndone,
    SupplierAllocationNotFound,
)
from erp.tables import Base
from servicekit.tables import Identified, PostedAmount, minor_units_check


class PayableItem(Identified, Base):
    """What a document owes a supplier (credit: a bill) or is worth against it (debit).

    The control account is their sum. `document_kind` is bill, credit-note, payment or discount;
    the last two belong to the same payment; each has a return that takes it back when the payment
    comes back. Amounts are in `currency`; only a matching moves
    `open_amount`. `base_amount` is what the books carried it at in the company's `base_currency`
    when it was posted, `base_open` what they still do (none: it was not translated); a revaluation
    moves `base_open` alone. `posted_on` is the day from which on it counts.
    """

    __tablename__ = "payables_open_item"
    __refusals__: ClassVar = {
        "ck_payables_open_item_open_amount": lambda: SettlesTooMuch(
            "Something else has settled the item meanwhile."
        )
    }
    __table_args__ = (
        UniqueConstraint("tenant", "document_id", "document_kind"),
        ForeignKeyConstraint(
            ["tenant", "supplier_id"], ["payables_supplier.tenant", "payables_supplier.id"]
        ),
        CheckConstraint(
            "side = 'credit' AND document_kind IN ('bill', 'payment-return', 'discount-return')"
            " OR side = 'debit'"
            " AND document_kind IN ('credit-note', 'payment', 'discount')",
            name="side",
        ),
        CheckConstraint("(due_on IS NOT NULL) = (side = 'credit')", name="due_on"),
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
        Index("ix_payables_open_item_supplier_id", "tenant", "supplier_id", "posted_on"),
        Index(
            "ix_payables_open_item_open",
            "tenant",
            "company_id",
            "due_on",
            postgresql_where=text("open_amount > 0"),
        ),
    )

    company_id: Mapped[UUID]
    supplier_id: Mapped[UUID]
    document_kind: Mapped[str]
    document_id: Mapped[UUID]
    side: Mapped[str]
    currency: Mapped[str]
    amount: Mapped[PostedAmount]
    open_amount: Mapped[PostedAmount]
    due_on: Mapped[date | None]
    posted_on: Mapped[date]
    base_currency: Mapped[str]
    base_amount: Mapped[PostedAmount | None]
    base_open: Mapped[PostedAmount | None]
    created_at: Mapped[datetime]


class PayableMatching(Identified, Base):
    """The part of a debit that settles a bill, or takes such a part back (`undoes`); append-only.

    A trigger moves what is open on both, and says what of their carrying amounts in the company's
    currency it takes: pro rata, the last part all that is left. `matched_on` is the day from
    which on it counts.
    """

    __tablename__ = "payables_matching"
    __missing__ = SupplierAllocationNotFound
    __refusals__: ClassVar = {
        "uq_payables_matching_tenant_undoes": lambda: SupplierAllocationIsUndone(
            "Somebody else has just taken it back."
        )
    }
    __table_args__ = (
        UniqueConstraint("tenant", "undoes"),
        ForeignKeyConstraint(
            ["tenant", "credit_item_id"], ["payables_open_item.tenant", "payables_open_item.id"]
        ),
        ForeignKeyConstraint(
            ["tenant", "debit_item_id"], ["payables_open_item.tenant", "payables_open_item.id"]
        ),
        ForeignKeyConstraint(
            ["tenant", "undoes"], ["payables_matching.tenant", "payables_matching.id"]
        ),
        CheckConstraint("amount > 0", name="amount"),
        Index("ix_payables_matching_credit_item_id", "tenant", "credit_item_id"),
        Index("ix_payables_matching_debit_item_id", "tenant", "debit_item_id"),
        Index("ix_payables_matching_matched_on", "tenant", "company_id", "matched_on"),
    )

    company_id: Mapped[UUID]
    supplier_id: Mapped[UUID]
    credit_item_id: Mapped[UUID]
    debit_item_id: Mapped[UUID]
    amount: Mapped[PostedAmount]
    debit_base: Mapped[PostedAmount | None]
    credit_base: Mapped[PostedAmount | None]
    matched_on: Mapped[date]
    undoes: Mapped[UUID | None]
    created_at: Mapped[datetime]


class PayableCarrying(Identified, Base):
    """By how much a valuation moved what an item is carried at; append-only.

    `amount` is debit less credit, in the company's currency; a trigger moves the item's
    `base_open` by it, and nothing but this and matchings does.
    """

    __tablename__ = "payables_carrying"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant", "item_id"], ["payables_open_item.tenant", "payables_open_item.id"]
        ),
        CheckConstraint("amount <> 0", name="amount"),
        Index("ix_payables_carrying_item_id", "tenant", "item_id"),
    )

    item_id: Mapped[UUID]
    amount: Mapped[PostedAmount]
    recorded_at: Mapped[datetime]
