"""Pricing again after an edit gives what pricing from scratch gives, and prices less."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cpq.pricing.rules import (
    Adjustment,
    Attribute,
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
    PricedDraft,
    PricedOn,
    PriceRules,
    Promotion,
    Request,
    Rule,
    RuleKind,
    Schedule,
    ScheduleTier,
    Scope,
    Share,
    Unit,
    UsageRate,
    Within,
    price_document,
)
from cpq.selling import Standard
from servicekit.errors import Refusal
from servicekit.values import Period

DAY = date(2026, 11, 23)
ALWAYS = Period(date(2020, 1, 1))
BUYER, COMPANY = UUID(int=101), UUID(int=102)
ON = PricedOn("EUR", DAY, (BUYER, COMPANY), "NL", "gold", None, frozenset({"SPRING"}))


def dec(text: str) -> Decimal:
    return Decimal(text)


def off(fraction: str) -> Adjustment:
    return Adjustment(Change.PERCENT, dec(fraction))


def line(key: str, quantity: str = "1", sku: str = "", **more: Any) -> Request:
    sku = sku or key.upper()
    return Request(
        UUID(int=sum(map(ord, sku))), sku, None, dec(quantity), "gold",
        more.pop("price", dec("100")), key=key, **more,
    )  # fmt: skip


def rule(kind: RuleKind, deed: Any, key: str = "r", **scope: Any) -> Rule:
    return Rule(key, kind, Scope(**scope), ALWAYS, deed, "book:1")


def schedule(method: Method, within: Within, *tiers: tuple[str, str]) -> Schedule:
    lowers = [*(dec(lower) for lower, _ in tiers), None]
    return Schedule(
        method,
        within,
        tuple(
            ScheduleTier(Band(dec(lower), upper), off(fraction))
            for (lower, fraction), upper in zip(tiers, lowers[1:], strict=True)
        ),
    )


def draft(lines: Sequence[Request], *rules: Rule) -> PricedDraft:
    return PricedDraft(DocumentToPrice(ON, lines), PriceRules(DAY, rules=rules))


def test_a_line_that_no_other_looks_at_is_priced_alone() -> None:
    before = draft([line("a"), line("b"), line("c")], rule(RuleKind.TIER, Discount(off("0.1"))))

    after = before.edited([line("b", "2")])

    assert after.repriced == {"b"}
    assert after.prices["b"].net_amount == 180
    assert after.prices["a"] is before.prices["a"]
    assert before.prices["b"].net_amount == 90


def test_lines_that_are_counted_together_are_priced_where_they_reach_another_tier() -> None:
    counted = schedule(Method.RANGE, Within.GROUP, ("10", "0.1"), ("20", "0.2"))
    lines = [
        line("a", "6", group="x"), line("b", "6", group="x"), line("c", "6", group="y"),
        line("d", "3", group="x", counts=False), line("e", "9", group="x", counts=False),
    ]  # fmt: skip
    before = draft(lines, rule(RuleKind.QUANTITY, counted))

    same_tier = before.edited([line("a", "7", group="x")])
    other_tier = same_tier.edited([line("a", "14", group="x")])

    # What is not offered counts for itself beside the others: 12 and 9 reach the second tier.
    assert same_tier.repriced == {"a"}
    assert other_tier.repriced == {"a", "b", "d"}
    assert other_tier.prices["b"].net_amount == 480


def test_lines_that_fill_slabs_together_share_them_anew() -> None:
    slabs = schedule(Method.SLAB, Within.BUNDLE, ("1", "0"), ("5", "0.5"))
    lines = [line("a"), line("b", "2", parent="a"), line("c", "3", parent="a"), line("d", "9")]
    before = draft(lines, rule(RuleKind.QUANTITY, slabs))

    after = before.edited(removed=["c"])

    assert after.repriced == {"a", "b"}
    assert sum(after.prices[key].net_amount for key in "ab") == 300


def test_the_last_digit_of_what_slabs_give_goes_where_it_goes_from_scratch() -> None:
    slabs = schedule(Method.SLAB, Within.QUOTE, ("1", "0"), ("2", "0.1"))
    lines = [line(key, price=dec("0.3333333333")) for key in "abc"]
    before = draft(lines, rule(RuleKind.QUANTITY, slabs))

    dearer = before.edited([line("b", price=dec("0.6666666666"))])
    agreed = before.edited([line("b", agreed_unit_price=dec("1"), agreed_reason="Because")])
    back = agreed.edited([line("b", price=dec("0.3333333333"))])

    for after in (dearer, agreed, back):
        scratch = draft(after.document.lines, rule(RuleKind.QUANTITY, slabs))
        assert after.repriced == {"a", "b", "c"}
        assert after.prices == scratch.prices


def test_a_line_that_is_counted_but_fills_no_slabs_moves_those_that_do() -> None:
    slabs = schedule(Method.SLAB, Within.QUOTE, ("1", "0"), ("5", "0.5"))
    agreed = {"agreed_unit_price": dec("1"), "agreed_reason": "Because"}
    before = draft([line("a", "4"), line("b", "6", **agreed)], rule(RuleKind.QUANTITY, slabs))

    after = before.edited([line("b", "12", **agreed)])

    # Of ten units six are in the second slab, of sixteen twelve.
    assert [each.prices["a"].net_amount for each in (before, after)] == [280, 250]


def test_what_is_derived_notices_who_left_and_who_came_before_it() -> None:
    def share(sku: str, *of: str) -> Rule:
        deed = Share(dec("0.1"), frozenset(of), Within.GROUP, Basis.NET)
        return rule(RuleKind.DERIVED, deed, sku, sku=sku)

    rules = [share("CARE", "A", "PLUS"), share("PLUS", "A")]
    slabs = rule(RuleKind.QUANTITY, schedule(Method.SLAB, Within.QUOTE, ("1", "0"), ("3", "0.1")))
    first = draft([line("a"), line("care"), line("b"), line("plus", group="x")], *rules, slabs)

    gone = first.edited(removed=["a"])
    elsewhere = first.edited([line("a", group="x")])
    later = first.edited([line("plus")])

    assert gone.prices["care"].net_amount == 0
    assert elsewhere.prices["care"].net_amount == 0
    for after in (gone, elsewhere, later):
        assert after.prices == draft(after.document.lines, *rules, slabs).prices


def test_what_is_derived_follows_what_it_is_a_share_of_and_so_on() -> None:
    def share(sku: str, *of: str) -> Rule:
        deed = Share(dec("0.1"), frozenset(of), Within.QUOTE, Basis.NET)
        return rule(RuleKind.DERIVED, deed, sku, sku=sku)

    lines = [line("a"), line("b"), line("care"), line("plus"), line("rest")]
    before = draft(lines, share("CARE", "A"), share("PLUS", "CARE"), share("REST", "B"))

    after = before.edited([line("a", "2")])

    assert after.repriced == {"a", "care", "plus"}
    assert after.prices["plus"].net_amount == 2
    dearer = after.edited([line("a", "1", price=dec("200"))])
    assert dearer.repriced == {"a"}


def test_parts_are_priced_where_what_they_are_part_of_is_another() -> None:
    cheaper = rule(RuleKind.BUNDLE, InBundle("A", off("0.2")))
    lines = [line("a"), line("b", parent="a"), line("c", parent="b"), line("d")]
    before = draft(lines, cheaper)

    assert before.edited([line("a", "2")]).repriced == {"a"}
    other = before.edited([line("a", sku="X")])
    assert other.repriced == {"a", "b", "c"}
    assert other.prices["c"].net_amount == 100
    back = other.edited(removed=["a"]).edited([line("a")])
    assert back.repriced == {"a", "b", "c"}
    assert back.prices == before.prices


def test_an_edit_that_is_refused_leaves_the_draft_as_it_was() -> None:
    def share(sku: str, of: str) -> Rule:
        deed = Share(dec("0.1"), frozenset({of}), Within.QUOTE, Basis.NET)
        return rule(RuleKind.DERIVED, deed, sku, sku=sku)

    before = draft([line("x"), line("b")], share("A", "B"), share("B", "A"))
    prices = dict(before.prices)

    with pytest.raises(DerivedPricesGoInCircles, match="A, B") as refused:
        before.edited([line("a")])
    assert refused.value.field == "lines.2.sku"
    assert before.prices == prices
    assert before.edited([line("c")]).repriced == {"c"}
    with pytest.raises(KeyError):
        before.edited(removed=["nobody"])


def test_a_value_of_another_kind_is_a_change() -> None:
    condition = Condition("large", Comparison.EQUAL, True)
    dearer = rule(RuleKind.ATTRIBUTE, ForAttributes((condition,), off("-0.5")))
    before = draft([line("a", attributes={"large": True})], dearer)

    after = before.edited([line("a", attributes={"large": dec("1")})])

    assert [each.prices["a"].net_amount for each in (before, after)] == [150, 100]


amounts = st.decimals(0, 10_000, places=4)
fractions = st.decimals(0, 1, places=2)
adjustments = st.builds(Adjustment, st.just(Change.PERCENT), fractions) | st.builds(
    Adjustment, st.sampled_from([Change.AMOUNT, Change.OVERRIDE]), amounts
)
skus = st.sampled_from(["A", "B", "C", "CARE", "PLUS"])
models = st.sampled_from([None, "monthly"])
categories = st.sampled_from([None, "wax", "wheel"])
withins = st.sampled_from(Within)
# Few rules have many conditions, or hardly any would fit.
scopes = st.one_of(
    st.just(Scope()),
    st.builds(Scope, sku=skus),
    st.builds(Scope, category=categories, selling_model=models),
    st.builds(Scope, customer_id=st.sampled_from([BUYER, COMPANY, UUID(int=103)])),
    st.builds(Scope, item_id=st.sampled_from([UUID(int=65), UUID(int=66)]), category=categories),
    st.builds(
        Scope,
        partner_level=st.sampled_from([None, "gold", "silver"]),
        tier=st.sampled_from([None, "gold"]),
        currency=st.sampled_from([None, "EUR", "USD"]),
    ),
)


@st.composite
def schedules(draw: st.DrawFn, within: st.SearchStrategy[Within] = withins) -> Schedule:
    lowers = sorted(draw(st.sets(st.integers(0, 40), min_size=1, max_size=4)))
    change = draw(st.sampled_from(Change))
    values = fractions if change is Change.PERCENT else amounts
    uppers = [*lowers[1:], None]
    tiers = [
        ScheduleTier(
            Band(Decimal(lower), None if upper is None else Decimal(upper)),
            Adjustment(change, draw(values)),
        )
        for lower, upper in zip(lowers, uppers, strict=True)
    ]
    return Schedule(draw(st.sampled_from(Method)), draw(within), tuple(tiers))


conditions = st.builds(Condition, st.just("red"), st.just(Comparison.EQUAL), st.booleans())
terms = schedules(st.just(Within.LINE)).map(lambda found: replace(found, method=Method.RANGE))
shares = st.builds(
    Share,
    fractions,
    st.just(frozenset[str]()) | st.frozensets(skus, min_size=1, max_size=2),
    withins,
    st.sampled_from(Basis),
    st.booleans(),
)
DEEDS: dict[RuleKind, st.SearchStrategy[Any]] = {
    RuleKind.LIST: st.builds(Unit, amounts),
    RuleKind.CONTRACTED: st.builds(Unit, amounts),
    RuleKind.BLOCK: amounts.map(lambda a: Blocks((Block(Band(Decimal(1), Decimal(9)), a),))),
    RuleKind.ATTRIBUTE: st.builds(ForAttributes, st.tuples(conditions), adjustments),
    RuleKind.BUNDLE: st.builds(InBundle, skus, adjustments, st.none() | skus, models, models),
    RuleKind.DERIVED: shares,
    RuleKind.QUANTITY: schedules(),
    RuleKind.TERM: terms,
    RuleKind.PROMOTION: st.builds(Promotion, st.sampled_from(["SPRING", "AUTUMN"]), adjustments),
    RuleKind.TIER: st.builds(Discount, adjustments),
    RuleKind.PARTNER: st.builds(Discount, adjustments),
    RuleKind.FLOOR: st.builds(Floor, most_discount=fractions),
    RuleKind.COST: st.builds(Unit, amounts),
    RuleKind.USAGE: st.builds(
        UsageRate,
        st.sampled_from(["calls", "storage"]),
        st.just("unit"),
        st.builds(Standard, amounts),
    ),
}


@st.composite
def rules_of(draw: st.DrawFn) -> list[Rule]:
    """Rules of any kinds, beside slabs of several lines and prices that are derived."""
    kinds = draw(st.lists(st.sampled_from(RuleKind), max_size=8))
    found = [
        Rule(f"r{at}", kind, draw(scopes), ALWAYS, draw(DEEDS[kind]), "book:1", draw(st.booleans()))
        for at, kind in enumerate(kinds)
    ]
    within = st.sampled_from([Within.BUNDLE, Within.GROUP, Within.QUOTE])
    slabs = replace(draw(schedules(within)), method=Method.SLAB)
    scope = draw(st.sampled_from([Scope(), Scope(sku="A"), Scope(selling_model="monthly")]))
    found.append(
        Rule("slabs", RuleKind.QUANTITY, scope, ALWAYS, slabs, "book:1", draw(st.booleans()))
    )
    derived = draw(st.sampled_from([["CARE"], ["CARE", "PLUS"], ["CARE", "PLUS", "C"]]))
    return found + [rule(RuleKind.DERIVED, draw(shares), sku, sku=sku) for sku in derived]


LISTED = ["0", "1", "7", "0.3333333333", "12.3456789", "99.99", "250", "1000"]
KEYS = [f"l{at}" for at in range(9)]


@st.composite
def lines(draw: st.DrawFn, key: str) -> Request:
    """Keys further up are the only ones that a line is a part of, so that there are no circles."""
    sku = draw(skus)
    attributes: dict[str, Attribute] = draw(
        st.sampled_from([{}, {"red": True}, {"red": False}, {"red": Decimal(1)}])
    )
    discount = draw(st.sampled_from([Decimal(0), dec("0.1"), dec("0.3")]))
    return Request(
        item_id=UUID(int=sum(map(ord, sku))),
        sku=sku,
        category=draw(categories),
        quantity=Decimal(draw(st.integers(1, 30))),
        tier=draw(st.sampled_from(["gold", "standard"])),
        list_unit_price=draw(st.sampled_from([None, *map(dec, LISTED)])),
        agreed_unit_price=draw(st.sampled_from([None, None, None, Decimal(7)])),
        agreed_reason=draw(st.sampled_from(["Because", "Because", "Because", None])),
        discount=discount,
        discount_reason="Because",
        key=key,
        parent=draw(st.sampled_from([None, *KEYS[: KEYS.index(key)]])),
        group=draw(st.sampled_from([None, "x", "y"])),
        counts=draw(st.sampled_from([True, True, False])),
        selling_model=draw(models),
        attributes=attributes,
        term_months=draw(st.sampled_from([None, Decimal(12), Decimal(36)])),
        term_multiplier=draw(st.sampled_from([Decimal(1), Decimal(12)])),
        unit_cost=draw(st.sampled_from([None, Decimal(3)])),
        floor_waived=draw(st.sampled_from([True, True, True, False])),
        ramp=draw(st.sampled_from([None, None, "r", "s"])),
        uplift=draw(st.sampled_from([Decimal(0), dec("0.03"), dec("-0.5")])),
        usage_samples=draw(st.sampled_from([None, None, None, {"calls": (Decimal(3),)}])),
    )


EDITED = [
    "quantity", "list_unit_price", "agreed_unit_price", "parent", "group", "counts", "sku",
    "selling_model", "discount", "ramp", "uplift",
]  # fmt: skip


@st.composite
def edits(draw: st.DrawFn) -> list[tuple[list[Request], list[str]]]:
    """Steps of lines that are put and keys that are removed; the first one is the document."""
    first = [draw(lines(key)) for key in KEYS if draw(st.booleans())]
    steps = [(first, [])]
    there = {one.key: one for one in first}
    for _ in range(draw(st.integers(1, 6))):
        removed = [key for key in sorted(there) if draw(st.integers(0, 9)) == 0]
        put = []
        for key in draw(st.lists(st.sampled_from(KEYS), max_size=2, unique=True)):
            old, new = there.get(key), draw(lines(key))
            # Most edits change one thing: everything else must be seen to stay.
            name = draw(st.sampled_from(["", *EDITED]))
            put.append(replace(old, **{name: getattr(new, name)}) if old and name else new)
        for key in removed:
            del there[key]
        there |= {one.key: one for one in put}
        steps.append((put, removed))
    return steps


def outcome(price: Callable[..., Any], *arguments: Any) -> Any:
    """What comes of it, or what the refusal says."""
    try:
        return price(*arguments)
    except Refusal as refusal:
        return (type(refusal), refusal.detail, refusal.field)


@settings(max_examples=300, deadline=None)
@given(edits(), rules_of())
def test_an_edited_draft_is_priced_as_from_scratch(
    steps: list[tuple[list[Request], list[str]]], rules: list[Rule]
) -> None:
    found = PriceRules(DAY, rules=rules)
    now = PricedDraft(DocumentToPrice(ON, []), found)
    for put, removed in steps:
        there = [key for key in removed if key in now.prices]
        before = dict(now.prices)
        after = outcome(now.edited, put, there)

        document = {one.key: one for one in now.document.lines if one.key not in there}
        document |= {one.key: one for one in put}
        scratch = outcome(price_document, DocumentToPrice(ON, list(document.values())), found)
        assert (after.prices if isinstance(after, PricedDraft) else after) == scratch
        assert now.prices == before
        if isinstance(after, PricedDraft):
            now = after
