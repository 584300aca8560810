"""Totals of a document and the estimated tax."""

import json
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
from servicekit.values import Money, Period

DAY = date(2026, 11, 23)
FROM_2020 = Period(date(2020, 1, 1))


def test_the_document_is_rounded_once_and_not_line_by_line() -> None:
    """348.35 x 16 less 4 %, plus 22 %: 6527.80 unrounded, 6527.81 if the line were rounded."""
    line = Decimal("348.35") * 16 * Decimal("0.96")

    totals = total([(line, "standard", Decimal("0.22"))], "EUR")

    assert totals.net.amount == Decimal("5350.66")
    assert totals.gross.amount == Decimal("6527.80")


def test_tax_is_rounded_per_category_and_rate() -> None:
    lines = [
        (Decimal("0.10"), "standard", Decimal("0.19")),
        (Decimal("0.10"), "standard", Decimal("0.190")),
        (Decimal("0.10"), "reduced", Decimal("0.07")),
    ]

    totals = total(lines, "EUR")

    # 0.20 x 0.19 = 0.038 -> 0.04, and 0.10 x 0.07 = 0.007 -> 0.01; line by line it were 0.05 too,
    # but by 0.02 + 0.02 + 0.01.
    assert totals.tax.amount == Decimal("0.05")


def test_an_empty_document_costs_nothing() -> None:
    totals = total([], "JPY")

    assert totals.net == totals.tax == totals.gross == Money.zero("JPY")
    assert totals.lines == ()


def test_a_total_that_the_erp_would_not_take_is_refused_with_its_tax() -> None:
    half = (Decimal(5) * 10**11 - 1, "zero", Decimal(0))
    assert total([half, half], "EUR").gross.amount == Decimal(10) ** 12 - 2
    with pytest.raises(PriceIsTooLarge):
        total([half, half, (Decimal(2), "zero", Decimal(0))], "EUR")
    with pytest.raises(PriceIsTooLarge):
        total([(Decimal(9) * 10**11, "standard", Decimal("0.19"))], "EUR")


lines = st.lists(
    st.tuples(
        st.decimals(min_value=0, max_value=1_000_000, places=10),
        st.sampled_from(["standard", "reduced", "zero"]),
        st.sampled_from([Decimal("0.19"), Decimal("0.07"), Decimal(0)]),
    ),
    max_size=40,
)


@given(lines, st.sampled_from(["EUR", "JPY", "KWD"]))
def test_shown_lines_sum_to_the_net_and_the_gross_is_net_plus_tax(
    parts: list[tuple[Decimal, str, Decimal]], currency: str
) -> None:
    totals = total(parts, currency)

    assert sum(totals.lines, start=Money.zero(currency)) == totals.net
    assert totals.net + totals.tax == totals.gross
    assert totals.net == totals.net.round()
    assert totals.tax == totals.tax.round()


@given(lines, st.randoms())
def test_the_order_of_the_lines_changes_no_total(
    parts: list[tuple[Decimal, str, Decimal]], random: object
) -> None:
    first = total(parts, "EUR")
    random.shuffle(parts)  # type: ignore[attr-defined]
    second = total(parts, "EUR")

    assert (first.net, first.tax, first.gross) == (second.net, second.tax, second.gross)


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
