"""What documents said of tax, and the returns that it was declared in."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any, ClassVar
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
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column

from erp.tables import Base
from erp.taxes.rules import (
    VatReturnNotFound,
    VatReturnOverlaps,
    WithholdingRateNotFound,
    WithholdingRatesOverlap,
)
from servicekit.tables import Identified, PostedAmount, TenantRow, minor_units_check


class TaxPosting(Identified, Base):
    """The tax of one category of a document, as it was booked; append-only.

    `direction` is output (owed to the tax office), input (owed by it) or withheld. Amounts of a
    credit note are below zero. `base` and `tax` are in `currency`, `home_base` and `home_tax` in
    the company's. `posted_on` is the day on which it counts, `document_on` the document's own.
    `country` is the one whose tax it is.
    """

    __tablename__ = "taxes_posting"
    __table_args__ = (
        UniqueConstraint("tenant", "source_id", "source_type", "position"),
        CheckConstraint("direction IN ('output', 'input', 'withheld')", name="direction"),
        CheckConstraint("vat_code IN ('S', 'Z', 'E', 'AE', 'K', 'G', 'O', 'W')", name="vat_code"),
        CheckConstraint(
            " AND ".join(
                minor_units_check(amount, currency)
                for amount, currency in (
                    ("base", "currency"),
                    ("tax", "currency"),
                    ("home_base", "home_currency"),
                    ("home_tax", "home_currency"),
                )
            ),
            name="minor_units",
        ),
        Index("ix_taxes_posting_posted_on", "tenant", "company_id", "posted_on", "id"),
        Index(
            "ix_taxes_posting_distance",
            "tenant",
            "company_id",
            "document_on",
            postgresql_where=text("distance"),
        ),
    )

    company_id: Mapped[UUID]
    source_type: Mapped[str]
    source_id: Mapped[UUID]
    position: Mapped[int] = mapped_column(SmallInteger)
    number: Mapped[str]
    direction: Mapped[str]
    category: Mapped[str]
    vat_code: Mapped[str]
    exemption_code: Mapped[str | None]
    rate: Mapped[Decimal] = mapped_column(Numeric(9, 6))
    country: Mapped[str]
    distance: Mapped[bool]
    partner_id: Mapped[UUID | None]
    partner_vat_number: Mapped[str | None]
    currency: Mapped[str]
    base: Mapped[PostedAmount]
    tax: Mapped[PostedAmount]
    home_currency: Mapped[str]
    home_base: Mapped[PostedAmount]
    home_tax: Mapped[PostedAmount]
    posted_on: Mapped[date]
    document_on: Mapped[date]
    recorded_at: Mapped[datetime]


class VatReturn(Identified, Base):
    """A return as it was filed; append-only. `boxes` are its figures, in the base currency."""

    __tablename__ = "taxes_return"
    __missing__ = VatReturnNotFound
    __refusals__: ClassVar = {
        "ex_taxes_return_period": lambda: VatReturnOverlaps(
            "A return of the company covers some of these days.", field="period_from"
        )
    }
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant", "company_id"], ["ledger_company.tenant", "ledger_company.id"]
        ),
        CheckConstraint("period_to >= period_from", name="period"),
        ExcludeConstraint(
            ("tenant", "="),
            ("company_id", "="),
            (text("daterange(period_from, period_to, '[]')"), "&&"),
            name="ex_taxes_return_period",
        ),
    )

    company_id: Mapped[UUID]
    period_from: Mapped[date]
    period_to: Mapped[date]
    currency: Mapped[str]
    output_tax: Mapped[PostedAmount]
    input_tax: Mapped[PostedAmount]
    payable: Mapped[PostedAmount]
    late_items: Mapped[int] = mapped_column(BigInteger)
    boxes: Mapped[list[Any]]
    filed_at: Mapped[datetime]
    filed_by: Mapped[str]


class ReturnItem(TenantRow, Base):
    """The return in which a posting was declared: once, for ever. Late: of a day before it."""

    __tablename__ = "taxes_return_item"
    __table_args__ = (
        ForeignKeyConstraint(["tenant", "return_id"], ["taxes_return.tenant", "taxes_return.id"]),
        ForeignKeyConstraint(
            ["tenant", "posting_id"], ["taxes_posting.tenant", "taxes_posting.id"]
        ),
        Index("ix_taxes_return_item_return_id", "tenant", "return_id", "posting_id"),
    )

    posting_id: Mapped[UUID] = mapped_column(primary_key=True)
    return_id: Mapped[UUID]
    late: Mapped[bool]


class WithholdingRate(Identified, Base):
    """The share that is withheld of a kind of payment in a country, by day."""

    __tablename__ = "taxes_withholding_rate"
    __missing__ = WithholdingRateNotFound
    __refusals__: ClassVar = {
        "ex_taxes_withholding_rate_period": lambda: WithholdingRatesOverlap(
            "Another rate of the kind holds on some of these days.", field="valid_from"
        )
    }
    __table_args__ = (
        CheckConstraint("rate >= 0 AND rate <= 1", name="rate"),
        CheckConstraint("valid_to > valid_from", name="period"),
        ExcludeConstraint(
            ("tenant", "="),
            ("country", "="),
            ("kind", "="),
            (text("daterange(valid_from, valid_to)"), "&&"),
            name="ex_taxes_withholding_rate_period",
        ),
    )

    country: Mapped[str]
    kind: Mapped[str]
    name: Mapped[str]
    rate: Mapped[Decimal] = mapped_column(Numeric(9, 6))
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
