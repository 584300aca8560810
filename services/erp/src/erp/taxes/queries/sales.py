"""What decides the tax of a sale, read in one piece."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from erp.ledger import queries as ledger
from erp.taxes.models import CompanyTax, Exemption, TaxProfile
from erp.taxes.queries.rates import RATES_ON
from erp.taxes.rules import (
    DISTANCE_SALES_THRESHOLD,
    Buyer,
    Certificate,
    DistanceScheme,
    Sale,
    TaxProfileNotFound,
)

TAX_FACTS = """(
    SELECT jsonb_build_object(
        'country', p.country, 'region', p.region, 'business', p.business,
        'vat_number', p.vat_number, 'vat_country', p.vat_country,
        'certificates', (
            SELECT jsonb_agg(jsonb_build_array(e.number, e.exemption_code, e.reason)
                             ORDER BY e.position)
            FROM taxes_exemption e
            WHERE e.tenant = p.tenant AND e.account_id = p.account_id
              AND e.country = {company}.country
              AND e.valid_from <= {day} AND (e.valid_to IS NULL OR e.valid_to > {day})),
        'rates', CASE WHEN p.country <> {company}.country THEN (
            SELECT jsonb_object_agg(r.category, r.rate::text ORDER BY r.region)
            FROM taxes_rate r
            WHERE r.tenant = p.tenant AND r.country = p.country AND r.region IN ('', p.region)
              AND r.valid_from <= {day} AND (r.valid_to IS NULL OR r.valid_to > {day})) END,
        'scheme', s.scheme, 'threshold', s.threshold::text,
        'distance_sales', CASE WHEN p.country <> {company}.country
                                AND coalesce(s.scheme, 'threshold') = 'threshold' THEN (
            SELECT max(y.sold)::text FROM (
                SELECT sum(t.home_base) AS sold FROM taxes_posting t
                WHERE t.tenant = p.tenant AND t.company_id = {company}.id AND t.distance
                  AND t.document_on >= date_trunc('year', {day}::timestamp) - interval '1 year'
                  AND t.document_on < date_trunc('year', {day}::timestamp) + interval '1 year'
                GROUP BY date_trunc('year', t.document_on::timestamp)) AS y) END)
    FROM taxes_profile p
    LEFT JOIN taxes_company s ON s.tenant = p.tenant AND s.company_id = {company}.id
    WHERE p.tenant = {account}.tenant AND p.account_id = {account}.id
)"""
"""SQL of what is known of a buyer's taxes, for statements that read more at the same time.

Null without a tax profile. `company` and `account` are aliases of their tables, `day` an
expression. `sale_of` reads it."""


def sale_of(country: str, day: date, rates: Mapping[str, Decimal], facts: Any) -> Sale:
    """The sale of a company in a country on a day; `rates` are the country's."""
    if facts is None:
        return Sale(country, day, rates)
    found: dict[str, Any] = json.loads(facts) if isinstance(facts, str) else facts
    buyer = Buyer(
        country=found["country"],
        region=found["region"],
        business=found["business"],
        vat_number=found["vat_number"],
        vat_country=found["vat_country"],
        certificates=[Certificate(*row) for row in found["certificates"] or []],
        rates={name: Decimal(rate) for name, rate in (found["rates"] or {}).items()},
    )
    return Sale(
        country,
        day,
        rates,
        buyer,
        scheme=DistanceScheme(found["scheme"] or "threshold"),
        threshold=(
            DISTANCE_SALES_THRESHOLD
            if found["threshold"] is None
            else Decimal(found["threshold"]).normalize()
        ),
        distance_sales=Decimal(found["distance_sales"] or 0),
    )


_SALE = text(
    f"""
    SELECT c.country, t.categories, t.rates,
           {TAX_FACTS.format(company="c", account="a", day="CAST(:on AS date)")} AS facts
    FROM ledger_company c
    CROSS JOIN LATERAL (SELECT CAST(:account_id AS uuid) AS id, c.tenant AS tenant) AS a
    CROSS JOIN LATERAL {RATES_ON.format(company="c", day="CAST(:on AS date)")} AS t
    WHERE c.id = :company_id
    """  # noqa: S608 - nothing but SQL of this module is put in
)


_ACCOUNT = text("SELECT EXISTS (SELECT FROM receivables_account WHERE id = :id)")


async def account_exists(session: AsyncSession, account_id: UUID) -> bool:
    """Whether the tenant has an account of a customer with this id."""
    return bool(await session.scalar(_ACCOUNT, {"id": account_id}))


async def sale_to(session: AsyncSession, company_id: UUID, account_id: UUID, on: date) -> Sale:
    """What decides the tax of a sale of a company to an account on a day.

    Raises `CompanyNotFound`.
    """
    await ledger.company(session, company_id)
    row = (
        await session.execute(
            _SALE,
            {
                "company_id": company_id,
                "account_id": account_id,
                "on": on,
            },
        )
    ).one()
    rates = dict(zip(row.categories or [], row.rates or [], strict=True))
    return sale_of(row.country, on, rates, row.facts)


@dataclass(frozen=True, slots=True)
class TaxProfileDetail:
    """A tax profile with its certificates."""

    profile: TaxProfile
    exemptions: Sequence[Exemption]


async def tax_profile(session: AsyncSession, account_id: UUID) -> TaxProfileDetail:
    """The tax profile of an account; raises `TaxProfileNotFound`."""
    profile = await session.scalar(
        select(TaxProfile)
        .where(TaxProfile.account_id == account_id)
        .execution_options(populate_existing=True)
    )
    if profile is None:
        raise TaxProfileNotFound(f"The account {account_id} has no tax profile.")
    exemptions = await session.scalars(
        select(Exemption).where(Exemption.account_id == account_id).order_by(Exemption.position)
    )
    return TaxProfileDetail(profile, exemptions.all())


async def company_tax_settings(session: AsyncSession, company_id: UUID) -> CompanyTax | None:
    """How a company taxes sales over borders, or None: by the threshold."""
    found: CompanyTax | None = await session.scalar(
        select(CompanyTax).where(CompanyTax.company_id == company_id)
    )
    return found
