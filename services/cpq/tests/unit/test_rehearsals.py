"""Past documents by other versions of price books, and how dry runs are summed up."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from random import Random
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cpq.pricing.rules import (
    Discount,
    DocumentToPrice,
    DraftOfBook,
    ForAttributes,
    InBundle,
    PriceBookIsAmbiguous,
    PricedOn,
    PriceRules,
    Request,
    Rule,
    RuleKind,
    Scope,
    Substitution,
    Unit,
)
from cpq.pricing.service import PricedDocument, PricingBasis, hash_of, priced_from, recorded
from cpq.pricing.service.rehearsing import PricingHasNoRecord, Rehearsed, rehearse
from cpq.quotes.service.pricings import PastQuote
from cpq.rehearsals.rules import Rehearsal, Sides, Sort, Tally
from cpq.rehearsals.service.pricing import count_in
from servicekit.errors import Refusal
from servicekit.values import Period
from servicekit.values.decimals import ARITHMETIC

from .test_kernel import ALWAYS, DAY, IN_EUROS, dec, documents, line, off, rule, rules_of
from .test_records import basis

Days = dict[str, tuple[date, date | None]]
PUBLISHED: Days = {"book:1": (ALWAYS.start, None)}


def tried(rules: Sequence[Rule], key: str = "book", days: Days | None = None) -> DraftOfBook:
    version = f"{key}:2"
    found = [replace(one, version=version) for one in rules]
    return DraftOfBook.of(key, version, found, PUBLISHED if days is None else days)


def rehearsed(
    lines: list[Request],
    old: list[Rule],
    *drafts: DraftOfBook,
    on: PricedOn = IN_EUROS,
    rules_on: date | None = None,
) -> Rehearsed:
    return rehearse(recorded(basis(lines, old, on)), Substitution(drafts, rules_on))


def priced(found: PricingBasis) -> PricedDocument | type[Refusal]:
    try:
        return priced_from(found)
    except Refusal as refusal:
        return type(refusal)


def outcome(record: bytes, *drafts: DraftOfBook) -> Rehearsed | type[Refusal]:
    try:
        return rehearse(record, Substitution(drafts))
    except Refusal as refusal:
        return type(refusal)


def of_book(rules: list[Rule], key: str) -> list[Rule]:
    """The rules as those of a book, with a case each, as publishing would have it."""
    cases: dict[object, Rule] = {}
    for one in rules:
        cases[one.kind, one.scope] = replace(one, version=f"{key}:1")
    return list(cases.values())


@given(documents(), rules_of())
def test_the_same_rules_as_a_new_version_change_nothing(
    lines: list[Request], rules: list[Rule]
) -> None:
    first = basis(lines, rules)
    before = priced(first)
    found = outcome(recorded(first), tried(rules))

    if isinstance(before, type):
        assert found is before
        return
    assert isinstance(found, Rehearsed)
    assert found.after is found.before
    assert hash_of(found.after.lines) == hash_of(before.lines)
    assert found.causes == ()


@given(documents(), rules_of(), rules_of(), rules_of())
def test_a_draft_prices_as_if_it_had_been_published_then_and_other_books_stay(
    lines: list[Request], old: list[Rule], new: list[Rule], other: list[Rule]
) -> None:
    staying, old, new = of_book(other, "other"), of_book(old, "book"), of_book(new, "book")
    cases = {(one.kind, one.scope) for one in staying}
    new = [one for one in new if (one.kind, one.scope) not in cases]
    now = [replace(one, version="book:2") for one in new]
    wanted = priced(basis(lines, [*staying, *now]))
    was = priced(basis(lines, [*staying, *old]))
    found = outcome(recorded(basis(lines, [*staying, *old])), tried(new))

    if isinstance(was, type) or isinstance(wanted, type):
        assert found is (was if isinstance(was, type) else wanted)
        return
    assert isinstance(found, Rehearsed)
    assert [one.priced.net_amount for one in found.before.lines] == [
        one.priced.net_amount for one in was.lines
    ]
    assert [one.priced.net_amount for one in found.after.lines] == [
        one.priced.net_amount for one in wanted.lines
    ]
    assert found.after.totals == wanted.totals


@given(documents(), rules_of(), rules_of(), st.randoms(use_true_random=False))
def test_what_rules_made_of_it_sums_to_the_difference_of_the_unit_prices(
    lines: list[Request], old: list[Rule], new: list[Rule], chance: Random
) -> None:
    old, new = of_book(old, "book"), of_book(new, "book")
    record = recorded(basis(lines, old))
    found = outcome(record, tried(new))
    mixed = chance.sample(new, len(new))
    again = outcome(record, tried(mixed))
    if isinstance(found, type):
        assert again is found
        return
    assert isinstance(again, Rehearsed)
    assert found.causes == again.causes

    total = Decimal(0)
    sides = zip(lines, found.before.lines, found.after.lines, strict=True)
    for request, before, after in sides:
        if request.counts:
            unit = after.priced.net_unit_price - before.priced.net_unit_price
            total = ARITHMETIC.add(total, unit * request.quantity * request.term_multiplier)
    assert sum((one.difference for one in found.causes), Decimal(0)) == total


def test_a_new_list_price_is_one_cause_and_the_discount_on_it_another() -> None:
    tier = rule(RuleKind.TIER, Discount(off("0.1")), Scope(tier="standard"), key="tier")
    price = rule(RuleKind.LIST, Unit(dec("80")), Scope(sku="A", currency="EUR"), key="bar")

    found = rehearsed([line("a", "10")], [tier], tried([tier, price]))

    assert (found.before.totals.net.amount, found.after.totals.net.amount) == (900, 720)
    assert [(c.step, c.rule, c.version, c.difference) for c in found.causes] == [
        ("list", "list:bar", "book:2", dec("-200")),
        ("tier", "tier:tier", "book:2", dec("20")),
    ]


def test_a_rule_that_is_gone_is_named_by_what_it_was() -> None:
    tier = rule(RuleKind.TIER, Discount(off("0.1")), Scope(tier="standard"), key="tier")

    found = rehearsed([line("a")], [tier], tried([]))

    assert found.after.totals.net.amount == 100
    assert [(c.rule, c.version, c.difference) for c in found.causes] == [
        ("tier:tier", "book:1", dec("10"))
    ]


def test_lines_that_do_not_count_are_no_cause() -> None:
    price = rule(RuleKind.LIST, Unit(dec("80")), Scope(sku="B", currency="EUR"))

    found = rehearsed([line("a"), line("b", counts=False)], [], tried([price]))

    assert found.after.lines[1].priced.net_amount == 80
    assert found.causes == []


def test_a_book_that_had_no_version_is_added_and_single_rules_stay() -> None:
    single = rule(RuleKind.TIER, Discount(off("0.1")), Scope(tier="standard"), named="tier:x")
    single = replace(single, version="")
    price = rule(RuleKind.LIST, Unit(dec("80")), Scope(sku="A", currency="EUR"))

    found = rehearsed([line("a")], [single], tried([price], "new", {}))

    assert found.after.totals.net.amount == 72


def test_of_equally_specific_rules_a_draft_is_as_old_as_what_it_replaces() -> None:
    """A new book is newer than all others; a new version of an old book is not."""
    newer = Period(date(2026, 1, 1))
    staying = rule(RuleKind.BUNDLE, InBundle("A", off("0.1")), key="a", period=newer)
    staying = replace(staying, version="other:1")
    old = rule(RuleKind.BUNDLE, InBundle("B", off("0.2")), key="b")
    new = replace(old, deed=InBundle("B", off("0.3")))
    lines = [line("a"), line("b", parent="a"), line("c", parent="b")]

    replaced = rehearsed(lines, [staying, old], tried([new]))
    held = rehearsed(lines, [staying], tried([new]))
    added = rehearsed(lines, [staying], tried([new], days={}))

    third = [found.after.lines[2].priced.net_amount for found in (replaced, held, added)]
    assert third == [90, 90, 70]


def test_a_case_that_another_book_has_is_refused_as_publishing_would() -> None:
    old = rule(RuleKind.TIER, Discount(off("0.1")), Scope(tier="standard"), key="t")
    lines = [line("a")]

    for others, drafts in (
        ([old], [tried([old], "other", {})]),
        ([], [tried([old], "one", {}), tried([old], "two", {})]),
    ):
        with pytest.raises(PriceBookIsAmbiguous, match="same case"):
            rehearsed(lines, others, *drafts)
    # A single rule is no book's: which one wins is decided as ever.
    single = replace(old, version="")
    assert rehearsed(lines, [single], tried([old])).after.totals.net.amount == 90


def test_rules_with_days_of_their_own_are_tried_on_the_day_that_is_named() -> None:
    later = Period(date(2027, 1, 1))
    price = rule(RuleKind.LIST, Unit(dec("80")), Scope(sku="A", currency="EUR"), period=later)

    untouched = rehearsed([line("a")], [], tried([price]))
    on_its_day = rehearsed([line("a")], [], tried([price]), rules_on=date(2027, 3, 1))

    assert untouched.after.totals.net.amount == 100
    assert on_its_day.after.totals.net.amount == 80


@pytest.mark.parametrize("record", [None, b"no record", recorded(basis([line("a")], []))[:20]])
def test_what_nobody_wrote_down_is_not_priced(record: bytes | None) -> None:
    with pytest.raises(PricingHasNoRecord):
        rehearse(record, Substitution([]))


def past(number: int, currency: str = "EUR", customer: int = 1) -> PastQuote:
    return PastQuote(
        id=UUID(int=number), version=1, number=f"Q-{number:03d}", revision=1, status="sent",
        customer_id=UUID(int=customer), customer_number=f"C-{customer}",
        customer_name=f"Customer {customer}, {number}", currency=currency, priced_on=DAY,
        line_count=1, net=Decimal(100),
    )  # fmt: skip


@st.composite
def histories(draw: st.DrawFn) -> list[tuple[PastQuote, bytes | None]]:
    found: list[tuple[PastQuote, bytes | None]] = []
    rules = draw(rules_of())
    for number in range(draw(st.integers(0, 4))):
        currency = draw(st.sampled_from(["EUR", "JPY"]))
        quote = past(number, currency, draw(st.integers(1, 3)))
        record = recorded(basis(draw(documents()), rules, PricedOn(currency, DAY)))
        found.append((quote, draw(st.sampled_from([record, record, record, None]))))
    return found


slowly = settings(suppress_health_check=[HealthCheck.too_slow])
"""A history is a handful of documents: they are drawn slowly on a busy machine."""


def tallied(history: Sequence[tuple[PastQuote, bytes | None]], new: list[Rule]) -> Rehearsal:
    tally = Tally()
    for quote, record in history:
        count_in(tally, quote, record, Substitution([tried(new)]), {})
    return tally.result()


def summed(rows: Sequence[object], side: str = "net") -> dict[str, Sides]:
    found: dict[str, Sides] = defaultdict(Sides)
    for row in rows:
        currency: str = row.currency  # type: ignore[attr-defined]
        found[currency] = found[currency].plus(getattr(row, side))
    return {currency: sides for currency, sides in found.items() if any(sides)}


@slowly
@given(histories(), rules_of(), st.randoms(use_true_random=False))
def test_parts_sum_to_the_whole_in_whatever_order_quotes_are_looked_at(
    history: list[tuple[PastQuote, bytes | None]], new: list[Rule], chance: Random
) -> None:
    found = tallied(history, new)

    whole = {one.currency: one.net for one in found.totals if any(one.net)}
    assert summed(found.quotes) == summed(found.customers) == summed(found.items) == whole
    gross = {one.currency: one.gross for one in found.totals if any(one.gross)}
    assert summed(found.quotes, "gross") == summed(found.customers, "gross") == gross
    assert sum(one.quotes + one.unpriced for one in found.totals) == len(history)
    assert sum(one.changed for one in found.totals) == sum(one.changed for one in found.quotes)
    assert sum(one.unpriced_quoted for one in found.totals) == 100 * len(found.unpriced)
    for total in found.totals:
        assert total.dearer + total.cheaper <= total.changed <= total.quotes
    assert tallied(chance.sample(history, len(history)), new) == found


@slowly
@given(histories(), rules_of(), st.sampled_from(Sort))
def test_rows_are_sorted_by_difference_and_none_is_lost(
    history: list[tuple[PastQuote, bytes | None]], new: list[Rule], sort: Sort
) -> None:
    found = tallied(history, new)
    rows = found.ordered(sort)

    assert sorted(one.number for one in rows.quotes) == [one.number for one in found.quotes]
    differences = [one.net.difference for one in rows.quotes]
    if sort is Sort.LARGEST:
        differences = [-abs(one) for one in differences]
    assert differences == sorted(differences, reverse=sort is Sort.DEARER)


def test_a_quote_that_the_new_rules_refuse_is_in_no_sum_but_its_own() -> None:
    record = recorded(basis([line("a", price=None)], [_listed("100")]))

    found = tallied([(past(1), record), (past(2), record)], [])

    (total,) = found.totals
    assert (total.quotes, total.unpriced, total.unpriced_quoted) == (0, 2, 200)
    assert {(one.code, one.field) for one in found.unpriced} == {
        ("item-has-no-list-price", "lines.0.agreed_unit_price")
    }


def test_a_customer_is_called_as_on_the_newest_quote_and_shares_are_of_what_it_was() -> None:
    record = recorded(basis([line("a")], [_listed("80")]))

    found = tallied([(past(2), record), (past(1), record)], [_listed("88")])

    (customer,) = found.customers
    assert customer.customer_name == "Customer 1, 2"
    assert (customer.net.difference, customer.net.share) == (16, dec("0.1"))
    assert Sides(Decimal(0), Decimal(1)).share is None
    (rule_total,) = found.rules
    assert (rule_total.rule, rule_total.quotes, rule_total.difference) == ("list:bar", 2, 16)


def _listed(price: str) -> Rule:
    scope = Scope(sku="A", currency="EUR")
    return rule(RuleKind.LIST, Unit(dec(price)), scope, key="bar")


def test_a_draft_is_looked_through_only_for_what_may_fit() -> None:
    elsewhere = [
        rule(RuleKind.ATTRIBUTE, ForAttributes((), off("0.5")), scope, key=str(at))
        for at, scope in enumerate(
            [Scope(sku="Z"), Scope(currency="USD"), Scope(category="none"), Scope(price_book="x")]
        )
    ]
    document = DocumentToPrice(IN_EUROS, [line("a")])

    assert Substitution([tried(elsewhere)]).rules_for(document, PriceRules(DAY)) is None
