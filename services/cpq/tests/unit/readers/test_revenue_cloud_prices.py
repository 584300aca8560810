"""Prices of another company's data set: other names, other columns, other ways to say them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from cpq.importing_prices import check
from cpq.pricing.rules import (
    DocumentToPrice,
    PricedOn,
    PriceRules,
    Request,
    Rule,
    RuleKind,
    UsageRate,
    price_document,
)
from cpq.pricing.schemas import BookIn
from cpq.readers import Effect
from cpq.readers.revenue_cloud import pricing
from cpq.selling import Graduated, Proration, SellingKind, TermUnit, UsageTier, Volume, rated
from servicekit.values import Period

from .sheets import files

Tables = Mapping[str, Sequence[Sequence[str | int]]]

DAY = date(2027, 3, 1)
PRODUCTS = [
    ("Id", "StockKeepingUnit", "Name"),
    ("p1", "BIKE", "Bicycle"),
    ("p2", "BELL", "Bell"),
    ("p3", "CARE", "Care"),
]
MODELS = [
    ("Id", "Name", "SellingModelType", "PricingTerm", "PricingTermUnit", "Status"),
    ("m1", "Buy", "OneTime", "", "", "Active"),
    ("m2", "Rent", "TermDefined", 2, "Quarterly", "Active"),
]
BOOKS = [
    ("Id", "Name", "IsStandard", "IsActive", "ValidFrom", "ValidTo"),
    ("b1", "Shops", "true", "true", "", ""),
]
ENTRIES = [
    ("Pricebook2Id", "Product2Id", "ProductSellingModelId", "UnitPrice", "CurrencyIsoCode"),
    ("b1", "p1", "m1", "800", "SEK"),
    ("b1", "p2", "", "20.50", "SEK"),
    ("b1", "p1", "m2", "150", "NOK"),
]
SHOP: Tables = {
    "Product2": PRODUCTS,
    "ProductSellingModel": MODELS,
    "Pricebook2": BOOKS,
    "PricebookEntry": ENTRIES,
}
SCHEDULES = [
    (
        "Id", "Name", "Pricebook2Id", "ScheduleType", "AdjustmentMethod", "IsActive",
        "EffectiveFrom", "EffectiveTo",
    ),
    ("s1", "Many", "b1", "Volume", "Range", "true", "", ""),
    ("s2", "Slabs", "b1", "Volume", "Slab", "true", "", ""),
    ("s3", "Colours", "b1", "Attribute", "Range", "true", "2027-01-01", "2027-12-31"),
    ("s4", "Sets", "b1", "Bundle", "Range", "true", "", ""),
    ("s5", "Later", "b1", "Volume", "Range", "false", "", ""),
]  # fmt: skip
TIERS = (
    "PriceAdjustmentScheduleId", "Product2Id", "ProductSellingModelId", "CurrencyIsoCode",
    "TierType", "TierValue", "LowerBound", "UpperBound",
)  # fmt: skip


def read(tables: Tables, currency: str | None = None) -> pricing.Prices:
    return pricing.read(files(tables), currency)


def shop(**more: Any) -> pricing.Prices:
    return read({**SHOP, **more})


def rules(found: pricing.Prices, *, drafts: bool = False) -> list[Rule]:
    checked, _, refused = check(found.books, "shop")
    assert refused == []
    return [
        rule
        for one in checked
        if one.book.active or drafts
        for rule in BookIn.model_validate_json(one.content).as_rules(
            Period(date(2027, 1, 1)), one.book.key
        )
    ]


def line(key: str, sku: str, quantity: str = "1", **more: Any) -> Request:
    number = UUID(int=sum(map(ord, sku)))
    return Request(number, sku, None, Decimal(quantity), "standard", None, key=key, **more)


def cost(
    found: pricing.Prices, *lines: Request, currency: str = "SEK", on: date = DAY, **more: Any
) -> dict[str, Decimal]:
    document = DocumentToPrice(PricedOn(currency, on, **more), list(lines))
    priced = price_document(document, PriceRules(on, rules=rules(found)))
    return {key: one.net_amount for key, one in priced.items()}


def said(found: pricing.Prices, effect: Effect = Effect.LOST) -> list[tuple[str, str]]:
    return [
        (one.construct, one.place.removeprefix("shop/"))
        for one in found.findings
        if one.effect is effect
    ]


def bought(quantity: str = "1", key: str = "a", sku: str = "BIKE", **more: Any) -> Request:
    return line(key, sku, quantity, selling_model="Buy", **more)


def test_rows_may_refer_to_each_other_by_id_and_prices_may_be_for_any_selling_model() -> None:
    found = shop()

    assert said(found) == []
    assert cost(found, bought("2"), bought("3", "b", "BELL")) == {
        "a": Decimal(1600),
        "b": Decimal("61.5"),
    }
    rent = line("a", "BIKE", selling_model="Rent")
    assert cost(found, rent, currency="NOK") == {"a": Decimal(150)}
    assert [(one.kind, one.unit, one.months) for one in found.models] == [
        (SellingKind.ONE_OFF, None, 0),
        (SellingKind.TERMED, TermUnit.QUARTER, 6),
    ]


def test_the_same_rows_in_another_order_are_the_same_document() -> None:
    one, other = shop(), shop(PricebookEntry=[ENTRIES[0], *ENTRIES[:0:-1]])

    assert [book.document("shop") for book in one.books] == [
        book.document("shop") for book in other.books
    ]


def test_a_company_with_one_currency_says_it_once() -> None:
    entries = [row[:4] for row in ENTRIES[:3]]
    currencies = [("IsoCode", "IsCorporate", "DecimalPlaces"), ("SEK", "true", 2)]

    assert cost(shop(PricebookEntry=entries, CurrencyType=currencies), bought()) == {
        "a": Decimal(800)
    }
    assert cost(read({**SHOP, "PricebookEntry": entries}, "SEK"), bought()) == {"a": Decimal(800)}
    assert said(shop(PricebookEntry=entries)) == [
        ("CurrencyIsoCode", "PricebookEntry.csv:2"),
        ("CurrencyIsoCode", "PricebookEntry.csv:3"),
    ]


def test_with_several_price_books_each_is_for_documents_that_name_it() -> None:
    books = [*BOOKS, ("b2", "Web", "false", "true", "2027-02-01", "2027-02-28")]
    found = shop(Pricebook2=books, PricebookEntry=[*ENTRIES, ("b2", "p1", "m1", "700", "SEK")])

    assert cost(found, bought(), price_book="Shops") == {"a": Decimal(800)}
    last = date(2027, 2, 28)
    assert cost(found, bought(), price_book="Web", on=last) == {"a": Decimal(700)}
    web = [rule for rule in rules(found) if rule.scope.price_book == "Web"]
    assert [rule.period for rule in web] == [Period(date(2027, 2, 1), date(2027, 3, 1))]


def test_what_is_not_active_is_left_out_or_stays_a_draft() -> None:
    entries = [(*ENTRIES[0], "IsActive"), *((*row, "true") for row in ENTRIES[1:])]
    entries[1] = (*ENTRIES[1], "false")
    later = [TIERS, ("s5", "p1", "m1", "SEK", "AdjustmentPercentage", 50, 1, "")]
    found = shop(PriceAdjustmentSchedule=SCHEDULES, PriceAdjustmentTier=later)

    assert cost(found, bought()) == {"a": Decimal(800)}
    assert [(one.name, one.active) for one in found.books] == [
        ("Shops", True),
        ("Shops - Later", False),
    ]
    assert ("IsActive", "PricebookEntry.csv:2") in said(shop(PricebookEntry=entries), Effect.NOTED)
    closed = shop(Pricebook2=[BOOKS[0], ("b1", "Shops", "true", "false", "", "")])
    assert [one.active for one in closed.books] == [False]


@pytest.mark.parametrize(
    ("tiers", "amounts"),
    [
        # The bound at which the next tier begins is that tier's.
        (
            [("AdjustmentPercentage", 10, 1, 10), ("AdjustmentPercentage", 20, 10, 20)],
            {"9": "6480", "10": "6400", "19": "12160", "20": "12800", "21": "16800"},
        ),
        # Any other is the last quantity of its own tier; between tiers nothing is taken off.
        (
            [("AdjustmentAmount", 100, 2, 3), ("AdjustmentOverride", 500, 6, "")],
            {"1": "800", "3": "2100", "3.5": "2450", "4": "3200", "6": "3000"},
        ),
    ],
)
def test_volume_tiers_reach_as_far_as_they_say(
    tiers: list[tuple[Any, ...]], amounts: dict[str, str]
) -> None:
    rows = [("s1", "p1", "m1", "SEK", *tier) for tier in tiers]
    found = shop(PriceAdjustmentSchedule=SCHEDULES, PriceAdjustmentTier=[TIERS, *rows])

    assert said(found) == []
    assert {quantity: cost(found, bought(quantity))["a"] for quantity in amounts} == {
        quantity: Decimal(amount) for quantity, amount in amounts.items()
    }


def test_slabs_give_each_unit_what_its_own_tier_says() -> None:
    rows = [
        ("s2", "p1", "m1", "SEK", "AdjustmentPercentage", 10, 5, 9),
        ("s2", "p1", "m1", "SEK", "AdjustmentPercentage", 20, 10, ""),
    ]
    found = shop(PriceAdjustmentSchedule=SCHEDULES, PriceAdjustmentTier=[TIERS, *rows])

    # 4 x 800 + 5 x 720 + 3 x 640
    assert cost(found, bought("12")) == {"a": Decimal(8720)}


@pytest.mark.parametrize(
    ("tier", "column"),
    [
        (("s1", "p1", "m1", "SEK", "AdjustmentPercentage", 101, 1, ""), "TierValue"),
        (("s1", "p1", "m1", "SEK", "Half", 1, 1, ""), "TierType"),
        (("s1", "p1", "m1", "SEK", "AdjustmentPercentage", 1, 5, 4), "UpperBound"),
        (("s1", "p1", "m1", "XXX", "AdjustmentPercentage", 1, 5, 9), "CurrencyIsoCode"),
        (("s3", "p1", "m1", "SEK", "AdjustmentPercentage", 1, 5, 9), "ScheduleType"),
        (("s9", "p1", "m1", "SEK", "AdjustmentPercentage", 1, 5, 9), "PriceAdjustmentScheduleId"),
        (("s1", "p9", "m1", "SEK", "AdjustmentPercentage", 1, 5, 9), "Product2Id"),
        (("s1", "p1", "m1", "SEK", "AdjustmentPercentage", "", 5, 9), "TierValue"),
    ],
)
def test_a_tier_that_cannot_be_said_is_lost_by_its_field(
    tier: tuple[Any, ...], column: str
) -> None:
    found = shop(PriceAdjustmentSchedule=SCHEDULES, PriceAdjustmentTier=[TIERS, tier])

    assert said(found) == [(column, "PriceAdjustmentTier.csv:2")]
    assert cost(found, bought("6")) == {"a": Decimal(4800)}


ATTRIBUTES: Tables = {
    "PriceAdjustmentSchedule": SCHEDULES,
    "AttributeDefinition": [
        ("Id", "Code", "DeveloperName", "Name", "DataType", "PicklistId"),
        ("d1", "COL", "Colour", "Colour", "Picklist", "l1"),
        ("d2", "LEN", "Length", "Length", "Number", ""),
        ("d3", "BOX", "Boxed", "Boxed", "Checkbox", ""),
    ],
    "AttributePicklist": [("Id", "Name"), ("l1", "Colours")],
    "AttributePicklistValue": [
        ("PicklistId", "Value", "Name", "Sequence"),
        ("l1", "R", "Red", 1),
        ("l1", "B", "Blue", 2),
    ],
    "ProductAttributeDefinition": [
        ("Product2Id", "AttributeDefinitionId"),
        ("p1", "d1"), ("p1", "d2"), ("p1", "d3"),
    ],
    "AttributeBasedAdjRule": [("Id", "Name"), ("r1", "Long red"), ("r2", "Boxed"), ("r3", "Odd")],
    "AttributeAdjustmentCondition": [
        (
            "AttributeBasedAdjRuleId", "AttributeDefinitionId", "Operator", "StringValue",
            "DoubleValue", "BooleanValue",
        ),
        ("r1", "d1", "equals", "Red", "", ""),
        ("r1", "d2", "greaterThanOrEquals", "", "1.5", ""),
        ("r2", "d3", "equals", "", "", "true"),
        ("r3", "d1", "contains", "e", "", ""),
    ],
    "AttributeBasedAdjustment": [
        (
            "AttributeBasedAdjRuleId", "PriceAdjustmentScheduleId", "ProductId",
            "ProductSellingModelId", "CurrencyIsoCode", "AdjustmentType", "AdjustmentValue",
            "AttributeCount",
        ),
        ("r1", "s3", "p1", "m1", "SEK", "Amount", "-50", 2),
        ("r2", "s3", "p1", "", "SEK", "Percentage", "10", ""),
        ("r3", "s3", "p1", "", "SEK", "Percentage", "10", 1),
        ("r2", "s3", "p1", "", "NOK", "Percentage", "10", 7),
    ],
}  # fmt: skip


def test_conditions_are_said_in_the_values_of_the_attributes() -> None:
    found = shop(**ATTRIBUTES)
    red: dict[str, Any] = {"Colour": "R", "Length": Decimal(2)}

    assert cost(found, bought(attributes=red)) == {"a": Decimal(850)}
    assert cost(found, bought(attributes={**red, "Boxed": True})) == {"a": Decimal(765)}
    assert cost(found, bought(attributes={**red, "Length": Decimal(1)})) == {"a": Decimal(800)}
    assert cost(found, bought(attributes=red), on=date(2027, 12, 31)) == {"a": Decimal(850)}
    assert cost(found, bought(attributes=red), on=date(2028, 1, 1)) == {"a": Decimal(800)}
    assert said(found) == [
        ("Operator", "AttributeBasedAdjustment.csv:4"),
        ("AttributeBasedAdjRule", "AttributeBasedAdjustment.csv:5"),
    ]


def test_a_bundle_may_ask_how_its_root_is_sold() -> None:
    columns = (
        "PriceAdjustmentScheduleId", "ProductId", "ParentProductId", "RootBundleId",
        "RootProductSellingModelId", "CurrencyIsoCode", "AdjustmentType", "AdjustmentValue",
    )  # fmt: skip
    found = shop(
        PriceAdjustmentSchedule=SCHEDULES,
        BundleBasedAdjustment=[
            columns,
            ("s4", "p2", "p1", "p1", "", "SEK", "Percentage", 10),
            ("s4", "p2", "p1", "p1", "m1", "SEK", "Override", 1),
            ("s4", "p2", "", "", "", "SEK", "Percentage", 10),
        ],
    )

    part = line("b", "BELL", "2", parent="a")
    assert cost(found, bought(), part)["b"] == 2
    other = line("a", "BIKE", selling_model="Any", agreed_unit_price=Decimal(1), agreed_reason="x")
    assert cost(found, other, part)["b"] == Decimal("36.9")
    assert said(found) == [("RootBundle", "BundleBasedAdjustment.csv:4")]


DERIVED = (
    "PricebookId", "ProductId", "ContributingProductId", "CurrencyIsoCode", "Formula",
    "PricingSource", "DerivedPricingScope",
)  # fmt: skip
ENTRIES_WITH_CARE = [
    (*ENTRIES[0], "IsDerived"),
    *((*row, "false") for row in ENTRIES[1:]),
    ("b1", "p3", "", "0", "SEK", "true"),
]


def test_a_price_may_be_a_share_of_the_whole_document() -> None:
    rows = [DERIVED, ("b1", "p3", "", "SEK", "Percentage(TotalPrice, 12.5)", "Header", "")]
    found = shop(PricebookEntry=ENTRIES_WITH_CARE, PricebookEntryDerivedPrice=rows)

    assert cost(found, bought("2"), line("c", "CARE"))["c"] == 200
    assert said(found) == []


@pytest.mark.parametrize(
    ("formula", "amount"),
    [
        ("UnitPrice * 0.15", "120"),
        ("0.15*ListPrice", "120"),
        ("PERCENTAGE(NetUnitPrice, 15)", "108"),
        ("TotalPrice*0.15", "216"),
    ],
)
def test_a_price_may_be_a_share_of_one_unit_or_of_all(formula: str, amount: str) -> None:
    rows = [DERIVED, ("b1", "p3", "p1", "SEK", formula, "Product", "Transactional")]
    tiers = [TIERS, ("s1", "p1", "m1", "SEK", "AdjustmentPercentage", 10, 2, "")]
    found = shop(
        PricebookEntry=ENTRIES_WITH_CARE,
        PricebookEntryDerivedPrice=rows,
        PriceAdjustmentSchedule=SCHEDULES,
        PriceAdjustmentTier=tiers,
    )

    assert cost(found, bought("2"), line("c", "CARE"))["c"] == Decimal(amount)


def test_a_loader_may_write_that_a_cell_is_empty() -> None:
    """As SFDMU exports: a whole cell, or one value of several."""
    none = "#N/A"
    schedules = [
        ("Name", "CurrencyIsoCode", "Pricebook2.$$Name$IsStandard", "ScheduleType",
         "AdjustmentMethod", "IsActive", "EffectiveFrom", "EffectiveTo"),
        ("Many", "SEK", "Shops;true", "Volume", "Range", "true", none, none),
    ]  # fmt: skip
    tiers = [
        ("PriceAdjustmentSchedule.$$Name$CurrencyIsoCode", "Product2.StockKeepingUnit",
         "ProductSellingModel.$$Name$SellingModelType", "CurrencyIsoCode", "TierType",
         "TierValue", "LowerBound", "UpperBound", "PricingTerm"),
        ("Many;SEK", "BIKE", "Buy;OneTime", "SEK", "AdjustmentPercentage", 10, 10, none, none),
        ("Many;SEK", "BELL", f"{none};{none}", "SEK", "AdjustmentAmount", 1, 1, none, none),
    ]  # fmt: skip
    found = shop(
        Pricebook2=[(*BOOKS[0], "CostBook.$$Name$IsDefault"), (*BOOKS[1], f"{none};{none}")],
        PriceAdjustmentSchedule=schedules,
        PriceAdjustmentTier=tiers,
    )

    assert said(found) == []
    assert cost(found, bought("10"), line("b", "BELL", selling_model="Any")) == {
        "a": Decimal(7200),
        "b": Decimal("19.5"),
    }


def test_prices_that_are_derived_in_a_circle_are_lost_and_the_others_stay() -> None:
    rows = [
        DERIVED,
        ("b1", "p3", "p2", "SEK", "TotalPrice*0.5", "Product", ""),
        ("b1", "p2", "p3", "SEK", "TotalPrice*0.5", "Product", ""),
    ]
    found = shop(PricebookEntry=ENTRIES_WITH_CARE, PricebookEntryDerivedPrice=rows)

    checked, findings, refused = check(found.books, "shop")

    assert refused == []
    assert sorted(one.place for one in findings) == [
        "shop/PricebookEntryDerivedPrice.csv:2",
        "shop/PricebookEntryDerivedPrice.csv:3",
    ]
    assert {one.rule["kind"] for one in checked[0].book.entries} == {"list"}


@pytest.mark.parametrize(
    ("row", "column"),
    [
        (("b1", "p3", "p1", "SEK", "MAX(TotalPrice,5)", "Product", ""), "Formula"),
        (("b1", "p3", "p1", "SEK", "PERCENTAGE(Mood,5)", "Product", ""), "Formula"),
        (("b1", "p3", "p1", "SEK", "UnitPrice * 1.5", "Product", ""), "Formula"),
        (("b1", "p3", "p1", "SEK", "PERCENTAGE(TotalPrice,105)", "Product", ""), "Formula"),
        (("b1", "p3", "p1", "SEK", "PERCENTAGE(TotalPrice,5)", "Asset", ""), "PricingSource"),
        (
            ("b1", "p3", "p1", "SEK", "PERCENTAGE(TotalPrice,5)", "Product", "NonTransactional"),
            "DerivedPricingScope",
        ),
    ],
)
def test_a_derived_price_that_cannot_be_said_is_lost_with_its_entry(
    row: tuple[str, ...], column: str
) -> None:
    found = shop(PricebookEntry=ENTRIES_WITH_CARE, PricebookEntryDerivedPrice=[DERIVED, row])

    assert said(found) == [
        (column, "PricebookEntryDerivedPrice.csv:2"),
        ("IsDerived", "PricebookEntry.csv:5"),
    ]


def test_contributors_with_other_shares_are_lost() -> None:
    rows = [
        DERIVED,
        ("b1", "p3", "p1", "SEK", "PERCENTAGE(TotalPrice,10)", "Product", "Both"),
        ("b1", "p3", "p2", "SEK", "PERCENTAGE(TotalPrice,20)", "Product", "Both"),
    ]
    found = shop(PricebookEntry=ENTRIES_WITH_CARE, PricebookEntryDerivedPrice=rows)

    assert said(found) == [("Formula", "PricebookEntryDerivedPrice.csv:3")]
    assert cost(found, bought(), line("b", "BELL"), line("c", "CARE"))["c"] == 80


def test_costs_are_those_of_the_price_books_that_have_them() -> None:
    columns = ("CostBookId", "ProductId", "CurrencyIsoCode", "Cost", "EffectiveFrom")
    books = [(*BOOKS[0], "CostBookId"), (*BOOKS[1], "c1")]
    found = shop(
        Pricebook2=books,
        CostBook=[("Id", "Name", "IsDefault"), ("c1", "Ours", "false"), ("c2", "Old", "false")],
        CostBookEntry=[
            columns,
            ("c1", "p1", "SEK", "500", "2027-01-01T00:00:00Z"),
            ("c2", "p1", "SEK", "400", ""),
            ("c1", "p2", "SEK", "-1", ""),
        ],
    )

    document = DocumentToPrice(PricedOn("SEK", DAY), [bought("2")])
    assert price_document(document, PriceRules(DAY, rules=rules(found)))["a"].margin == 600
    assert said(found) == [("CostBook", "CostBookEntry.csv:3"), ("Cost", "CostBookEntry.csv:4")]


def test_a_second_rule_for_one_case_is_a_finding_and_the_first_stays() -> None:
    twice = [*ENTRIES, ("b1", "p1", "m1", "900", "SEK"), ("b1", "p2", "m1", "1E12", "SEK")]
    found = shop(PricebookEntry=twice)

    checked, findings, refused = check(found.books, "shop")

    assert refused == []
    assert [(one.place, one.effect) for one in findings] == [
        ("shop/PricebookEntry.csv:5", Effect.LOST)
    ]
    assert len(checked) == 1
    assert cost(found, bought()) == {"a": Decimal(800)}


def test_ways_to_sell_ramps_and_proration() -> None:
    found = shop(
        ProrationPolicy=[
            ("Id", "Name", "ProrationPolicyType", "ArePartialPeriodsAllowed"),
            ("y1", "By day", "StandardTimePeriods", "true"),
            ("y2", "By moon", "Lunar", "true"),
        ],
        ProductSellingModelOption=[
            ("Product2Id", "ProductSellingModelId", "ProrationPolicyId", "IsDefault"),
            ("p1", "m1", "", "true"),
            ("p1", "m2", "y1", "false"),
            ("p2", "m2", "", "false"),
            ("p3", "m2", "y2", "false"),
        ],
        ProductRampSegment=[
            ("ProductId", "ProductSellingModelId", "SegmentType", "TrialDuration", "DurationType"),
            ("p1", "m2", "Yearly", "", ""),
            ("p1", "m2", "Custom", "", ""),
            ("p1", "m2", "FreeTrial", "14", "Days"),
        ],
    )

    assert [(one.sku, one.model, one.default, one.proration) for one in found.ways] == [
        ("BIKE", "Buy", True, None),
        ("BIKE", "Rent", False, Proration.PERIOD_DAYS),
        ("BELL", "Rent", False, Proration.NONE),
    ]
    assert [one.unit for one in found.ramps] == [TermUnit.YEAR, None]
    assert said(found) == [
        ("ProrationPolicyType", "ProrationPolicy.csv:3"),
        ("ProrationPolicy", "ProductSellingModelOption.csv:5"),
        ("SegmentType", "ProductRampSegment.csv:4"),
    ]
    assert ("ProductSellingModel", "ProductSellingModelOption.csv:5") in said(found, Effect.NOTED)


RATES: Tables = {
    "RateCard": [("Id", "Name", "Type"), ("k1", "Base", "Base"), ("k2", "More", "Volume"),
                 ("k3", "Steps", "Tier"), ("k4", "Kinds", "Attribute")],
    "PriceBookRateCard": [("PriceBookId", "RateCardId"), ("b1", "k1"), ("b1", "k2"), ("b1", "k3")],
    "RateCardEntry": [
        ("Id", "RateCardId", "ProductId", "UsageResource.Code", "RateUnitOfMeasure.UnitCode",
         "DefaultUnitOfMeasure.Name", "Rate", "Status"),
        ("e1", "k1", "p1", "KM", "SEK", "Kilometre", "2", "Active"),
        ("e2", "k2", "p1", "KM", "SEK", "Kilometre", "", "Active"),
        ("e3", "k3", "p2", "RING", "SEK", "Ring", "", "Draft"),
        ("e4", "k3", "p3", "KM", "SEK", "Kilometre", "", "Active"),
        ("e5", "k4", "p3", "KM", "SEK", "Kilometre", "", "Active"),
    ],
    "RateAdjustmentByTier": [
        ("RateCardEntryId", "AdjustmentType", "AdjustmentValue", "LowerBound", "UpperBound"),
        ("e2", "Amount", "0.5", "100", "200"),
        ("e2", "Percentage", "50", "200", ""),
        ("e3", "Override", "3", "1", "10"),
        ("e3", "Override", "1", "11", ""),
        ("e4", "Percentage", "25", "0", ""),
        ("e9", "Percentage", "25", "0", ""),
    ],
}  # fmt: skip


def test_usage_is_rated_by_tiers_over_a_base_rate() -> None:
    found = shop(**RATES)
    by_sku = {one.sku: one for one in found.rates}

    bike, bell, care = by_sku["BIKE"], by_sku["BELL"], by_sku["CARE"]
    assert isinstance(bike.price, Volume)
    assert [rated(bike.price, [Decimal(units)]) for units in (50, 150, 300)] == [100, 225, 300]
    assert bell.price == Graduated(
        (UsageTier(Decimal(10), Decimal(3)), UsageTier(None, Decimal(1)))
    )
    assert (bike.active, bell.active) == (True, False)
    assert (bike.books, bike.unit) == (("Shops",), "Kilometre")
    assert (care.price, [one.change for one in care.relative]) == (None, [(("percent", "0.25"),)])
    assert said(found) == [
        ("RateCardEntryId", "RateAdjustmentByTier.csv:7"),
        ("RateCard", "RateCardEntry.csv:6"),
    ]
    assert said(found, Effect.CHANGED) == [
        ("UpperBound", "RateAdjustmentByTier.csv:2"),
        ("Rate", "RateCardEntry.csv:5"),
    ]


def test_rates_in_money_are_rules_of_the_books_that_have_them() -> None:
    found = shop(**RATES)

    usage = [
        (book.active, one.rule["sku"], one.rule["resource"], one.rule["price"]["model"])
        for book in found.books
        for one in book.entries
        if one.rule["kind"] == "usage"
    ]

    # What is a draft stays one; tiers over the rate of another product are no rule.
    assert usage == [(True, "BIKE", "KM", "volume"), (False, "BELL", "RING", "graduated")]
    (bike,) = [rule for rule in rules(found) if rule.kind is RuleKind.USAGE]
    assert (bike.scope.sku, bike.scope.currency) == ("BIKE", "SEK")
    asked = line("a", "BIKE", usage_samples={"KM": (Decimal(150),)}, selling_model="Buy")
    document = DocumentToPrice(PricedOn("SEK", DAY), [asked])
    priced = price_document(document, PriceRules(DAY, rules=rules(found)))["a"]
    assert [sample.amount for sample in priced.usage[0].samples] == [225]


def test_what_is_paid_in_something_else_or_has_no_key_is_no_rule() -> None:
    entries = [
        RATES["RateCardEntry"][0],
        ("e1", "k1", "p1", "KM", "TOKEN", "Kilometre", "2", "Active"),
        ("e2", "k1", "p1", "毫升", "SEK", "Kilometre", "2", "Active"),
        ("e3", "k1", "p1", "Lap time", "SEK", "Lap", "2", "Active"),
    ]
    found = shop(**{**RATES, "RateCardEntry": entries, "RateAdjustmentByTier": []})

    usage = [rule.deed for rule in rules(found) if isinstance(rule.deed, UsageRate)]
    assert [one.resource for one in usage] == ["Lap-time"]
    assert ("RateUnitOfMeasure", "RateCardEntry.csv:2") in said(found, Effect.NOTED)
    assert said(found) == [("UsageResource", "RateCardEntry.csv:3")]


def test_units_before_the_first_tier_have_the_base_rate() -> None:
    tiers = [RATES["RateAdjustmentByTier"][0], ("e2", "Override", "1", "11", "20")]
    entries = [*RATES["RateCardEntry"][:2], ("e2", "k3", *RATES["RateCardEntry"][2][2:])]
    found = shop(**{**RATES, "RateAdjustmentByTier": tiers, "RateCardEntry": entries})

    (rate,) = found.rates
    assert rate.price is not None
    # 10 x 2 + 10 x 1 + 5 x 2
    assert rated(rate.price, [Decimal(25)]) == 40


def test_rows_of_tables_that_are_not_read_are_lost_one_by_one() -> None:
    found = shop(
        ProductPriceRange=[("Product2Id", "Minimum"), ("p1", "5"), ("p2", "1")],
        Moods=[("Name",), ("Glad",)],
    )

    assert said(found) == [
        ("Moods", "Moods.csv:2"),
        ("ProductPriceRange", "ProductPriceRange.csv:2"),
        ("ProductPriceRange", "ProductPriceRange.csv:3"),
    ]


@pytest.mark.parametrize(
    ("entry", "column"),
    [
        (("b1", "p1", "m1", "eight", "SEK"), "UnitPrice"),
        (("b1", "p1", "m1", "", "SEK"), "UnitPrice"),
        (("b1", "p1", "m1", "-8", "SEK"), "UnitPrice"),
        (("b1", "p1", "m9", "8", "SEK"), "ProductSellingModelId"),
        (("b9", "p1", "m1", "8", "SEK"), "Pricebook2Id"),
        (("", "p1", "m1", "8", "SEK"), "Pricebook2"),
        (("b1", "", "m1", "8", "SEK"), "Product2.StockKeepingUnit"),
    ],
)
def test_a_price_that_cannot_be_read_is_lost_by_its_field(
    entry: tuple[str, ...], column: str
) -> None:
    assert said(shop(PricebookEntry=[ENTRIES[0], entry])) == [(column, "PricebookEntry.csv:2")]


def test_a_folder_without_prices_has_none() -> None:
    assert read({"Product2": PRODUCTS}) == pricing.Prices()
