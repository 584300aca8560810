"""The pricing kernel: every kind of rule, and what holds whatever they say."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from random import Random
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpq.pricing.rules import (
    Adjustment,
    Band,
    Basis,
    Block,
    Blocks,
    Change,
    Comparison,
    Condition,
    DerivedPricesGoInCircles,
    Discount,
    DocumentToPrice,
    Floor,
    ForAttributes,
    InBundle,
    Method,
    PricedLine,
    PricedOn,
    PriceIsBelowFloor,
    PriceRules,
    Promotion,
    Request,
    Rule,
    RuleKind,
    Schedule,
    ScheduleTier,
    Scope,
    Share,
    StepName,
    Unit,
    Within,
    price_document,
)
from cpq.pricing.rules.running import split
from cpq.pricing.rules.slabs import units_of
from servicekit.taxation import TaxableLine, document_totals
from servicekit.values import Money, Period

DAY = date(2026, 11, 23)
ALWAYS = Period(date(2020, 1, 1))
ALL = Scope()
IN_EUROS = PricedOn("EUR", DAY)


def dec(text: str) -> Decimal:
    return Decimal(text)


def rule(kind: RuleKind, deed: Any, scope: Scope = ALL, key: str = "r", **more: Any) -> Rule:
    return Rule(key, kind, scope, more.pop("period", ALWAYS), deed, "book:1", **more)


def off(fraction: str) -> Adjustment:
    return Adjustment(Change.PERCENT, dec(fraction))


def line(key: str, quantity: str = "1", price: str | None = "100", **more: Any) -> Request:
    sku = more.pop("sku", key.upper())
    number = UUID(int=sum(map(ord, sku)))
    return Request(
        number, sku, more.pop("category", None), dec(quantity), more.pop("tier", "standard"),
        None if price is None else dec(price), key=key, **more,
    )  # fmt: skip


def priced(
    lines: list[Request], rules: list[Rule], on: PricedOn = IN_EUROS
) -> dict[str, PricedLine]:
    return price_document(DocumentToPrice(on, lines), PriceRules(DAY, rules=rules))


def one(request: Request, *rules: Rule, **on: Any) -> PricedLine:
    return priced([request], list(rules), PricedOn("EUR", DAY, **on))[request.key]


def bands(*lowers: str) -> list[Band]:
    uppers = [*map(dec, lowers[1:]), None]
    return [Band(dec(lower), upper) for lower, upper in zip(lowers, uppers, strict=True)]


def schedule(method: Method, within: Within, *tiers: tuple[str, Adjustment], **more: Any) -> Rule:
    found = [
        ScheduleTier(band, adjustment)
        for band, (_, adjustment) in zip(bands(*(t[0] for t in tiers)), tiers, strict=True)
    ]
    return rule(more.pop("kind", RuleKind.QUANTITY), Schedule(method, within, tuple(found)), **more)


def test_a_price_list_of_a_book_goes_before_the_erps_price_in_its_own_currency() -> None:
    book = rule(RuleKind.LIST, Unit(dec("80")), Scope(sku="A", currency="EUR"))

    assert one(line("a"), book).net_unit_price == 80
    assert one(line("a"), replace(book, scope=Scope(sku="A", currency="USD"))).net_amount == 100
    assert one(line("a", price=None), book).list_unit_price == 80


def test_a_contract_of_the_customer_goes_before_that_of_the_company_above_it() -> None:
    own, above, other = (UUID(int=n) for n in (1, 2, 3))
    rules = [
        rule(RuleKind.CONTRACTED, Unit(dec(price)), Scope(sku="A", customer_id=whose), key=key)
        for key, price, whose in (("x", "70", own), ("y", "60", above), ("z", "50", other))
    ]
    tier = rule(RuleKind.TIER, Discount(off("0.1")), Scope(tier="standard"))

    assert one(line("a"), *rules, tier, customers=(own, above)).net_unit_price == 70
    assert one(line("a"), *rules[1:], tier, customers=(own, above)).net_unit_price == 60
    assert one(line("a"), *rules, tier, customers=(UUID(int=9),)).net_unit_price == 90
    found = one(line("a"), *rules, replace(tier, stacks=True), customers=(own,))
    assert found.net_unit_price == 63


def test_what_a_rule_says_of_the_customer_goes_before_what_another_says_of_the_item() -> None:
    own = UUID(int=1)
    rules = [
        rule(RuleKind.TIER, Discount(off("0.1")), Scope(sku="A", tier="standard"), key="item"),
        rule(RuleKind.TIER, Discount(off("0.3")), Scope(customer_id=own), key="customer"),
    ]

    assert one(line("a"), *rules, customers=(own,)).net_unit_price == 70
    assert one(line("a"), *rules).net_unit_price == 90


def test_a_block_costs_the_same_for_any_quantity_in_it_to_the_last_digit() -> None:
    blocks = rule(
        RuleKind.BLOCK,
        Blocks(tuple(map(Block, bands("1", "10", "20"), map(dec, ("100", "170", "300"))))),
    )

    assert [one(line("a", str(n)), blocks).net_amount for n in (1, 3, 9, 10, 19, 20, 7)] == [
        *map(dec, ("100", "100", "100", "170", "170", "300", "100"))
    ]


def test_a_block_does_not_get_the_schedule_as_well_unless_the_schedule_stacks() -> None:
    blocks = rule(RuleKind.BLOCK, Blocks((Block(Band(dec("1"), None), dec("100")),)))
    tiers = schedule(Method.RANGE, Within.LINE, ("5", off("0.1")))

    assert one(line("a", "6"), blocks, tiers).net_amount == 100
    assert one(line("a", "6"), blocks, replace(tiers, stacks=True)).net_amount == 90


def test_attributes_change_the_price_where_all_conditions_hold() -> None:
    conditions = (
        Condition("colour", Comparison.EQUAL, "red"),
        Condition("length", Comparison.AT_LEAST, dec("2.5")),
    )
    red = rule(RuleKind.ATTRIBUTE, ForAttributes(conditions, Adjustment(Change.AMOUNT, dec("-7"))))

    long_and_red = line("a", attributes={"colour": "red", "length": dec("2.50")})
    assert one(long_and_red, red).net_unit_price == 107
    assert one(line("a", attributes={"colour": "red", "length": dec("2")}), red).net_amount == 100
    assert one(line("a", attributes={"colour": "red", "length": "3"}), red).net_amount == 100
    assert one(line("a"), red).net_amount == 100


def test_a_part_costs_less_inside_its_bundle_at_any_depth() -> None:
    rules = [rule(RuleKind.BUNDLE, InBundle("A", off("0.2")), Scope(sku="C"))]
    lines = [line("a"), line("b", parent="a"), line("c", parent="b"), line("c2", sku="C")]

    found = priced(lines, rules)

    assert [found[key].net_amount for key in ("a", "b", "c", "c2")] == [100, 100, 80, 100]
    directly = [rule(RuleKind.BUNDLE, InBundle("A", off("0.2"), "A"), Scope(sku="C"))]
    assert priced(lines, directly)["c"].net_amount == 100


@pytest.mark.parametrize(
    ("parent", "bundle", "amount"), [("monthly", "yearly", 90), ("once", "yearly", 80)]
)
def test_a_bundles_rule_may_ask_how_those_above_are_sold(
    parent: str, bundle: str, amount: int
) -> None:
    """The rule that asks goes before the one that does not, whatever their keys."""
    for_all = InBundle("A", off("0.2"))
    asking = InBundle("A", off("0.1"), "B", "monthly", "yearly")
    part = Scope(sku="C")
    rules = [
        rule(RuleKind.BUNDLE, asking, part, "a"),
        rule(RuleKind.BUNDLE, for_all, part, "b"),
    ]
    lines = [
        line("a", selling_model=bundle),
        line("b", parent="a", selling_model=parent),
        line("c", parent="b"),
    ]

    assert priced(lines, rules)["c"].net_amount == amount
    assert priced(lines, rules[::-1])["c"].net_amount == amount


def test_a_book_says_the_cost_where_the_erp_does_not() -> None:
    cost = rule(RuleKind.COST, Unit(dec("60")), Scope(sku="A", currency="EUR"))
    floor = rule(RuleKind.FLOOR, Floor(least_margin=dec("0.3")), key="floor")
    cheap = line("a", "2", discount=dec("0.2"), discount_reason="Fair")

    found = one(line("a", "2"), cost)
    assert (found.net_amount, found.margin) == (200, 80)
    assert one(line("a", "2", unit_cost=dec("70")), cost).margin == 60
    assert one(line("a", "2")).margin is None
    with pytest.raises(PriceIsBelowFloor, match="a margin of less than 30 %"):
        one(cheap, cost, floor)
    assert one(cheap, floor).margin is None


@pytest.mark.parametrize(("basis", "price"), [(Basis.LIST, 20), (Basis.NET, 18)])
def test_a_derived_price_may_be_a_share_of_one_unit(basis: Basis, price: int) -> None:
    deed = Share(dec("0.2"), frozenset({"A"}), Within.QUOTE, basis, per_unit=True)
    share = rule(RuleKind.DERIVED, deed, Scope(sku="CARE"))
    cheaper = rule(RuleKind.TIER, Discount(off("0.1")), Scope(sku="A"), "tier")

    found = priced([line("a", "3"), line("c", "3", sku="CARE")], [share, cheaper])

    assert found["c"].net_unit_price == price
    assert found["c"].net_amount == 3 * price


def test_a_derived_price_is_a_share_of_what_the_others_cost() -> None:
    deed = Share(dec("0.2"), frozenset({"A", "B"}), Within.QUOTE, Basis.NET)
    share = rule(RuleKind.DERIVED, deed, Scope(sku="CARE"))
    lines = [line("a", "2"), line("b", discount=dec("0.5"), discount_reason="x"), line("x")]
    care = line("care", price=None)

    assert priced([*lines, care], [share])["care"].net_amount == 50
    at_list = replace(share, deed=replace(deed, basis=Basis.LIST))
    assert priced([*lines, care], [at_list])["care"].net_amount == 60
    everything = replace(share, deed=replace(deed, contributors=frozenset()))
    assert priced([*lines, care], [everything])["care"].net_amount == 70
    left_out = replace(lines[0], counts=False)
    assert priced([left_out, *lines[1:], care], [share])["care"].net_amount == 10


def test_derived_prices_stand_on_one_another_but_not_in_circles() -> None:
    def share(of: str, from_: str) -> Rule:
        deed = Share(dec("0.1"), frozenset({from_}), Within.QUOTE, Basis.NET)
        return rule(RuleKind.DERIVED, deed, Scope(sku=of), key=of)

    lines = [line("c", price=None), line("b", price=None), line("a")]
    assert priced(lines, [share("B", "A"), share("C", "B")])["c"].net_amount == 1
    with pytest.raises(DerivedPricesGoInCircles, match="B, C") as refused:
        priced(lines, [share("B", "C"), share("C", "B")])
    assert refused.value.field == "lines.1.sku"


def test_a_range_counts_over_a_line_a_group_or_the_quote() -> None:
    lines = [
        line("a", "6", group="x"), line("b", "6", group="x"), line("c", "6", group="y"),
        line("d", "60", counts=False),
    ]  # fmt: skip

    def discounted(within: Within) -> list[str]:
        tiers = schedule(
            Method.RANGE, within, ("10", off("0.1")), ("15", off("0.2")), ("30", off("0.5"))
        )
        return [str(one.net_unit_price.normalize()) for one in priced(lines, [tiers]).values()]

    assert discounted(Within.LINE) == ["1E+2", "1E+2", "1E+2", "5E+1"]
    assert discounted(Within.GROUP) == ["9E+1", "9E+1", "1E+2", "5E+1"]
    assert discounted(Within.QUOTE) == ["8E+1", "8E+1", "8E+1", "5E+1"]


def test_slabs_give_each_unit_its_own_tier() -> None:
    percents = schedule(Method.SLAB, Within.LINE, ("1", off("0")), ("11", off("0.1")))
    amounts = schedule(
        Method.SLAB, Within.LINE,
        ("1", Adjustment(Change.AMOUNT, dec("0"))), ("11", Adjustment(Change.AMOUNT, dec("7"))),
    )  # fmt: skip
    prices = schedule(
        Method.SLAB, Within.LINE,
        ("1", Adjustment(Change.OVERRIDE, dec("90"))),
        ("11", Adjustment(Change.OVERRIDE, dec("50"))),
    )  # fmt: skip

    # 10 at 100 and 5 at 90; 10 at 100 and 5 at 93; 10 at 90 and 5 at 50.
    assert [one(line("a", "15"), each).net_amount for each in (percents, amounts, prices)] == [
        1450, 1465, 1150,
    ]  # fmt: skip


def test_slabs_over_several_lines_are_shared_and_sum_to_the_whole() -> None:
    prices = schedule(
        Method.SLAB, Within.QUOTE,
        ("0", Adjustment(Change.OVERRIDE, dec("10"))), ("3", Adjustment(Change.OVERRIDE, dec("9"))),
    )  # fmt: skip
    lines = [line("a", "1"), line("b", "1"), line("c", "2")]

    found = priced(lines, [prices])

    # Three units at 10 and one at 9 are 39 for four: 9.75 each.
    assert [found[key].net_amount for key in "abc"] == [dec("9.75"), dec("9.75"), dec("19.5")]
    thirds = [line("a", "1"), line("b", "1"), line("c", "1")]
    seven = schedule(
        Method.SLAB, Within.QUOTE, ("0", Adjustment(Change.OVERRIDE, dec("3.3333333333")))
    )
    assert sum(x.net_amount for x in priced(thirds, [seven]).values()) == dec("9.9999999999")


@pytest.mark.parametrize("method", Method)
@pytest.mark.parametrize("within", [Within.BUNDLE, Within.GROUP])
def test_what_nobody_took_changes_no_price_of_what_stands_where_it_is_named(
    method: Method, within: Within
) -> None:
    """Its own key is that of a bundle and of a group that others stand in."""
    tiers = schedule(method, within, ("1", off("0")), ("5", off("0.5")))
    parts = [line(key, "4", parent="a", group="a") for key in "bc"]

    offered = priced(parts, [replace(tiers, deed=replace(tiers.deed, within=Within.QUOTE))])
    found = priced([line("a", "9", counts=False), *parts], [tiers])

    assert [found[key].net_amount for key in "bc"] == [offered[key].net_amount for key in "bc"]


def test_schedules_of_two_books_count_apart_though_their_keys_are_the_same() -> None:
    tiers = schedule(Method.RANGE, Within.QUOTE, ("5", off("0.1")), ("10", off("0.5")))
    other = replace(tiers, version="other:1", scope=Scope(sku="A"))

    assert one(line("a", "6"), tiers, other).net_amount == 540


def test_a_longer_term_costs_less_per_period_and_is_due_for_all_of_them() -> None:
    tiers = schedule(Method.RANGE, Within.LINE, ("12", off("0.1")), kind=RuleKind.TERM)
    year = line("a", term_months=dec("12"), term_multiplier=dec("12"), term_reason="12 months")

    found = one(year, tiers)

    assert (found.net_unit_price, found.net_amount) == (dec("90"), dec("1080"))
    assert [(s.step, s.output) for s in found.steps][-2:] == [
        (StepName.NET, dec("90")), (StepName.DUE, dec("1080")),
    ]  # fmt: skip
    assert one(replace(year, term_months=dec("11")), tiers).net_unit_price == 100


def test_a_promotion_is_for_whoever_names_its_code() -> None:
    spring = rule(RuleKind.PROMOTION, Promotion("SPRING", off("0.1")))

    assert one(line("a"), spring).net_amount == 100
    assert one(line("a"), spring, promotions=frozenset({"SPRING"})).net_amount == 90


def test_steps_are_taken_in_their_order_whatever_the_order_of_the_rules() -> None:
    rules = [
        rule(RuleKind.PARTNER, Discount(off("0.1")), Scope(partner_level="gold")),
        rule(RuleKind.TIER, Discount(Adjustment(Change.AMOUNT, dec("5"))), Scope(tier="standard")),
        rule(RuleKind.PROMOTION, Promotion("SPRING", off("0.5"))),
    ]
    on = {"partner_level": "gold", "promotions": frozenset({"SPRING"})}

    found = one(line("a"), *rules, **on)

    assert [step.step for step in found.steps] == [
        StepName.LIST, StepName.QUANTITY_BREAK, StepName.PROMOTION, StepName.TIER,
        StepName.PARTNER, StepName.MANUAL, StepName.NET,
    ]  # fmt: skip
    assert found.net_amount == dec("40.5")
    assert one(line("a"), *rules[::-1], **on) == found
    assert {step.version for step in found.steps} == {"", "book:1"}


@pytest.mark.parametrize(
    ("floor", "words"),
    [
        (Floor(least_unit_price=dec("90")), "80 is less than 90 EUR per unit"),
        (Floor(most_discount=dec("0.1")), "a manual discount of more than 10 %"),
        (Floor(least_margin=dec("0.3")), "a margin of less than 30 %"),
    ],
)
def test_nobody_gives_more_than_the_floor_leaves(floor: Floor, words: str) -> None:
    cheap = line("a", discount=dec("0.2"), discount_reason="Fair", unit_cost=dec("60"))
    kept = rule(RuleKind.FLOOR, floor)

    with pytest.raises(PriceIsBelowFloor, match=words) as refused:
        one(cheap, kept)
    assert refused.value.field == "lines.0.discount_fraction"
    found = one(replace(cheap, floor_waived=True), kept)
    assert (found.net_amount, found.margin) == (dec("80"), dec("20"))
    assert one(replace(cheap, discount=dec("0.05")), kept).net_amount == 95


def test_an_agreed_price_stays_above_the_floor_as_a_discount_does() -> None:
    kept = rule(RuleKind.FLOOR, Floor(most_discount=dec("0.1")))
    agreed = line("a", agreed_unit_price=dec("80"), agreed_reason="Fair")

    with pytest.raises(PriceIsBelowFloor, match="more than 10 %") as refused:
        one(agreed, kept)
    assert refused.value.field == "lines.0.agreed_unit_price"
    assert one(replace(agreed, floor_waived=True), kept).net_amount == 80
    assert one(replace(agreed, agreed_unit_price=dec("95")), kept).net_amount == 95
    # What the ramp adds is no concession, and hides none.
    ramped = replace(agreed, agreed_unit_price=dec("89"), uplift=dec("0.5"))
    with pytest.raises(PriceIsBelowFloor):
        one(ramped, kept)
    # A discount on top of an agreed price comes on top of what that gives away.
    both = replace(
        agreed, agreed_unit_price=dec("95"), discount=dec("0.08"), discount_reason="Fair"
    )
    with pytest.raises(PriceIsBelowFloor):
        one(both, kept)
    # Nor does a ramp that lets the price fall go below it.
    with pytest.raises(PriceIsBelowFloor) as fallen:
        one(line("a", uplift=dec("-0.2")), kept)
    assert fallen.value.field == "lines.0.ramp"
    assert one(line("a", uplift=dec("-0.05")), kept).net_amount == 95
    # Where there was no price before, an agreed one gives nothing away.
    assert one(replace(agreed, list_unit_price=None), kept).net_amount == 80


def test_no_price_falls_below_nothing() -> None:
    assert (
        one(
            line("a"), rule(RuleKind.TIER, Discount(Adjustment(Change.AMOUNT, dec("101"))))
        ).net_amount
        == 0
    )


amounts = st.decimals(0, 10_000, places=4)
fractions = st.decimals(0, 1, places=4)
adjustments = st.builds(Adjustment, st.just(Change.PERCENT), fractions) | st.builds(
    Adjustment, st.sampled_from([Change.AMOUNT, Change.OVERRIDE]), amounts
)
skus = st.sampled_from(["A", "B", "C", "CARE"])
scopes = st.builds(
    Scope,
    sku=st.none() | skus,
    category=st.none() | st.sampled_from(["wax", "wheel"]),
    tier=st.none() | st.just("gold"),
    currency=st.none() | st.sampled_from(["EUR", "USD"]),
)


@st.composite
def schedules(draw: st.DrawFn) -> Schedule:
    lowers = sorted(draw(st.sets(st.integers(0, 30), min_size=1, max_size=4)))
    change = draw(st.sampled_from(Change))
    values = fractions if change is Change.PERCENT else amounts
    tiers = [
        ScheduleTier(band, Adjustment(change, draw(values))) for band in bands(*map(str, lowers))
    ]
    return Schedule(draw(st.sampled_from(Method)), draw(st.sampled_from(Within)), tuple(tiers))


deeds = st.one_of(
    st.tuples(st.just(RuleKind.LIST), st.builds(Unit, amounts)),
    st.tuples(
        st.just(RuleKind.BLOCK),
        st.builds(lambda a: Blocks((Block(Band(Decimal(1), Decimal(9)), a),)), amounts),
    ),
    st.tuples(st.just(RuleKind.BUNDLE), st.builds(InBundle, skus, adjustments)),
    st.tuples(
        st.just(RuleKind.DERIVED),
        st.builds(
            Share,
            fractions,
            st.just(frozenset[str]()),
            st.sampled_from(Within),
            st.sampled_from(Basis),
        ),
    ),
    st.tuples(st.just(RuleKind.QUANTITY), schedules()),
    st.tuples(st.sampled_from([RuleKind.TIER, RuleKind.PARTNER]), st.builds(Discount, adjustments)),
)


@st.composite
def rules_of(draw: st.DrawFn) -> list[Rule]:
    found = draw(st.lists(st.tuples(deeds, scopes, st.booleans()), max_size=8))
    return [
        Rule(f"r{at}", kind, scope, ALWAYS, deed, "book:1", stacks=stacks)
        for at, ((kind, deed), scope, stacks) in enumerate(found)
    ]


@st.composite
def documents(draw: st.DrawFn) -> list[Request]:
    count = draw(st.integers(1, 7))
    return [
        line(
            f"l{at}",
            str(draw(st.integers(1, 40))),
            str(draw(amounts)),
            sku=draw(skus),
            category=draw(st.sampled_from([None, "wax", "wheel"])),
            tier=draw(st.sampled_from(["gold", "standard"])),
            parent=None
            if at == 0
            else draw(st.sampled_from([None, *(f"l{n}" for n in range(at))])),
            group=draw(st.sampled_from([None, "x", "y"])),
            counts=draw(st.booleans()),
            discount=draw(fractions),
            discount_reason="Because",
        )
        for at in range(count)
    ]


@given(documents(), rules_of(), st.integers())
def test_prices_do_not_depend_on_the_order_of_lines_or_rules(
    lines: list[Request], rules: list[Rule], seed: int
) -> None:
    first = priced(lines, rules)
    random = Random(seed)
    random.shuffle(lines)
    random.shuffle(rules)

    assert priced(lines, rules) == first


@given(documents(), rules_of(), st.sampled_from(["JPY", "EUR", "KWD"]))
def test_parts_sum_to_wholes_in_every_currency(
    lines: list[Request], rules: list[Rule], currency: str
) -> None:
    found = priced(lines, rules, PricedOn(currency, DAY))
    taxable = [TaxableLine(each.net_amount, "standard") for each in found.values()]

    totals = document_totals(taxable, {"standard": dec("0.19")}, currency)

    assert sum(totals.shown, start=Money.zero(currency)) == totals.net
    assert totals.gross == totals.net + totals.tax


@given(documents(), rules_of())
def test_each_step_begins_where_the_one_before_ended(
    lines: list[Request], rules: list[Rule]
) -> None:
    for each in priced(lines, rules).values():
        for before, after in zip(each.steps, each.steps[1:], strict=False):
            assert after.input == before.output
        assert each.net_unit_price >= 0
        assert each.net_amount >= 0


@given(
    st.lists(fractions, min_size=1, max_size=5),
    st.lists(st.integers(1, 200), min_size=2, max_size=2),
    st.sampled_from(Within),
)
def test_a_monotone_range_never_gives_a_higher_unit_price_for_more(
    values: list[Decimal], quantities: list[int], within: Within
) -> None:
    tiers = schedule(
        Method.RANGE,
        within,
        *((str(1 + 10 * at), Adjustment(Change.PERCENT, v)) for at, v in enumerate(sorted(values))),
    )
    few, many = sorted(quantities)

    at_few, at_many = (one(line("a", str(n)), tiers).net_unit_price for n in (few, many))
    assert at_many <= at_few


@given(amounts, st.lists(amounts, min_size=1, max_size=9))
def test_shares_sum_to_the_whole_and_no_key_depends_on_its_place(
    whole: Decimal, weights: list[Decimal]
) -> None:
    keyed = [(f"k{at}", weight) for at, weight in enumerate(weights)]

    parts = split(whole, keyed)

    assert sum(parts) == whole
    assert split(whole, keyed[::-1]) == parts[::-1]


@given(schedules(), st.integers(1, 60))
def test_no_unit_lies_in_two_slabs(found: Schedule, number: int) -> None:
    units = units_of(found, Decimal(number))

    assert sum(n for _, n in units) <= number
    assert all(n >= 0 for _, n in units)
    if found.tiers[0].band.lower <= 1:
        assert sum(n for _, n in units) == number


@given(st.integers(1, 60), schedules(), st.integers(1, 5))
def test_slabs_over_lines_cost_what_one_line_with_all_units_costs(
    number: int, found: Schedule, lines: int
) -> None:
    slab = rule(RuleKind.QUANTITY, replace(found, method=Method.SLAB, within=Within.QUOTE))
    share, rest = divmod(number, lines)
    quantities = [share + (at < rest) for at in range(lines)]
    several = [line(f"l{at}", str(n)) for at, n in enumerate(quantities) if n]

    together = sum(each.net_amount for each in priced(several, [slab]).values())
    alone = one(line("a", str(number)), slab).net_amount

    # Overrides price what no slab covers at its own price, each at ten places.
    assert abs(together - alone) <= len(several) * dec("0.0000000001")
