"""Special offers as price books: the numbers of AdventureWorks by hand, and hostile tables."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpq.importing_prices import check
from cpq.pricing.rules import PriceRules, Request, Rule, price_line, refuse_ambiguity
from cpq.pricing.schemas import BookIn
from cpq.readers import Effect, FileCannotBeRead, Finding
from cpq.readers.revenue_cloud.pricing import Prices
from cpq.readers.special_offers import Audience, add_options, audience, read, read_directory
from servicekit.values import Period

from .sheets import table

Cells = Sequence[Sequence[str | int]]
HEADER = (
    "SpecialOfferID", "Description", "DiscountPct", "Type", "Category",
    "StartDate", "EndDate", "MinQty", "MaxQty",
)  # fmt: skip
INSIDE = date(2026, 3, 15)
VOLUME = tuple(
    (at, f"from {lower}", off, "Volume", "Trade", "2026-03-01", "2026-03-31", lower, upper)
    for at, lower, upper, off in (
        (2, "11", "14", ".0200"), (3, "15", "24", ".0500"), (4, "25", "40", ".1000"),
        (5, "41", "60", ".1500"), (6, "61", "", ".2000"),
    )
)  # fmt: skip
PRODUCTS = ((1, "Mug", "MUG-1"), (2, "Jug", "JUG-2"), (3, "Odd", "!"), (4, "None", ""))
LADDER = [
    ("10", "100"), ("11", "98"), ("14", "98"), ("15", "95"), ("24", "95"), ("25", "90"),
    ("40", "90"), ("41", "85"), ("60", "85"),
]  # fmt: skip
"""Quantities, and what one unit of 100 costs: 100 less 2, 5, 10, 15 %."""


def offer(number: int | str = 1, **said: str) -> tuple[str, ...]:
    usual = {
        "SpecialOfferID": str(number), "Description": "Sale", "DiscountPct": "0.1",
        "Type": "Season", "Category": "Trade", "StartDate": "2026-03-01",
        "EndDate": "2026-03-31", "MinQty": "0", "MaxQty": "",
    }  # fmt: skip
    return tuple((usual | said)[column] for column in HEADER)


def shop(
    offers: Cells,
    pairs: Cells | None = None,
    products: Cells = PRODUCTS,
    to: Audience | None = None,
) -> Prices:
    """The prices of three tables; unless said, all offers are for product 1."""
    given_to = [(one[0], 1) for one in offers] if pairs is None else pairs
    files = {
        "SpecialOffer.csv": table([HEADER, *offers]),
        "SpecialOfferProduct.csv": table([("SpecialOfferID", "ProductID"), *given_to]),
        "Product.csv": table([("ProductID", "Name", "ProductNumber"), *products]),
    }
    return read(files, to or Audience())


def rules(prices: Prices) -> list[Rule]:
    """The rules of all books, which the service takes as they are."""
    checked, left_out, refused = check(prices.books, "shop")
    assert (left_out, refused) == ([], [])
    found: list[Rule] = []
    for one in checked:
        book = BookIn.model_validate_json(one.content)
        found += book.as_rules(Period(date(2000, 1, 1)), f"{book.key}:1")
    return found


def check_together(all_rules: Sequence[Rule]) -> None:
    """See that the service takes all of the books at once."""
    for version in {rule.version for rule in all_rules}:
        own = [rule for rule in all_rules if rule.version == version]
        refuse_ambiguity(own, [rule for rule in all_rules if rule.version != version])


def unit_price(
    given_rules: Sequence[Rule], quantity: str, day: date, sku: str = "MUG-1", tier: str = "none"
) -> Decimal:
    """What one unit costs that is listed at 100."""
    request = Request(UUID(int=1), sku, None, Decimal(quantity), tier, Decimal(100))
    return price_line(request, PriceRules(day, rules=given_rules), "USD").net_unit_price


def told(prices: Prices, effect: Effect = Effect.LOST) -> list[tuple[str, str]]:
    return [(one.place, one.construct) for one in prices.findings if one.effect is effect]


@pytest.fixture(scope="module")
def works(data_set: Callable[[str], Path]) -> Prices:
    return read_directory(data_set("adventureworks-erp"))


@pytest.mark.data
class TestAdventureWorks:
    """The files as they are: 16 offers, of which one takes nothing off and one has no product."""

    def test_there_is_a_book_for_each_category_and_days(self, works: Prices) -> None:
        # Offers 2 to 5: offer 2 has 111 products, offer 3 one that offer 2 has not. Of the 23 that
        # have sales meanwhile, 21 have their volume offers again afterwards.
        assert [(one.key, len(one.entries)) for one in works.books] == [
            ("special-offers-2022-05-30-reseller", 133),
            ("special-offers-2023-04-13-reseller", 8),
            ("special-offers-2023-05-30-reseller", 3),
            ("special-offers-2023-05-30-until-2023-07-31-reseller", 1),
            ("special-offers-2024-05-13-customer", 3),
            ("special-offers-2024-05-29-reseller", 3),
            ("special-offers-2024-05-29-until-2024-07-14-reseller", 12),
            ("special-offers-2024-05-29-until-2024-08-29-reseller", 14),
            ("special-offers-2024-07-13-customer", 7),
            ("special-offers-2025-03-30-reseller", 7),
        ]

    def test_nothing_is_lost(self, works: Prices) -> None:
        assert told(works) == []
        noted = [("SpecialOffer.csv:2", "DiscountPct"), ("SpecialOffer.csv:7", "SpecialOfferID")]
        assert told(works, Effect.NOTED) == noted
        changed = told(works, Effect.CHANGED)
        assert [one for one in changed if one[1] == "Category"] == [
            (f"SpecialOffer.csv:{at}", "Category") for at in range(3, 18)
        ]
        # Books of offers 7 to 16 with products of the volume offers: all but that of offer 10,
        # and offers 13 and 14 are one book.
        assert len([one for one in changed if one[1] == "ProductID"]) == 8

    @pytest.mark.parametrize(("quantity", "costs"), [*LADDER, ("61", "100")])
    def test_gloves_on_a_day_inside(self, works: Prices, quantity: str, costs: str) -> None:
        """Product 863 has offers 2 to 5; no row gives anybody offer 6."""
        for day in (date(2022, 5, 30), date(2023, 1, 9), date(2025, 5, 29)):
            assert unit_price(rules(works), quantity, day, "GL-F110-L") == Decimal(costs)

    @pytest.mark.parametrize("day", [date(2022, 5, 29), date(2025, 5, 30)])
    def test_gloves_on_a_day_outside(self, works: Prices, day: date) -> None:
        for quantity, _ in LADDER:
            assert unit_price(rules(works), quantity, day, "GL-F110-L") == Decimal(100)

    def test_a_sale_without_a_range_begins_with_one(self, works: Prices) -> None:
        """Offer 10, for product 928: half off from 13 May to 28 July 2024."""
        of_2024 = rules(works)
        for quantity in ("1", "1000"):
            assert unit_price(of_2024, quantity, date(2024, 7, 28), "TI-M267") == Decimal(50)
            assert unit_price(of_2024, quantity, date(2024, 7, 29), "TI-M267") == Decimal(100)

    def test_all_books_can_be_published_together(self, works: Prices) -> None:
        check_together(rules(works))

    def test_of_a_sale_and_a_volume_offer_the_larger_counts(self, works: Prices) -> None:
        """Product 707, a helmet: 10 % from 30 May to 29 June 2023, beside offers 2 and 3."""
        of_2023 = rules(works)
        for quantity, costs in (("1", "90"), ("11", "90"), ("24", "90"), ("25", "90")):
            assert unit_price(of_2023, quantity, date(2023, 6, 29), "HL-U509-R") == Decimal(costs)
        for day in (date(2023, 5, 29), date(2023, 6, 30)):
            for quantity, costs in (("1", "100"), ("11", "98"), ("24", "95"), ("25", "100")):
                assert unit_price(of_2023, quantity, day, "HL-U509-R") == Decimal(costs)


@given(
    st.lists(
        st.tuples(
            st.integers(1, 99),
            st.integers(0, 9),
            st.integers(0, 9),
            st.sampled_from(["Trade", "Home", "Club"]),
            st.integers(0, 20),
            st.none() | st.integers(1, 20),
        ),
        min_size=1,
        max_size=6,
    ),
    st.integers(1, 45),
    st.integers(1, 20),
)
def test_on_any_day_any_quantity_gets_the_largest_offer_that_it_reaches(
    drawn: list[tuple[int, int, int, str, int, int | None]], quantity: int, day: int
) -> None:
    """Whatever offers a product has; those that overlap within one book are none of this."""
    said: list[tuple[int, int, int, int, int | None]] = []
    offers = []
    cases: set[tuple[int, int, str]] = set()
    for number, (off, first, length, category, lower, width) in enumerate(drawn, start=1):
        if (first, length, category) in cases:
            continue
        cases.add((first, length, category))
        upper = None if width is None else lower + width
        said.append((off, first + 1, first + 1 + length, lower, upper))
        offers.append(
            offer(
                number,
                DiscountPct=str(Decimal(off).scaleb(-2)),
                Category=category,
                StartDate=f"2026-03-{first + 1:02}",
                EndDate=f"2026-03-{first + 1 + length:02}",
                MinQty=str(lower),
                MaxQty="" if upper is None else str(upper),
            )
        )
    best = max(
        (
            off
            for off, first, last, lower, upper in said
            if first <= day <= last and lower <= quantity and (upper is None or quantity <= upper)
        ),
        default=0,
    )
    found = rules(shop(offers))
    check_together(found)
    assert unit_price(found, str(quantity), date(2026, 3, day)) == 100 - best


@pytest.mark.parametrize(("quantity", "costs"), [*LADDER, ("61", "80"), ("9000", "80")])
def test_ranges_hold_from_their_first_to_their_last_unit(quantity: str, costs: str) -> None:
    given_rules = rules(shop(VOLUME))
    assert len(given_rules) == 1
    for day in (date(2026, 3, 1), INSIDE, date(2026, 3, 31)):
        assert unit_price(given_rules, quantity, day) == Decimal(costs)
    for day in (date(2026, 2, 28), date(2026, 4, 1)):
        assert unit_price(given_rules, quantity, day) == Decimal(100)


def test_a_category_is_for_a_tier_when_that_is_said() -> None:
    prices = shop([offer()], to=Audience(tiers={"Trade": "gold"}))
    assert prices.findings == ()
    assert unit_price(rules(prices), "1", INSIDE, tier="gold") == Decimal(90)
    assert unit_price(rules(prices), "1", INSIDE, tier="none") == Decimal(100)


def test_a_category_is_for_a_partner_level_when_that_is_said() -> None:
    prices = shop([offer()], to=Audience(partner_levels={"Trade": "silver", "Other": "x"}))
    assert [one.scope.partner_level for one in rules(prices)] == ["silver"]
    assert told(prices, Effect.NOTED) == [("SpecialOffer.csv:1", "Category")]


def test_offers_of_two_tiers_on_the_same_days_do_not_meet() -> None:
    offers = [offer(1), offer(2, Category="Home", DiscountPct="0.2")]
    assert sorted(told(shop(offers), Effect.CHANGED)) == [
        ("SpecialOffer.csv:2", "Category"),
        ("SpecialOffer.csv:3", "Category"),
        ("SpecialOfferProduct.csv:3", "ProductID"),
    ]
    prices = shop(offers, to=Audience(tiers={"Trade": "gold", "Home": "none"}))
    assert prices.findings == ()
    assert unit_price(rules(prices), "1", INSIDE, tier="gold") == Decimal(90)
    assert unit_price(rules(prices), "1", INSIDE, tier="none") == Decimal(80)


def test_ranges_that_overlap_are_told_and_refused() -> None:
    offers = [offer(1, MinQty="1", MaxQty="10"), offer(2, MinQty="10", MaxQty="20")]
    prices = shop(offers, [(1, 1), (2, 1), (1, 2)])
    assert told(prices) == [("SpecialOffer.csv:3", "MinQty")]
    checked, left_out, refused = check(prices.books, "shop")
    assert refused == []
    assert [(one.place, one.construct) for one in left_out] == [
        ("SpecialOfferProduct.csv:2", "tiers.1.lower")
    ]
    assert [one.rule["sku"] for one in checked[0].book.entries] == ["JUG-2"]


def test_a_discount_of_nothing_makes_no_rule() -> None:
    prices = shop([offer(DiscountPct=".0000")])
    assert prices.books == ()
    assert told(prices, Effect.NOTED) == [("SpecialOffer.csv:2", "DiscountPct")]


@pytest.mark.parametrize(
    ("column", "said"),
    [
        *(("DiscountPct", one) for one in ("", "5%", "1.01", "-0.1", "1_0", "NaN", "٠.١", "1e-1")),
        *(("MinQty", one) for one in ("few", "-1", "1.5", "1e99")),
        *(("MaxQty", one) for one in ("many", "0", "2.5")),
        *(("StartDate", one) for one in ("", "soon", "03/01/2026", "2026-02-30", "2026-W10-1")),
        *(("EndDate", one) for one in ("", "2026-02-28", "0001-01-01", "2026-03-31 25:00")),
        ("Category", ""),
    ],
)
def test_a_cell_that_cannot_be_meant_is_told(column: str, said: str) -> None:
    prices = shop([offer(1, **{column: said}), offer(2)], [(1, 1), (1, 2), (2, 2)])
    assert sorted(told(prices)) == [
        ("SpecialOffer.csv:2", column),
        ("SpecialOfferProduct.csv:2", "SpecialOfferID"),
    ]
    assert any("2 products" in one.because for one in prices.findings)
    assert [one.scope.sku for one in rules(prices)] == ["JUG-2"]


def test_a_range_that_ends_before_it_begins_is_told() -> None:
    assert ("SpecialOffer.csv:2", "MaxQty") in told(shop([offer(MinQty="9", MaxQty="8")]))


@pytest.mark.parametrize(
    ("pair", "place", "column"),
    [
        ((9, 1), "SpecialOfferProduct.csv:3", "SpecialOfferID"),
        (("", 1), "SpecialOfferProduct.csv:3", "SpecialOfferID"),
        ((1, 9), "SpecialOfferProduct.csv:3", "ProductID"),
        ((1, ""), "SpecialOfferProduct.csv:3", "ProductID"),
        ((1, 5), "SpecialOfferProduct.csv:3", "ProductID"),
        ((1, 3), "Product.csv:4", "ProductNumber"),
        ((1, 4), "Product.csv:5", "ProductNumber"),
    ],
)
def test_what_a_row_names_must_be_there(
    pair: tuple[str | int, ...], place: str, column: str
) -> None:
    products = [*PRODUCTS, (5, "Twice", "A"), (5, "Twice", "B")]
    prices = shop([offer()], [(1, 1), pair], products)
    assert told(prices) == [(place, column)]
    assert len(rules(prices)) == 1


def test_rows_that_are_there_twice_are_told() -> None:
    prices = shop([offer(), offer(DiscountPct="0.2")], [(1, 1), (1, 1)])
    assert told(prices) == [("SpecialOffer.csv:3", "SpecialOfferID")]
    assert told(prices, Effect.NOTED) == [("SpecialOfferProduct.csv:3", "ProductID")]
    assert unit_price(rules(prices), "1", INSIDE) == Decimal(90)


def test_times_of_day_count_as_whole_days() -> None:
    said = {"StartDate": "2026-03-01 00:00:00", "EndDate": "2026-03-31T23:59:59.997"}
    prices = shop([offer(**said)], to=Audience(tiers={"Trade": "none"}))
    assert prices.findings == ()
    assert unit_price(rules(prices), "1", date(2026, 3, 31)) == Decimal(90)
    late = shop([offer(StartDate="2026-03-01 12:00")], to=Audience(tiers={"Trade": "none"}))
    assert told(late, Effect.CHANGED) == [("SpecialOffer.csv:2", "StartDate")]


def test_columns_that_are_missing_are_told_all_at_once() -> None:
    files = {
        "SpecialOffer.csv": table([HEADER[:7]]),
        "SpecialOfferProduct.csv": table([("SpecialOfferID",)]),
        "Product.csv": b"",
    }
    assert {one for one in told(read(files)) if one[1] != "Product"} == {
        ("SpecialOffer.csv:1", "MinQty"),
        ("SpecialOffer.csv:1", "MaxQty"),
        ("SpecialOfferProduct.csv:1", "ProductID"),
        ("Product.csv:1", "ProductID"),
        ("Product.csv:1", "ProductNumber"),
    }


def test_a_file_that_is_missing_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "specialoffer.csv").write_bytes(table([HEADER]))
    with pytest.raises(FileCannotBeRead, match=r"SpecialOfferProduct\.csv"):
        read_directory(tmp_path)


def test_books_never_depend_on_the_order_of_rows() -> None:
    offers = [*VOLUME, offer(11, EndDate="2026-03-20"), offer(12, Category="trade!")]
    pairs = [(one[0], at) for one in offers for at in (1, 2)]
    one, other = shop(offers, pairs), shop(offers[::-1], pairs[::-1])
    assert [book.document("shop") for book in one.books] == [
        book.document("shop") for book in other.books
    ]
    # The offers of "trade!" are those of "Trade" too, on all their days.
    assert len({book.key for book in one.books}) == 2


def test_options_name_whom_categories_are_for() -> None:
    parser = argparse.ArgumentParser()
    add_options(parser)
    said = parser.parse_args(["--tier-of", "Reseller=gold", "A=B=c", "--partner-level-of", "X=y"])
    assert audience(said) == Audience({"Reseller": "gold", "A=B": "c"}, {"X": "y"})
    for wrong in (["Reseller"], ["=gold"], ["Reseller="], ["A=b", "A=c"]):
        with pytest.raises(ValueError, match="--tier-of"):
            audience(parser.parse_args(["--tier-of", *wrong]))


@given(
    widths=st.lists(st.integers(1, 40), min_size=1, max_size=8),
    percents=st.lists(st.integers(1, 10_000), min_size=8, max_size=8),
    begins=st.integers(0, 30),
    quantities=st.lists(st.integers(1, 500), min_size=2, max_size=12),
)
def test_rising_discounts_never_make_more_units_dearer(
    widths: list[int], percents: list[int], begins: int, quantities: list[int]
) -> None:
    """Ranges that follow each other, each with no less off than the one before, without an end."""
    offers, lower = [], begins
    for at, width in enumerate(widths):
        upper = "" if at == len(widths) - 1 else str(lower + width - 1)
        if upper == "0":
            upper, width = "1", 2
        off = str(Decimal(sorted(percents)[at]).scaleb(-4))
        offers.append(offer(at + 1, DiscountPct=off, MinQty=str(lower), MaxQty=upper))
        lower += width
    given_rules = rules(shop(offers))
    costs = [unit_price(given_rules, str(one), INSIDE) for one in sorted(quantities)]
    assert costs == sorted(costs, reverse=True)


def test_findings_say_why() -> None:
    found = shop([offer(MinQty="few")]).findings[0]
    why = "'few' is no number that can be meant."
    assert found == Finding("MinQty", "SpecialOffer.csv:2", why)
