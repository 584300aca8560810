"""Reading tax rates."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Select, or_, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from erp.taxes.models import TaxRate

RATES_ON = """(
    SELECT array_agg(r.category) AS categories, array_agg(r.rate) AS rates
    FROM taxes_rate r
    WHERE r.tenant = {company}.tenant AND r.country = {company}.country AND r.region = ''
      AND r.valid_from <= {day} AND (r.valid_to IS NULL OR r.valid_to > {day})
)"""
"""SQL of the rates in a company's country on a day, for statements that read more at the same time.

No category comes twice: the database refuses periods that overlap."""

_COMPANIES = text("SELECT id, is_default FROM ledger_company WHERE country = :country ORDER BY id")


@dataclass(frozen=True, slots=True)
class CompanyTaxed:
    """A company with the rates of its country."""

    company_id: UUID
    country: str
    is_default: bool
    rates: Sequence[TaxRate]


_TAX_RATES = text(
    f"""
    SELECT t.categories, t.rates
    FROM ledger_company c
    CROSS JOIN LATERAL {RATES_ON.format(company="c", day="CAST(:on AS date)")} AS t
    WHERE c.id = :company_id
    """  # noqa: S608 - nothing but SQL of this module is put in
)


async def tax_rates(session: AsyncSession, company_id: UUID, on: date) -> dict[str, Decimal]:
    """The rate of each tax category in the company's country on a day, as fractions."""
    row = (await session.execute(_TAX_RATES, {"company_id": company_id, "on": on})).first()
    return {} if row is None else dict(zip(row.categories or [], row.rates or [], strict=True))


def holding(rates: Select[tuple[TaxRate]], on: date) -> Select[tuple[TaxRate]]:
    """Only the rates that hold on a day."""
    return rates.where(
        TaxRate.valid_from <= on, or_(TaxRate.valid_to.is_(None), TaxRate.valid_to > on)
    )


async def rates_of(
    session: AsyncSession, country: str, category: str, region: str = ""
) -> list[TaxRate]:
    """The rates of a category in a country or region by first day, locked until commit."""
    rows = await session.scalars(
        select(TaxRate)
        .where(
            TaxRate.country == country,
            TaxRate.region == region,
            TaxRate.category == category,
        )
        .order_by(TaxRate.valid_from)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return list(rows)


async def companies_taxed(session: AsyncSession, country: str) -> list[CompanyTaxed]:
    """The companies in a country, with all rates that they have ever had and will have."""
    rates = await session.scalars(
        select(TaxRate)
        .where(TaxRate.country == country, TaxRate.region == "")
        .order_by(TaxRate.category, TaxRate.valid_from)
    )
    found = rates.all()
    companies = await session.execute(_COMPANIES, {"country": country})
    return [CompanyTaxed(row.id, country, row.is_default, found) for row in companies]
