"""Reading exchange rates."""

from collections.abc import Collection
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from erp.exchange_rates.rules import MOST_DAYS_OLD, ExchangeRateIsMissing, cross

__all__ = ["ExchangeRateIsMissing", "rates_to"]

_LATEST = """
    SELECT DISTINCT ON (base, quote) base, quote, rate FROM exchange_rates_rate
    WHERE rate_on > $1 AND rate_on <= $2
    ORDER BY base, quote, rate_on DESC, recorded_at DESC, id DESC
"""


async def rates_to(
    connection: Any, into: str, currencies: Collection[str], day: date
) -> dict[str, Fraction]:
    """How many units of `into` one unit of each currency is on a day.

    The last rate known on the day counts, if it is at most a week old. Raises
    `ExchangeRateIsMissing`.
    """
    rows = await connection.fetch(_LATEST, day - timedelta(days=MOST_DAYS_OLD + 1), day)
    rates = {(row["base"], row["quote"]): Fraction(row["rate"]) for row in rows}
    found = {}
    for currency in currencies:
        rate = cross(rates, currency, into)
        if rate is None:
            raise ExchangeRateIsMissing(
                f"No rate leads from {currency} to {into} on {day} or in the week before."
            )
        found[currency] = rate
    return found
