"""The waterfall: golden numbers and what holds for all numbers."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpq.pricing.rules import (
    AgreedPriceNeedsReason,
    DiscountNeedsReason,
    ItemHasNoListPrice,
    PricedLine,
    PriceIsTooLarge,
    PriceRules,
    QuantityBreak,
    Request,
    StepName,
    TierDiscount,
    price_line,
)
from servicekit.values import Period
from servicekit.values.decimals import ARITHMETIC, round_to

DAY = date(2026, 11, 23)
ALWAYS = Period(date(2020, 1, 1))
ITEM = UUID(int=1)
OTHER = UUID(int=2)


def dec(text: str) -> Decimal:
    return Decimal(text)


def quantity_break(
    minimum: str,
    discount: str,
    *,
    number: int = 100,
    item_id: UUID | None = None,
    category: str | None = None,
    period: Period = ALWAYS,
) -> QuantityBreak:
    return QuantityBreak(UUID(int=number), dec(minimum), dec(discount), period, item_id, category)


def tier_discount(
    tier: str, discount: str, *, number: int = 200, category: str | None = None
) -> TierDiscount:
    return TierDiscount(UUID(int=number), tier, dec(discount), ALWAYS, category)


NO_RULES = PriceRules(DAY, [], [])
REQUEST = Request(
    item_id=ITEM,
    sku="BK-1",
    category="bicycles",
    quantity=dec("10"),
    tier="gold",
    list_unit_price=dec("899"),
)


def price(request: Request = REQUEST, rules: PriceRules = NO_RULES) -> PricedLine:
    return price_line(request, rules, "EUR")


def decided(rules: PriceRules, step: StepName, request: Request = REQUEST) -> str:
    """What decided a step of a line."""
    (found,) = [one.rule for one in price(request, rules).steps if one.step is step]
    return found


def test_without_rules_the_net_price_is_the_list_price() -> None:
    line = price()

    assert line.net_unit_price == dec("899")
    assert line.net_amount == dec("8990")
    assert line.discount_fraction == 0


def test_every_discount_is_taken_off_what_the_one_before_left() -> None:
    rules = PriceRules(DAY, [quantity_break("10", "0.05")], [tier_discount("gold", "0.05")])

    line = price(replace(REQUEST, discount=dec("0.1"), discount_reason="Fair"), rules)

    assert [(step.step, step.output) for step in line.steps] == [
        (StepName.LIST, dec("899")),
        (StepName.QUANTITY_BREAK, dec("854.05")),
        (StepName.TIER, dec("811.3475")),
        (StepName.MANUAL, dec("730.21275")),
        (StepName.NET, dec("730.21275")),
    ]
    assert line.net_amount == dec("7302.1275")
    assert line.discount_fraction == dec("0.18775")


def test_each_step_says_which_rule_decided_and_why() -> None:
    rules = PriceRules(DAY, [quantity_break("10", "0.05")], [])

    steps = {step.step: step for step in price(rules=rules).steps}

    assert steps[StepName.QUANTITY_BREAK].rule == f"quantity-break:{UUID(int=100)}"
    assert steps[StepName.QUANTITY_BREAK].reason == "5 % from 10 on"
    assert steps[StepName.TIER].rule == "none"
    assert steps[StepName.TIER].reason == "Tier gold has no discount"


def test_an_agreed_price_replaces_the_list_price_and_the_automatic_discounts() -> None:
    rules = PriceRules(DAY, [quantity_break("1", "0.5")], [tier_discount("gold", "0.5")])
    agreed = replace(REQUEST, agreed_unit_price=dec("800"), agreed_reason="Contract 7")

    line = price(agreed, rules)

    assert line.list_unit_price == dec("899")
    assert line.net_unit_price == dec("800")
    assert line.discount_fraction == 0
    assert [step.step for step in line.steps][:2] == [StepName.LIST, StepName.AGREED]
    assert line.steps[1].reason == "Contract 7"


def test_a_manual_discount_is_given_on_an_agreed_price_too() -> None:
    """Northwind's lines: the order's own price less a fraction, at full precision."""
    request = replace(
        REQUEST,
        quantity=dec("15"),
        agreed_unit_price=dec("16.8"),
        agreed_reason="Order 10251",
        discount=dec("0.05"),
        discount_reason="Order 10251",
    )

    assert price(request).net_amount == dec("239.4")


def test_an_agreed_price_needs_no_list_price() -> None:
    request = replace(
        REQUEST, list_unit_price=None, agreed_unit_price=dec("1"), agreed_reason="Sample"
    )

    assert price(request).list_unit_price is None
    assert price(request).steps[0].step is StepName.AGREED


def test_without_any_price_the_line_is_refused_by_name() -> None:
    with pytest.raises(ItemHasNoListPrice, match="BK-1 has no list price in EUR on 2026-11-23"):
        price(replace(REQUEST, list_unit_price=None))


def test_whoever_gives_something_away_says_why() -> None:
    with pytest.raises(AgreedPriceNeedsReason):
        price(replace(REQUEST, agreed_unit_price=dec("1")))
    with pytest.raises(DiscountNeedsReason):
        price(replace(REQUEST, discount=dec("0.1")))


def test_a_line_that_the_erp_would_not_take_is_refused() -> None:
    dear = replace(REQUEST, quantity=dec("1"), list_unit_price=dec("999999999999.9999"))
    assert price(dear).net_amount == dec("999999999999.9999")
    with pytest.raises(PriceIsTooLarge) as refused:
        price(replace(dear, list_unit_price=dec("1000000000000")))
    assert refused.value.field == "quantity"


def test_the_most_specific_break_wins_and_then_the_highest_that_is_reached() -> None:
    rules = PriceRules(
        DAY,
        [
            quantity_break("1", "0.5", number=1),
            quantity_break("5", "0.1", number=2, category="bicycles"),
            quantity_break("2", "0.2", number=3, category="bicycles"),
            quantity_break("100", "0.9", number=4, item_id=ITEM),
            quantity_break("1", "0.9", number=5, item_id=OTHER),
        ],
        [],
    )

    assert decided(rules, StepName.QUANTITY_BREAK) == f"quantity-break:{UUID(int=2)}"


def test_a_rule_counts_only_on_its_own_days() -> None:
    over = quantity_break("1", "0.5", period=Period(date(2026, 1, 1), DAY))
    begins_today = quantity_break("1", "0.1", period=Period(DAY))
    tomorrow = quantity_break("1", "0.9", period=Period(date(2026, 11, 24)))

    line = price(rules=PriceRules(DAY, [over, begins_today, tomorrow], []))

    assert line.net_unit_price == dec("809.1")


def test_a_tier_discount_for_the_category_wins_over_a_general_one() -> None:
    general = tier_discount("gold", "0.2", number=1)
    special = tier_discount("gold", "0.05", number=2, category="bicycles")
    rules = PriceRules(DAY, [], [special, general, tier_discount("silver", "0.5", number=3)])

    assert decided(rules, StepName.TIER) == f"tier-discount:{special.id}"
    for category in ("wax", None):
        request = replace(REQUEST, category=category)
        assert decided(rules, StepName.TIER, request) == f"tier-discount:{general.id}"
    assert decided(rules, StepName.TIER, replace(REQUEST, tier="bronze")) == "none"


fractions = st.decimals(min_value=0, max_value=1, places=4)
prices = st.decimals(min_value=0, max_value=100_000, places=4)
quantities = st.decimals(min_value=dec("0.001"), max_value=10_000, places=3)
periods = st.sampled_from(
    [ALWAYS, Period(DAY), Period(date(2026, 1, 1), DAY), Period(date(2026, 1, 1))]
)
breaks = st.lists(
    st.builds(
        QuantityBreak,
        id=st.uuids(),
        minimum_quantity=st.integers(1, 20).map(Decimal),
        discount=fractions,
        period=periods,
        item_id=st.sampled_from([None, ITEM, OTHER]),
        category=st.sampled_from([None, "bicycles", "wax"]),
    ),
    max_size=8,
)
tiers = st.lists(
    st.builds(
        TierDiscount,
        id=st.uuids(),
        tier=st.sampled_from(["gold", "silver"]),
        discount=fractions,
        period=periods,
        category=st.sampled_from([None, "bicycles", "wax"]),
    ),
    max_size=8,
)
requests = st.builds(
    replace,
    st.just(REQUEST),
    quantity=quantities,
    list_unit_price=prices,
    discount=fractions,
    discount_reason=st.just("Because"),
)


@given(requests, breaks, tiers, st.randoms())
def test_the_order_in_which_rules_were_written_changes_no_price(
    request: Request, some: list[QuantityBreak], others: list[TierDiscount], random: object
) -> None:
    first = price(request, PriceRules(DAY, some, others))
    random.shuffle(some)  # type: ignore[attr-defined]
    random.shuffle(others)  # type: ignore[attr-defined]

    assert price(request, PriceRules(DAY, some, others)) == first


@given(requests, breaks, tiers)
def test_each_step_begins_where_the_one_before_ended_and_none_raises_the_price(
    request: Request, some: list[QuantityBreak], others: list[TierDiscount]
) -> None:
    line = price(request, PriceRules(DAY, some, others))

    for before, after in zip(line.steps, line.steps[1:], strict=False):
        assert after.input == before.output
        assert after.output <= before.output
    assert line.steps[-1].output == line.net_unit_price
    assert 0 <= line.discount_fraction <= 1
    assert 0 <= line.net_unit_price <= request.list_unit_price  # type: ignore[operator]


@given(requests, breaks, tiers, fractions)
def test_a_larger_manual_discount_never_costs_the_customer_more(
    request: Request, some: list[QuantityBreak], others: list[TierDiscount], other: Decimal
) -> None:
    rules = PriceRules(DAY, some, others)
    less, more = sorted((request.discount, other))

    assert (
        price(replace(request, discount=more), rules).net_amount
        <= price(replace(request, discount=less), rules).net_amount
    )


@given(requests, breaks, tiers, prices)
def test_a_higher_list_price_never_costs_the_customer_less(
    request: Request, some: list[QuantityBreak], others: list[TierDiscount], other: Decimal
) -> None:
    rules = PriceRules(DAY, some, others)
    low, high = sorted((request.list_unit_price or Decimal(0), other))

    assert (
        price(replace(request, list_unit_price=low), rules).net_amount
        <= price(replace(request, list_unit_price=high), rules).net_amount
    )


@given(requests, tiers, quantities)
def test_with_rising_breaks_a_larger_quantity_never_raises_the_unit_price(
    request: Request, others: list[TierDiscount], other: Decimal
) -> None:
    rising = [
        quantity_break(str(minimum), f"0.0{minimum}", number=minimum) for minimum in (1, 3, 5, 9)
    ]
    rules = PriceRules(DAY, rising, others)
    few, many = sorted((request.quantity, other))

    assert (
        price(replace(request, quantity=many), rules).net_unit_price
        <= price(replace(request, quantity=few), rules).net_unit_price
    )


@given(requests, breaks, tiers)
def test_a_price_fits_the_columns_that_keep_it_and_replays_from_them(
    request: Request, some: list[QuantityBreak], others: list[TierDiscount]
) -> None:
    line = price(request, PriceRules(DAY, some, others))

    for kept in (line.net_unit_price, line.net_amount, line.discount_fraction):
        exponent = kept.as_tuple().exponent
        assert isinstance(exponent, int)
        assert exponent >= -10
    product = ARITHMETIC.multiply(line.net_unit_price, request.quantity)
    assert round_to(product, 10) == line.net_amount
