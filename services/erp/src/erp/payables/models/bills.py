"""Bills and credit notes of suppliers, and payments. Triggers stand in the migration."""

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

from erp.payables.rules import BillIsEnteredAlready, BillNotFound, SupplierPaymentNotFound
from erp.tables import Base
from servicekit.tables import (
    Amount,
    Identified,
    PostedAmount,
    TenantRow,
    Versioned,
    minor_units_check,
)
from servicekit.values.money import Money

VAT_CODES = "vat_code IN ('S', 'Z', 'E', 'AE', 'K', 'G', 'O')"


class Bill(Identified, Versioned, Base):
    """A supplier's bill or credit note; amounts in `currency`, at its minor units.

    `net`, `tax` and `gross` are above zero for both kinds. Series, serial, number and `posted_on`
    come with posting; `posted_on` is the day from which on it counts, `issued_on` the supplier's
    own date. Only `disputed` changes on a posted bill. `withheld` of it goes to the tax office, at
    `withholding_rate` of the net; the supplier is owed the rest.
    """

    __tablename__ = "payables_bill"
    __missing__ = BillNotFound
    __refusals__: ClassVar = {
        "uq_payables_bill_supplier_reference": lambda: BillIsEnteredAlready(
            "The supplier's number is taken.", field="supplier_reference"
        )
    }
    __table_args__ = (
        UniqueConstraint("tenant", "company_id", "series", "serial"),
        ForeignKeyConstraint(
            ["tenant", "supplier_id"], ["payables_supplier.tenant", "payables_supplier.id"]
        ),
        CheckConstraint("kind IN ('bill', 'credit-note')", name="kind"),
        CheckConstraint("status IN ('draft', 'approved', 'posted', 'rejected')", name="status"),
        CheckConstraint("approved_by <> entered_by", name="four_eyes"),
        CheckConstraint(
            "(approved_by IS NULL) = (approved_at IS NULL)"
            " AND (status NOT IN ('approved', 'posted') OR approved_by IS NOT NULL)",
            name="approved",
        ),
        CheckConstraint(
            "(status = 'posted') = (serial IS NOT NULL) AND (serial IS NULL) = (number IS NULL)"
            " AND (serial IS NULL) = (series IS NULL) AND (serial IS NULL) = (posted_on IS NULL)",
            name="posted",
        ),
        CheckConstraint("gross = net + tax AND gross > 0", name="totals"),
        CheckConstraint(
            " AND ".join(minor_units_check(column, "currency") for column in ("net", "tax")),
            name="minor_units",
        ),
        CheckConstraint(
            "(discount_on IS NULL) = (discount_rate IS NULL) AND discount_rate > 0"
            " AND discount_rate < 1",
            name="discount",
        ),
        CheckConstraint(
            "(withheld IS NULL) = (withholding_rate IS NULL) AND withheld >= 0"
            " AND withheld < gross"
            f" AND ({minor_units_check('withheld', 'currency', nullable=True)})",
            name="withheld",
        ),
        Index(
            "uq_payables_bill_supplier_reference",
            "tenant",
            "supplier_id",
            "kind",
            "supplier_reference",
            unique=True,
            postgresql_where=text("status <> 'rejected'"),
        ),
        Index("ix_payables_bill_company_id", "tenant", "company_id", "issued_on"),
        Index("ix_payables_bill_supplier_id", "tenant", "supplier_id", "issued_on"),
    )

    company_id: Mapped[UUID]
    supplier_id: Mapped[UUID]
    kind: Mapped[str]
    supplier_reference: Mapped[str]
    status: Mapped[str]
    series: Mapped[str | None]
    serial: Mapped[int | None] = mapped_column(BigInteger)
    number: Mapped[str | None]
    currency: Mapped[str]
    issued_on: Mapped[date]
    due_on: Mapped[date]
    posted_on: Mapped[date | None]
    discount_on: Mapped[date | None]
    discount_rate: Mapped[Decimal | None] = mapped_column(Numeric(9, 6))
    payment_reference: Mapped[str | None]
    tax_country: Mapped[str]
    disputed: Mapped[bool]
    net: Mapped[PostedAmount]
    tax: Mapped[PostedAmount]
    gross: Mapped[PostedAmount]
    withholding_rate: Mapped[Decimal | None] = mapped_column(Numeric(9, 6))
    withheld: Mapped[PostedAmount | None]
    entered_by: Mapped[str]
    approved_by: Mapped[str | None]
    approved_at: Mapped[datetime | None]
    source_sha256: Mapped[str | None]

    @property
    def payable(self) -> Decimal:
        """What the supplier is owed: the gross less what is withheld."""
        return self.gross - (self.withheld or Decimal(0))


class BillLine(TenantRow, Base):
    """A line of a bill, booked to an account, or against the goods received; append-only."""

    __tablename__ = "payables_bill_line"
    __table_args__ = (
        ForeignKeyConstraint(["tenant", "bill_id"], ["payables_bill.tenant", "payables_bill.id"]),
        CheckConstraint("(account_id IS NULL) <> (item_id IS NULL)", name="booked"),
        CheckConstraint(VAT_CODES, name="vat_code"),
        CheckConstraint("quantity > 0", name="quantity"),
    )

    bill_id: Mapped[UUID] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    description: Mapped[str]
    net_amount: Mapped[PostedAmount]
    tax_category: Mapped[str]
    tax_rate: Mapped[Decimal] = mapped_column(Numeric(9, 6))
    vat_code: Mapped[str]
    account_id: Mapped[UUID | None]
    item_id: Mapped[UUID | None]
    quantity: Mapped[Amount | None]
    cost_center: Mapped[str | None]
    project: Mapped[str | None]


class BillTax(TenantRow, Base):
    """The tax of one VAT code, category and rate, as the bill states it; append-only.

    `due` is what the company owes itself on it, at the `due_rate` of its own country.
    """

    __tablename__ = "payables_bill_tax"
    __table_args__ = (
        CheckConstraint(VAT_CODES, name="vat_code"),
        CheckConstraint(
            "(due_rate IS NOT NULL) = (vat_code IN ('AE', 'K'))"
            " AND (due IS NULL) = (due_rate IS NULL)",
            name="due",
        ),
        ForeignKeyConstraint(["tenant", "bill_id"], ["payables_bill.tenant", "payables_bill.id"]),
    )

    bill_id: Mapped[UUID] = mapped_column(primary_key=True)
    vat_code: Mapped[str] = mapped_column(primary_key=True)
    category: Mapped[str] = mapped_column(primary_key=True)
    rate: Mapped[Decimal] = mapped_column(Numeric(9, 6), primary_key=True)
    base: Mapped[PostedAmount]
    tax: Mapped[PostedAmount]
    due_rate: Mapped[Decimal | None] = mapped_column(Numeric(9, 6))
    due: Mapped[PostedAmount | None]


class SupplierPayment(Identified, Base):
    """Money paid to a supplier; append-only. Amounts in `currency`, at its minor units.

    `discount` was kept for paying early, `discount_tax` is the input tax in it. Payment and
    discount are open items of their own. `paid_amount` in `paid_currency` is what left the bank in
    another currency; none: `amount` did.
    """

    __tablename__ = "payables_payment"
    __missing__ = SupplierPaymentNotFound
    __table_args__ = (
        UniqueConstraint("tenant", "company_id", "series", "serial"),
        ForeignKeyConstraint(
            ["tenant", "supplier_id"], ["payables_supplier.tenant", "payables_supplier.id"]
        ),
        CheckConstraint(
            "amount > 0 AND discount >= 0 AND discount_tax >= 0 AND discount_tax <= discount",
            name="amount",
        ),
        CheckConstraint(
            " AND ".join(
                minor_units_check(column, "currency")
                for column in ("amount", "discount", "discount_tax")
            ),
            name="minor_units",
        ),
        CheckConstraint(
            "(paid_amount IS NULL) = (paid_currency IS NULL)"
            " AND (paid_amount IS NULL OR paid_amount > 0 AND paid_currency <> currency"
            f" AND {minor_units_check('paid_amount', 'paid_currency')})",
            name="paid",
        ),
        Index("ix_payables_payment_supplier_id", "tenant", "supplier_id", "paid_on"),
        Index("ix_payables_payment_proposal_id", "tenant", "proposal_id"),
    )

    company_id: Mapped[UUID]
    supplier_id: Mapped[UUID]
    proposal_id: Mapped[UUID | None]
    series: Mapped[str]
    serial: Mapped[int] = mapped_column(BigInteger)
    number: Mapped[str]
    currency: Mapped[str]
    amount: Mapped[PostedAmount]
    discount: Mapped[PostedAmount]
    discount_tax: Mapped[PostedAmount]
    paid_amount: Mapped[PostedAmount | None]
    paid_currency: Mapped[str | None]
    paid_on: Mapped[date]
    posted_on: Mapped[date]
    method: Mapped[str]
    reference: Mapped[str | None]
    created_at: Mapped[datetime]

    @property
    def paid(self) -> Money | None:
        """What left the bank in another currency; None: `amount` did."""
        if self.paid_amount is None or self.paid_currency is None:
            return None
        return Money(self.paid_amount, self.paid_currency)
