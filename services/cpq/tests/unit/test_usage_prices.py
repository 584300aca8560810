"""Usage prices: rules of price books that are proved by rating samples again."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpq.pricing.rules import (
    Rule,
    RuleKind,
    Scope,
    UsageHasNoPrice,
    UsageIsTooLarge,
    UsageRate,
    faults_of,
    lint,
    refuse_ambiguity,
)
from cpq.pricing.rules.books import PriceBookIsAmbiguous
from cpq.pricing.schemas import BookIn
from cpq.pricing.service import hash_of, priced_from, recorded, replayed
from cpq.selling import (
    Graduated,
    Package,
    Percentage,
    Standard,
    UsagePrice,
    UsageTier,
    Volume,
    explained,
    proved,
    rated,
    read_usage,
    written_usage,
)
from servicekit.values import Period

from .test_kernel import ALWAYS, line, one, priced, rule
from .test_records import basis

money = st.decimals(0, 1_000, places=6)
counted = st.decimals(0, 100_000, places=3)
events = st.lists(counted, max_size=6)


@st.composite
def tiers(draw: st.DrawFn) -> tuple[UsageTier, ...]:
    ends = sorted(draw(st.sets(st.integers(1, 5_000), max_size=4)))
    return tuple(
        UsageTier(None if end is None else Decimal(end), draw(money), draw(money))
        for end in (*ends, None)
    )


graduated = st.builds(Graduated, tiers())
prices = st.one_of(
    st.builds(Standard, money),
    graduated,
    st.builds(Volume, tiers()),
    st.builds(Package, st.decimals("0.5", 1_000, places=2), money, st.just(Decimal(0)) | counted),
    st.builds(
        Percentage,
        st.decimals(0, 1, places=4),
        st.just(Decimal(0)) | money,
        st.none() | st.decimals(0, 5, places=2),
        st.none() | st.decimals(5, 50, places=2),
    ),
)
shares = st.decimals("0.1", 1, places=2)


def dec(text: str) -> Decimal:
    return Decimal(text)


def usage(price: UsagePrice, resource: str = "calls", key: str = "u", **scope: Any) -> Rule:
    scope.setdefault("sku", "A")
    scope.setdefault("currency", "EUR")
    return rule(RuleKind.USAGE, UsageRate(resource, "call", price), Scope(**scope), key)


@given(prices)
def test_a_usage_price_is_read_as_it_was_written(price: UsagePrice) -> None:
    assert read_usage(json.loads(json.dumps(written_usage(price)))) == price


@given(prices, events, shares)
def test_the_steps_sum_to_what_the_rater_says(
    price: UsagePrice, used: list[Decimal], share: Decimal
) -> None:
    steps = explained(price, used, share)

    assert round(sum((step.amount for step in steps), start=Decimal(0)), 10) == rated(
        price, used, share
    )


@given(prices, events, st.randoms(use_true_random=False))
def test_events_cost_the_same_in_any_order(
    price: UsagePrice, used: list[Decimal], random: Random
) -> None:
    shuffled = random.sample(used, len(used))

    assert rated(price, shuffled) == rated(price, used)


@given(prices, events)
def test_events_cost_the_same_as_their_sum_unless_each_is_rated_by_itself(
    price: UsagePrice, used: list[Decimal]
) -> None:
    if not isinstance(price, Percentage):
        assert rated(price, used) == rated(price, [sum(used, start=Decimal(0))])


@given(graduated, events, counted, shares)
def test_more_usage_of_graduated_tiers_never_costs_less(
    price: Graduated, used: list[Decimal], more: Decimal, share: Decimal
) -> None:
    assert rated(price, [*used, more], share) >= rated(price, used, share)


@given(st.lists(prices, min_size=1, max_size=4), events)
def test_a_price_replayed_from_its_record_is_the_same_and_proves_its_samples(
    found: list[UsagePrice], used: list[Decimal]
) -> None:
    rules = [usage(price, f"r{at}", f"u{at}") for at, price in enumerate(found)]
    asked = line("a", usage_samples={"r0": tuple(used)} if used else None)
    first = basis([asked, line("b")], rules)

    priced_first, again = priced_from(first), replayed(recorded(first))

    assert [each.priced for each in again.lines] == [each.priced for each in priced_first.lines]
    assert hash_of(again.lines) == hash_of(priced_first.lines)
    shown = again.lines[0].priced.usage
    assert [each.price for each in shown] == found
    for each in shown:
        samples = [(sample.events, sample.amount) for sample in each.samples]
        assert all(proof.holds for proof in proved(each.price, samples))
        assert len(samples) == bool(used and each.resource == "r0")
    assert not again.lines[1].priced.usage


def test_lines_without_usage_have_the_hash_that_they_had_before() -> None:
    plain = priced_from(basis([line("a")], []))
    other = priced_from(basis([line("a")], [usage(Standard(dec("1")), sku="B")]))

    assert hash_of(plain.lines) == hash_of(other.lines)
    assert hash_of(plain.lines) == (
        "27cc8440f69e49be2485e814b115c70ba2527750015f69048b835f661b434995"
    )


def test_usage_is_beside_the_price_and_not_in_it() -> None:
    found = one(
        line("a", usage_samples={"calls": (dec("100"), dec("50"))}), usage(Standard(dec("0.5")))
    )

    assert found.net_amount == 100
    (offered,) = found.usage
    assert (offered.rule, offered.version, offered.unit) == ("usage:u", "book:1", "call")
    assert [(sample.events, sample.amount) for sample in offered.samples] == [
        ((dec("100"), dec("50")), dec("75"))
    ]


def test_of_the_rules_for_a_resource_the_most_specific_one_that_fits_wins() -> None:
    rules = [
        usage(Standard(dec("3")), key="any", sku=None),
        usage(Standard(dec("2")), key="item"),
        usage(Standard(dec("1")), key="yearly", selling_model="yearly"),
        usage(Standard(dec("9")), key="dollars", currency="USD"),
        usage(Standard(dec("7")), "storage", key="storage", category="Cloud", sku=None),
    ]

    def said(**more: Any) -> list[tuple[str, str]]:
        return [(each.resource, each.rule) for each in one(line("a", **more), *rules).usage]

    assert said() == [("calls", "usage:item")]
    assert said(selling_model="yearly") == [("calls", "usage:yearly")]
    assert said(sku="B", category="Cloud") == [("calls", "usage:any"), ("storage", "usage:storage")]


def test_a_sample_of_what_has_no_price_is_refused_at_its_line() -> None:
    lines = [line("a"), line("b", usage_samples={"storage": (dec("1"),)})]

    with pytest.raises(UsageHasNoPrice, match="there are: none") as refused:
        priced(lines, [usage(Standard(dec("1")))])
    assert refused.value.field == "lines.1.usage_samples.storage"


@pytest.mark.parametrize("each", ["1", "99999999999999"])
def test_usage_that_costs_a_trillion_is_refused(each: str) -> None:
    asked = line("a", usage_samples={"calls": (dec("999999999999.9"), dec("0.1"))})

    with pytest.raises(UsageIsTooLarge):
        one(asked, usage(Standard(dec(each))))


def tier(up_to: str | None, each: str = "1", flat: str = "0") -> UsageTier:
    return UsageTier(None if up_to is None else dec(up_to), dec(each), dec(flat))


@pytest.mark.parametrize(
    ("price", "place"),
    [
        (Graduated((tier("10"), tier("10"), tier(None))), "price.tiers.1.up_to"),
        (Volume((tier("20"), tier("10"), tier(None))), "price.tiers.1.up_to"),
        (Graduated((tier(None), tier(None))), "price.tiers.0.up_to"),
        (Volume((tier("10"), tier("20"))), "price.tiers.1.up_to"),
        (Graduated(()), "price.tiers"),
        (Package(dec("0"), dec("1")), "price.size"),
        (Percentage(dec("0.1"), least=dec("2"), most=dec("1")), "price.maximum"),
    ],
)
def test_what_makes_no_sense_is_a_fault_with_its_place(price: UsagePrice, place: str) -> None:
    faults = faults_of([usage(Standard(dec("1")), "other", key="other"), usage(price)])

    assert [fault.field for fault in faults] == [f"rules.1.{place}"]


def test_amounts_need_a_currency_and_a_share_alone_needs_none() -> None:
    fee = usage(Percentage(dec("0.1"), dec("0.3")), currency=None)

    assert [fault.field for fault in faults_of([fee])] == ["rules.0.currency"]
    assert not faults_of([usage(Percentage(dec("0.1")), currency=None)])


def test_two_prices_of_one_resource_for_one_case_and_day_are_ambiguous() -> None:
    first, second = (usage(Standard(dec(price)), key=price) for price in ("1", "2"))
    other = usage(Standard(dec("2")), "storage", key="2")
    later = replace(second, period=Period(date(2030, 1, 1)))

    assert [fault.field for fault in faults_of([first, second])] == ["rules.1"]
    assert not faults_of([first, other])
    assert not faults_of([replace(first, period=Period(date(2020, 1, 1), date(2030, 1, 1))), later])
    with pytest.raises(PriceBookIsAmbiguous):
        refuse_ambiguity([first], [replace(second, version="other:1")])
    refuse_ambiguity([first], [replace(other, version="other:1")])


def test_a_lint_says_where_one_unit_more_makes_all_of_them_cheaper() -> None:
    steps = (tier("100", "1"), tier(None, "0.5"))

    assert [(found.code, found.message) for found in lint([usage(Volume(steps))])] == [
        ("cheaper-for-more", "above 100 all units cost less than 100")
    ]
    assert not lint([usage(Graduated(steps))])


@pytest.mark.parametrize(
    ("written", "price"),
    [
        ({"model": "standard", "unit_price": "0.5"}, Standard(dec("0.5"))),
        (
            {
                "model": "graduated",
                "tiers": [{"up_to": "10", "unit_price": "1", "flat": "5"}, {"unit_price": "0.5"}],
            },
            Graduated((tier("10", "1", "5"), tier(None, "0.5"))),
        ),
        ({"model": "volume", "tiers": [{"unit_price": "1"}]}, Volume((tier(None),))),
        (
            {"model": "package", "size": "100", "package_price": "5", "free": "50"},
            Package(dec("100"), dec("5"), dec("50")),
        ),
        (
            {"model": "percentage", "rate": "0.029", "fee": "0.3", "minimum": "1", "maximum": "2"},
            Percentage(dec("0.029"), dec("0.3"), dec("1"), dec("2")),
        ),
    ],
)
def test_books_say_usage_prices_in_the_form_that_quotes_keep(
    written: dict[str, Any], price: UsagePrice
) -> None:
    book = BookIn.model_validate(
        {
            "key": "usage",
            "name": "Usage",
            "rules": [
                {
                    "key": "u", "kind": "usage", "sku": "A", "currency": "EUR",
                    "resource": "api-calls", "unit": "call", "price": written,
                }
            ],
        }
    )  # fmt: skip

    (found,) = book.as_rules(ALWAYS, "usage:1")

    assert found.deed == UsageRate("api-calls", "call", price)
    assert written_usage(price) == written


WORDS: list[tuple[UsagePrice, Sequence[str], str, list[str]]] = [
    (Standard(dec("0.25")), ["100", "20"], "1", ["120 at 0.25"]),
    (
        Graduated((tier("100", "1", "5"), tier(None, "0.5"))),
        ["150"],
        "1",
        ["100 up to 100 at 1", "flat fee of the tier", "50 above 100 at 0.5"],
    ),
    (
        Graduated((tier("100", "1", "5"), tier(None, "0.5"))),
        ["75"],
        "0.5",
        ["50 up to 50 at 1", "flat fee of the tier, 0.5 of 5", "25 above 50 at 0.5"],
    ),
    (
        Volume((tier("100", "1"), tier("200", "0.5", "3"), tier(None, "0.1"))),
        ["150"],
        "1",
        ["150, all above 100 up to 200, at 0.5", "flat fee of the tier"],
    ),
    (
        Package(dec("100"), dec("5"), dec("50")),
        ["250"],
        "1",
        ["50 of 250 are free", "2 packages of 100 at 5"],
    ),
    (
        Percentage(dec("0.01"), dec("0.1"), dec("0.5"), dec("2")),
        ["10", "100", "1000"],
        "1",
        [
            "1 % of 10 and a fee of 0.1, at least 0.5",
            "1 % of 100 and a fee of 0.1",
            "1 % of 1000 and a fee of 0.1, at most 2",
        ],
    ),
]


@pytest.mark.parametrize(("price", "used", "share", "words"), WORDS)
def test_the_steps_are_told_in_words(
    price: UsagePrice, used: Sequence[str], share: str, words: list[str]
) -> None:
    steps = explained(price, [dec(each) for each in used], dec(share))

    assert [step.said for step in steps] == words
