"""Use cases of tax rates: add one, end one, and those a company starts with."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert

from erp.taxes import events, queries
from erp.taxes.models import TaxRate
from erp.taxes.rules import RatePeriod, check_end, plan_rate, standard_rates
from servicekit.uow import UnitOfWork


def _period(row: TaxRate) -> RatePeriod:
    return RatePeriod(row.valid_from, row.valid_to)


async def add_tax_rate(
    uow: UnitOfWork,
    *,
    country: str,
    category: str,
    name: str,
    rate: Decimal,
    valid_from: date,
    region: str = "",
) -> TaxRate:
    """Let a rate (a fraction) hold in a country from a day on, until the next one begins.

    `region` is a territory of the country with rates of its own, empty for the country itself.

    The rate that held on that day ends there. Raises `TaxRateExistsAlready` or, if somebody else
    is faster, `TaxRatesOverlap`.
    """
    # Two at once would each wait for what the other has written.
    await uow.session.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))"),
        {"key": f"taxes_rate:{uow.tenant}:{country}:{region}:{category}"},
    )
    found = await queries.rates_of(uow.session, country, category, region)
    series = {_period(row): row for row in found}
    plan = plan_rate(list(series), valid_from)
    if plan.ends is not None:
        series[plan.ends].valid_to = valid_from
        # Before the new one is there: the database looks at every statement.
        await uow.flush()
    row = TaxRate(
        tenant=uow.tenant,
        id=uow.new_id(),
        country=country,
        region=region,
        category=category,
        name=name,
        rate=rate,
        valid_from=valid_from,
        valid_to=plan.valid_to,
    )
    uow.add(row)
    await uow.flush()
    uow.audit(
        "taxes.rate.added",
        "tax-rate",
        row.id,
        {
            "country": country,
            "region": region,
            "category": category,
            "rate": rate,
            "valid_from": valid_from,
        },
    )
    if not region:
        await announce(uow, country)
    return row


async def end_tax_rate(uow: UnitOfWork, rate_id: UUID, *, valid_to: date, reason: str) -> TaxRate:
    """Let a rate hold no longer from a day on; posted invoices keep theirs.

    Raises `TaxRateNotFound`, `TaxRateEndsBeforeItBegins` or `TaxRatesOverlap`.
    """
    found = await uow.get(TaxRate, rate_id)
    series = await queries.rates_of(uow.session, found.country, found.category, found.region)
    row = next(one for one in series if one.id == rate_id)
    check_end([_period(one) for one in series], _period(row), valid_to)
    before, row.valid_to = row.valid_to, valid_to
    await uow.flush()
    uow.audit(
        "taxes.rate.ended",
        "tax-rate",
        row.id,
        {"from": before, "to": valid_to, "reason": reason},
    )
    if not row.region:
        await announce(uow, row.country)
    return row


async def announce(uow: UnitOfWork, country: str) -> None:
    """Say of every company in the country what it charges."""
    for company in await queries.companies_taxed(uow.session, country):
        uow.publish(events.company_tax(company))


async def add_standard_rates(uow: UnitOfWork, country: str) -> None:
    """The rates that a new company in the country starts with, of categories that have none yet.

    A category that the tenant has set rates for is left alone: what is missing there is missing on
    purpose.
    """
    known = set(
        await uow.session.scalars(
            select(TaxRate.category).where(TaxRate.country == country, TaxRate.region == "")
        )
    )
    rows = [
        {
            "tenant": uow.tenant,
            "id": uow.new_id(),
            "country": country,
            "region": "",
            "category": seed.category,
            "name": seed.name,
            "rate": seed.rate,
            "valid_from": seed.valid_from,
            "valid_to": seed.valid_to,
        }
        for seed in standard_rates(country)
        if seed.category not in known
    ]
    if rows:
        await uow.session.execute(insert(TaxRate).values(rows).on_conflict_do_nothing())
    await announce(uow, country)


async def prepare_company(uow: UnitOfWork, company: Any) -> None:
    """Give a new company its country's tax rates."""
    await add_standard_rates(uow, company.country)
