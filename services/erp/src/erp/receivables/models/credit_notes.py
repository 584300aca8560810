"""Credit notes. Triggers and functions stand in the migration that creates them."""

from datetime import date, datetime
from decimal import Decimal
from typing import ClassVar
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKeyConstraint,
    Index,
    Numeric,
    SmallInteger,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from erp.receivables.rules import AllocationExceedsPayment, CreditNoteNotFound
from erp.tables import Base
from erp.taxes.queries import plain_code
from servicekit.tables import Amount, Identified, PostedAmount, TenantRow, minor_units_check


class CreditNote(Identified, Base):
    """A posted credit note: of an invoice, or free-standing. Only its rest ever changes.

    Amounts are in `currency`, at its minor units, and above zero: they are owed to the customer.
    `open_amount` is what settles nothing yet. `serial` is gapless within company and `series`.
    """

    __tablename__ = "receivables_credit_note"
    __missing__ = CreditNoteNotFound
    __refusals__: ClassVar = {
        "ck_receivables_credit_note_open_amount": lambda: AllocationExceedsPayment(
            "The credit note has been allocated meanwhile."
        )
    }
    __table_args__ = (
        UniqueConstraint("tenant", "company_id", "series", "serial"),
        ForeignKeyConstraint(
            ["tenant", "account_id"], ["receivables_account.tenant", "receivables_account.id"]
        ),
        ForeignKeyConstraint(
            ["tenant", "invoice_id"], ["receivables_invoice.tenant", "receivables_invoice.id"]
        ),
        CheckConstraint("gross = net + tax AND net >= 0 AND tax >= 0 AND gross > 0", name="totals"),
        CheckConstraint("open_amount >= 0 AND open_amount <= gross", name="open_amount"),
        CheckConstraint(
            " AND ".join(
                minor_units_check(column, "currency") for column in ("net", "tax", "open_amount")
            ),
            name="minor_units",
        ),
        Index("ix_receivables_credit_note_account_id", "tenant", "account_id", "issued_on"),
        Index("ix_receivables_credit_note_invoice_id", "tenant", "invoice_id"),
        Index("ix_receivables_credit_note_order_id", "tenant", "order_id"),
    )

    company_id: Mapped[UUID]
    account_id: Mapped[UUID]
    customer_id: Mapped[UUID]
    invoice_id: Mapped[UUID | None]
    order_id: Mapped[UUID | None]
    series: Mapped[str]
    serial: Mapped[int] = mapped_column(BigInteger)
    number: Mapped[str]
    currency: Mapped[str]
    issued_on: Mapped[date]
    # Where it counts on another day than its own: that one lay in a closed period.
    posted_on: Mapped[date | None]
    reason: Mapped[str]
    reference: Mapped[str | None]
    net: Mapped[PostedAmount]
    tax: Mapped[PostedAmount]
    gross: Mapped[PostedAmount]
    open_amount: Mapped[PostedAmount]
    created_at: Mapped[datetime]


class CreditNoteLine(TenantRow, Base):
    """A line of a credit note; append-only.

    `invoice_position` is the line of the invoice that it credits. Without a quantity an amount of
    the line is credited, and the goods stay. `net_amount` is unrounded, `shown_amount` printed.
    """

    __tablename__ = "receivables_credit_note_line"
    __table_args__ = (
        Index(
            "ix_receivables_credit_note_line_order_line_id",
            "tenant",
            "order_line_id",
            postgresql_where=text("order_line_id IS NOT NULL"),
        ),
        ForeignKeyConstraint(
            ["tenant", "credit_note_id"],
            ["receivables_credit_note.tenant", "receivables_credit_note.id"],
        ),
        CheckConstraint(
            "quantity > 0 AND quantity = round(quantity, quantity_places)", name="quantity"
        ),
        CheckConstraint("(quantity IS NULL) = (net_unit_price IS NULL)", name="price"),
    )

    credit_note_id: Mapped[UUID] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    invoice_position: Mapped[int | None] = mapped_column(SmallInteger)
    order_line_id: Mapped[UUID | None]
    item_id: Mapped[UUID | None]
    sku: Mapped[str | None]
    description: Mapped[str]
    quantity: Mapped[Amount | None]
    unit: Mapped[str]
    quantity_places: Mapped[int] = mapped_column(SmallInteger)
    net_unit_price: Mapped[Amount | None]
    net_amount: Mapped[Amount]
    shown_amount: Mapped[PostedAmount]
    tax_category: Mapped[str]


class CreditNoteTax(TenantRow, Base):
    """The tax of one category on a credit note; append-only. Of an invoice: at its rate.

    The credit notes of an invoice together never show more base or tax than it does.
    """

    __tablename__ = "receivables_credit_note_tax"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant", "credit_note_id"],
            ["receivables_credit_note.tenant", "receivables_credit_note.id"],
        ),
    )

    credit_note_id: Mapped[UUID] = mapped_column(primary_key=True)
    category: Mapped[str] = mapped_column(primary_key=True)
    rate: Mapped[Decimal] = mapped_column(Numeric(9, 6))
    base: Mapped[PostedAmount]
    tax: Mapped[PostedAmount]
    # Of documents from before there were codes it is empty; `vat_code` knows better.
    told_code: Mapped[str | None] = mapped_column("vat_code")
    exemption_code: Mapped[str | None]
    exemption_reason: Mapped[str | None]
    country: Mapped[str | None]
    distance: Mapped[bool] = mapped_column(server_default="false")

    @property
    def vat_code(self) -> str:
        """The VAT category code of EN 16931."""
        return self.told_code or plain_code(self.category, self.rate).value
