"""Tax rates by day."""

from datetime import date
from decimal import Decimal
from typing import ClassVar

from sqlalchemy import CheckConstraint, Numeric, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column

from erp.tables import Base
from erp.taxes.rules import TaxRateExistsAlready, TaxRateNotFound, TaxRatesOverlap
from servicekit.tables import Identified


class TaxRate(Identified, Base):
    """The rate of a tax category in a country, from `valid_from` on, up to but not on `valid_to`.

    None is for ever, until a later one begins or somebody ends it. No day has two: a GiST index
    refuses periods that overlap. `rate` is a fraction: 0.19 is nineteen per cent. `country` is
    ISO 3166-1 alpha-2, `region` a territory of it with rates of its own; empty: the country itself.
    """

    __tablename__ = "taxes_rate"
    __missing__ = TaxRateNotFound
    __refusals__: ClassVar = {
        "uq_taxes_rate_tenant_country_region_category_valid_from": lambda: TaxRateExistsAlready(
            "The category has a rate from that day on already.", field="valid_from"
        ),
        "ex_taxes_rate_period": lambda: TaxRatesOverlap(
            "Somebody else has just changed the rates of the category."
        ),
    }
    __table_args__ = (
        UniqueConstraint("tenant", "country", "region", "category", "valid_from"),
        CheckConstraint("rate >= 0 AND rate <= 1", name="rate"),
        CheckConstraint("valid_to > valid_from", name="period"),
        ExcludeConstraint(
            ("tenant", "="),
            ("country", "="),
            ("region", "="),
            ("category", "="),
            (text("daterange(valid_from, valid_to)"), "&&"),
            name="ex_taxes_rate_period",
        ),
    )

    country: Mapped[str]
    region: Mapped[str] = mapped_column(server_default="")
    category: Mapped[str]
    name: Mapped[str]
    rate: Mapped[Decimal] = mapped_column(Numeric(9, 6))
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
