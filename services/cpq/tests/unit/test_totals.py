"""Totals of a document and the estimated tax."""

import json
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import pytest

from cpq.pricing.rules import (
    PriceIsTooLarge,
    QuantityBreak,
    RuleOverlapsAnother,
    TaxRate,
    estimate_tax,
    refuse_overlap,
    total,
    usual_rate,
)
from servicekit.taxation import TaxableLine
from servicekit.values import Period

DAY = date(2026, 11, 23)
FROM_2020 = Period(date(2020, 1, 1))


def test_a_total_that_the_erp_would_not_take_is_refused_with_its_tax() -> None:
    rates = {"zero": Decimal(0), "standard": Decimal("0.19")}
    half = TaxableLine(Decimal(5) * 10**11 - 1, "zero")
    assert total([half, half], rates, "EUR").gross.amount == Decimal(10) ** 12 - 2
    with pytest.raises(PriceIsTooLarge):
        total([half, half, TaxableLine(Decimal(2), "zero")], rates, "EUR")
    with pytest.raises(PriceIsTooLarge):
        total([TaxableLine(Decimal(9) * 10**11, "standard")], rates, "EUR")


def rate(text: str, period: Period = FROM_2020, number: int = 1) -> TaxRate:
    return TaxRate(UUID(int=number), "DE", "standard", Decimal(text), period)


def test_an_entered_rate_wins_over_the_usual_one_on_its_days() -> None:
    lowered = rate("0.16", Period(date(2020, 7, 1), date(2021, 1, 1)))

    assert estimate_tax("DE", "standard", date(2020, 8, 1), [lowered]).rate == Decimal("0.16")
    assert estimate_tax("DE", "standard", DAY, [lowered]).rate == Decimal("0.19")


def test_an_estimate_without_a_rate_is_zero_and_says_so() -> None:
    estimate = estimate_tax("US", "standard", DAY, [])

    assert estimate.rate == 0
    assert estimate.reason == "No rate is known for US, standard"
    assert estimate_tax(None, "standard", DAY, []).reason.startswith("The customer has no address")
    assert estimate_tax("DE", "zero", DAY, []).rate == 0


def test_two_rules_for_the_same_case_cannot_hold_on_the_same_day() -> None:
    with pytest.raises(RuleOverlapsAnother, match="holds from 2020-01-01 until further notice"):
        refuse_overlap(rate("0.2", Period(DAY), number=2), [rate("0.19")])


def test_rules_for_other_cases_or_other_days_may_stand_beside_each_other() -> None:
    until = rate("0.19", Period(date(2020, 1, 1), DAY))
    refuse_overlap(rate("0.2", Period(DAY), number=2), [until])
    one = QuantityBreak(UUID(int=1), Decimal(1), Decimal(0), FROM_2020)
    refuse_overlap(
        QuantityBreak(UUID(int=2), Decimal(2), Decimal(0), FROM_2020),
        [one, QuantityBreak(UUID(int=3), Decimal(2), Decimal(0), FROM_2020, category="wax")],
    )


@pytest.mark.data
def test_the_usual_rates_are_those_that_are_published(data_set: Callable[[str], Path]) -> None:
    folder = data_set("tax")
    published = _published(folder)

    checked = 0
    for country, (standard, reduced) in published.items():
        ours = usual_rate(country, "standard")
        if ours is None:
            continue
        checked += 1
        assert ours * 100 == standard, country
        assert usual_rate(country, "reduced") is not None
        assert usual_rate(country, "reduced") * 100 in {*reduced, standard}, country  # type: ignore[operator]
    assert checked >= 12


def _published(folder: Path) -> dict[str, tuple[Decimal, set[Decimal]]]:
    """Standard and reduced rates in percent by country."""
    (path,) = folder.glob("*rates*.json")
    document = json.loads(path.read_text("utf-8"), parse_float=Decimal, parse_int=Decimal)
    return {
        country: (entry["standard"], set(entry.get("reduced") or ()))
        for country, entry in document["rates"].items()
    }
