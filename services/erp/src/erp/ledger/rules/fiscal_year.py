"""Fiscal years: twelve calendar months from a month on that the company chose."""

from datetime import date, timedelta
from decimal import Decimal

from erp.ledger.rules.refusals import NoEndOfFiscalYear


def fiscal_year_of(day: date, starts_in: int) -> tuple[date, date]:
    """The first and the last day of the fiscal year that a day lies in; `starts_in` is a month."""
    year = day.year if day.month >= starts_in else day.year - 1
    return date(year, starts_in, 1), date(year + 1, starts_in, 1) - timedelta(days=1)


def check_year_is_over(ends_on: date, starts_in: int, today: date) -> None:
    """Raises `NoEndOfFiscalYear` for a day that ends no year, or one that is not over."""
    last = fiscal_year_of(ends_on, starts_in)[1]
    if ends_on != last or ends_on >= today:
        raise NoEndOfFiscalYear(
            f"The fiscal year that {ends_on} lies in ends on {last}; today is {today}.",
            field="ends_on",
        )


def still_to_carry(result: Decimal, carried: Decimal) -> Decimal:
    """What is to be carried to retained earnings of a result, credit less debit.

    `result` are income and expense of all years up to the end of this one, `carried` what earlier
    year ends have carried of them: a year is closed twice without harm, and what was posted to it
    between the two is carried by the second.
    """
    return result - carried
