"""What remembered facts mean on a day."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from cpq.projections.rules import (
    Cost,
    Costs,
    ListPrice,
    ListPrices,
    Promise,
    Source,
    Stock,
)
from servicekit.values import Money, Period

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
SOURCE = Source(UUID(int=9), "tradewind.erp.list-price-changed.v1", 3, NOON)


def listed(amount: str, currency: str, start: date, end: date | None = None) -> ListPrice:
    return ListPrice(Money(Decimal(amount), currency), "pcs", Period(start, end))


def test_the_list_price_is_the_one_of_the_day_in_the_currency() -> None:
    prices = ListPrices(
        [
            listed("899", "EUR", date(2026, 1, 1), date(2027, 1, 1)),
            listed("929", "EUR", date(2027, 1, 1)),
            listed("999", "USD", date(2026, 1, 1)),
        ],
        SOURCE,
    )

    def on(day: date, currency: str = "EUR") -> Money | None:
        found = prices.on(day, currency)
        return found.unit_price if found else None

    assert on(date(2026, 12, 31)) == Money(Decimal(899), "EUR")
    assert on(date(2027, 1, 1)) == Money(Decimal(929), "EUR")
    assert on(date(2026, 12, 31), "USD") == Money(Decimal(999), "USD")
    assert on(date(2025, 12, 31)) is None
    assert on(date(2026, 12, 31), "CHF") is None


def test_of_two_prices_for_a_day_the_one_that_began_last_counts() -> None:
    prices = ListPrices(
        [
            listed("10", "EUR", date(2026, 11, 1), date(2026, 12, 1)),
            listed("12", "EUR", date(2026, 1, 1)),
        ],
        SOURCE,
    )

    found = prices.on(date(2026, 11, 23), "EUR")

    assert found is not None
    assert found.unit_price.amount == 10


def test_a_cost_counts_only_for_its_company_and_in_the_quotes_currency() -> None:
    company, other = UUID(int=1), UUID(int=2)
    costs = Costs([Cost(company, Money(Decimal(5), "EUR"), Period(date(2026, 1, 1)))], SOURCE)
    day = date(2026, 11, 23)

    assert costs.on(day, "EUR", company) == Money(Decimal(5), "EUR")
    assert costs.on(day, "EUR", None) == Money(Decimal(5), "EUR")
    assert costs.on(day, "EUR", other) is None
    assert costs.on(day, "USD", company) is None


def stock(available: str, *promises: tuple[date, str]) -> Stock:
    return Stock(
        "pcs",
        Decimal(available),
        Decimal(available),
        [Promise(on, Decimal(amount)) for on, amount in promises],
        SOURCE,
    )


def test_a_promise_holds_from_its_day_until_the_next() -> None:
    facts = stock("5", (date(2026, 11, 20), "5"), (date(2026, 12, 1), "20"))

    assert facts.available_on(date(2026, 11, 30)) == 5
    assert facts.available_on(date(2026, 12, 1)) == 20
    assert facts.first_day_for(Decimal(5), not_before=date(2026, 11, 23)) == date(2026, 11, 23)
    assert facts.first_day_for(Decimal(6), not_before=date(2026, 11, 23)) == date(2026, 12, 1)
    assert facts.first_day_for(Decimal(21), not_before=date(2026, 11, 23)) is None


def test_without_promises_what_is_free_counts() -> None:
    assert stock("5").available_on(date(2026, 11, 23)) == 5


def test_an_age_is_never_negative_whatever_the_clocks_say() -> None:
    assert SOURCE.age_seconds(NOON + timedelta(seconds=90)) == 90
    assert SOURCE.age_seconds(NOON - timedelta(hours=1)) == 0
