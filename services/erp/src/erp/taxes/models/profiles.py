"""What is known of buyers and sellers for the tax of a sale."""

from datetime import date
from typing import ClassVar
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from erp.tables import Base
from erp.taxes.rules import CompanyTaxNotFound, TaxProfileNotFound
from servicekit.tables import PostedAmount, TenantRow, Versioned


class TaxProfile(TenantRow, Versioned, Base):
    """Where a customer's account is taxed, and as what. An account without one is as at home.

    `vat_number` is in its plain form with the prefix; `vat_country` is the country of the prefix.
    """

    __tablename__ = "taxes_profile"
    __missing__ = TaxProfileNotFound
    __refusals__: ClassVar = {
        "fk_taxes_profile_tenant_account_id": lambda: TaxProfileNotFound(
            "There is no such receivables account."
        )
    }
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant", "account_id"], ["receivables_account.tenant", "receivables_account.id"]
        ),
        CheckConstraint("business OR vat_number IS NULL", name="vat_number"),
        CheckConstraint("(vat_number IS NULL) = (vat_country IS NULL)", name="vat_country"),
    )

    account_id: Mapped[UUID] = mapped_column(primary_key=True)
    country: Mapped[str]
    region: Mapped[str]
    business: Mapped[bool]
    vat_number: Mapped[str | None]
    vat_country: Mapped[str | None]


class Exemption(TenantRow, Base):
    """A certificate that exempts an account in a country, from a day up to but not on another."""

    __tablename__ = "taxes_exemption"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant", "account_id"], ["taxes_profile.tenant", "taxes_profile.account_id"]
        ),
        CheckConstraint("valid_to > valid_from", name="period"),
    )

    account_id: Mapped[UUID] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    country: Mapped[str]
    number: Mapped[str]
    exemption_code: Mapped[str | None]
    reason: Mapped[str]
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]


class CompanyTax(TenantRow, Versioned, Base):
    """How a company taxes consumers in other member states. Without a row: by the threshold.

    `threshold` is in the company's base currency.
    """

    __tablename__ = "taxes_company"
    __missing__ = CompanyTaxNotFound
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant", "company_id"], ["ledger_company.tenant", "ledger_company.id"]
        ),
        CheckConstraint("scheme IN ('threshold', 'destination', 'origin')", name="scheme"),
        CheckConstraint("threshold >= 0", name="threshold"),
    )

    company_id: Mapped[UUID] = mapped_column(primary_key=True)
    scheme: Mapped[str]
    threshold: Mapped[PostedAmount]
    vat_number: Mapped[str | None]


class Territory(TenantRow, Base):
    """A part of a country with rates of its own, as a file of rates told of it."""

    __tablename__ = "taxes_territory"

    country: Mapped[str] = mapped_column(primary_key=True)
    region: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    postcode: Mapped[str | None]


__all__ = ["CompanyTax", "Exemption", "TaxProfile", "Territory"]
