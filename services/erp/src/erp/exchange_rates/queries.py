"""Reading exchange rates."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from erp.exchange_rates.rules import (
    MOST_DAYS_OLD,
    ExchangeRateIsMissing,
    Leg,
    RecordedRate,
    converted,
    route,
    worth,
)

__all__ = ["Conversion", "ExchangeRateIsMissing", "conversion", "rates_to"]

# The latest day of each pair that the company's policy lets count; on it the first of its sources,
# and the newest recording. Nobody's policy is the one that companies are opened with.
_LATEST = """
    WITH said AS (
        SELECT sources, most_days_old, inverts FROM exchange_rates_policy
        WHERE company_id = {company}
    ), policy AS (
        SELECT coalesce((SELECT sources FROM said), '{{}}') AS sources,
               coalesce((SELECT most_days_old FROM said), {most_days_old}) AS most_days_old,
               coalesce((SELECT inverts FROM said), true) AS inverts
    )
    SELECT p.most_days_old, p.inverts, r.*
    FROM policy p
    LEFT JOIN LATERAL (
        SELECT DISTINCT ON (r.base, r.quote) r.base, r.quote, r.rate, r.rate_on, r.source
        FROM exchange_rates_rate r
        WHERE r.rate_on BETWEEN {day} - p.most_days_old AND {day}
          AND (p.sources = '{{}}' OR r.source = ANY(p.sources))
          AND ({known_at} IS NULL OR r.recorded_at <= {known_at})
        ORDER BY r.base, r.quote, r.rate_on DESC, array_position(p.sources, r.source),
                 r.recorded_at DESC, r.id DESC
    ) AS r ON true
"""
_FOR_POSTING = _LATEST.format(
    company="$1::uuid", day="$2::date", known_at="NULL::timestamptz", most_days_old=MOST_DAYS_OLD
)
_FOR_READING = text(
    _LATEST.format(
        company="CAST(:company_id AS uuid)",
        day="CAST(:day AS date)",
        known_at="CAST(:known_at AS timestamptz)",
        most_days_old=MOST_DAYS_OLD,
    )
)
_LAST_OF = """
    SELECT max(rate_on) FROM exchange_rates_rate
    WHERE rate_on <= $1 AND (base = $2 OR quote = $2)
"""


@dataclass(frozen=True, slots=True)
class Conversion:
    """An amount in another currency, rounded to its minor units, and how it came about."""

    amount: Decimal
    rate: Fraction
    legs: tuple[Leg, ...]


async def rates_to(
    connection: Any, company_id: UUID, into: str, currencies: Collection[str], day: date
) -> dict[str, Fraction]:
    """How many units of `into` one unit of each currency is on a day, for a company.

    Its policy says which rates count and how old one may be. Raises `ExchangeRateIsMissing`.
    """
    rows = await connection.fetch(_FOR_POSTING, company_id, day)
    found = {}
    for currency in currencies:
        legs, most_days_old = _route(rows, currency, into)
        if legs is None:
            last = await connection.fetchval(_LAST_OF, day, currency)
            raise _missing(currency, into, day, most_days_old, last)
        found[currency] = worth(legs)
    return found


async def conversion(
    session: AsyncSession,
    company_id: UUID | None,
    amount: Decimal,
    currency: str,
    into: str,
    day: date,
    known_at: datetime | None = None,
) -> Conversion:
    """An amount in another currency at the rate of a day, as it was known at an instant.

    Raises `ExchangeRateIsMissing`.
    """
    rows = (
        (
            await session.execute(
                _FOR_READING, {"company_id": company_id, "day": day, "known_at": known_at}
            )
        )
        .mappings()
        .all()
    )
    legs, most_days_old = _route(rows, currency, into)
    if legs is None:
        raise _missing(currency, into, day, most_days_old, None)
    rate = worth(legs)
    return Conversion(converted(amount, rate, into), rate, legs)


def _route(rows: Any, currency: str, into: str) -> tuple[tuple[Leg, ...] | None, int]:
    rates: Mapping[tuple[str, str], RecordedRate] = {
        (row["base"], row["quote"]): RecordedRate(
            row["base"], row["quote"], row["rate"], row["rate_on"], row["source"]
        )
        for row in rows
        if row["base"] is not None
    }
    policy = rows[0]
    return (
        route(rates, currency, into, inverts=policy["inverts"]),
        policy["most_days_old"],
    )


def _missing(
    currency: str, into: str, day: date, most_days_old: int, last: date | None
) -> ExchangeRateIsMissing:
    said = f" {currency} was last quoted on {last}." if last is not None else ""
    return ExchangeRateIsMissing(
        f"No rate leads from {currency} to {into} on {day} or in the {most_days_old} days before."
        f"{said}",
        day=day.isoformat(),
    )
