"""The prices of the QuantumBit data set, worked out by hand.

`quantumbit_prices.csv` names for each line the rows that its price comes from, and what they make
of it. Nothing in it was computed by the engine: the tests compare the rows with the files, the
arithmetic with the amount, and the amount with the engine's.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import date
from decimal import Decimal
from functools import cache
from math import prod
from pathlib import Path
from uuid import UUID

import pytest

from cpq.importing_prices import check
from cpq.pricing.rules import (
    DocumentToPrice,
    PricedLine,
    PricedOn,
    PriceRules,
    Request,
    Rule,
    RuleKind,
    TaxEstimate,
    UsageRate,
    price_document,
)
from cpq.pricing.schemas import BookIn
from cpq.pricing.service import PricingBasis, priced_from, recorded, replayed
from cpq.readers import Effect
from cpq.readers.revenue_cloud import pricing
from cpq.selling import prorated, rated
from servicekit.values import Period

pytestmark = pytest.mark.data

DAY = date(2026, 1, 5)
TABLE = Path(__file__).with_name("quantumbit_prices.csv")
with TABLE.open(encoding="utf-8", newline="") as written:
    LINES = list(csv.DictReader(written))
DOCUMENTS = sorted({line["document"] for line in LINES})
TABLES = {
    "PricebookEntry": "UnitPrice",
    "AttributeBasedAdjustment": "AdjustmentValue",
    "AttributeAdjustmentCondition": "StringValue",
    "BundleBasedAdjustment": "AdjustmentValue",
    "PriceAdjustmentTier": "TierValue",
    "PricebookEntryDerivedPrice": "Formula",
}
SOURCE = re.compile(r"(\w+) row (\d+): (\S+?)(?:;|\s|$)")


@pytest.fixture(scope="module")
def folder(data_set: Callable[[str], Path]) -> Path:
    return data_set("cpq-quantumbit")


@cache
def prices(folder: Path) -> pricing.Prices:
    return pricing.read_directory(folder)


@cache
def rules(folder: Path, *, drafts: bool = True) -> tuple[Rule, ...]:
    """The rules of all books; without `drafts`, of those that the data set sells by."""
    checked, left_out, refused = check(prices(folder).books, "cpq-quantumbit")
    assert (left_out, refused) == ([], [])
    found: list[Rule] = []
    for one in checked:
        if one.book.active or drafts:
            book = BookIn.model_validate_json(one.content)
            found += book.as_rules(Period(date(2026, 1, 1)), f"{book.key}:1")
    return tuple(found)


@cache
def rows(folder: Path, table: str) -> list[dict[str, str]]:
    """The rows of a table of prices as they stand in its file; the first is that of line 2."""
    with (folder / "qb-pricing" / f"{table}.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def request(folder: Path, line: dict[str, str]) -> Request:
    """A line of the table as it is priced: how often a price is due comes from how it is sold."""
    found = prices(folder)
    model = next(one for one in found.models if one.key == line["model"])
    due = Decimal(1)
    if line["start"]:
        way = next(
            one for one in found.ways if (one.sku, one.model) == (line["sku"], line["model"])
        )
        assert way.proration is not None
        assert model.unit is not None
        start, end = date.fromisoformat(line["start"]), date.fromisoformat(line["end"])
        periods = prorated(start, end, model.unit, way.proration, count=model.count)
        due = periods.multiplier
    attribute, _, value = line["attribute"].partition("=")
    return asked(
        line["sku"],
        line["quantity"],
        key=line["line"],
        parent=line["parent"] or None,
        selling_model=line["model"],
        attributes={attribute: value} if attribute else {},
        term_multiplier=due,
    )


def asked(sku: str, quantity: str = "1", **more: object) -> Request:
    more.setdefault("list_unit_price", None)
    return Request(
        UUID(int=sum(map(ord, sku))), sku, None, Decimal(quantity), "standard",
        **more,  # type: ignore[arg-type]
    )  # fmt: skip


def priced(
    requests: Iterable[Request], currency: str, given: Iterable[Rule]
) -> dict[str, PricedLine]:
    document = DocumentToPrice(PricedOn(currency, DAY), list(requests))
    return price_document(document, PriceRules(DAY, rules=given))


def about(given: Iterable[Rule], skus: set[str]) -> list[Rule]:
    return [one for one in given if one.scope.sku in skus]


def worked(arithmetic: str) -> Decimal:
    """What the arithmetic of the table comes to: factors, the first perhaps a sum."""
    factors = []
    for factor in arithmetic.split(" x "):
        terms = factor.strip("()").split(" + ")
        factors.append(sum((Decimal(one) for one in terms), start=Decimal(0)))
    return prod(factors, start=Decimal(1))


def test_the_table_has_forty_products_in_every_currency() -> None:
    assert len({line["sku"] for line in LINES}) >= 40
    assert {line["currency"] for line in LINES} == {
        "USD", "GBP", "EUR", "AUD", "CAD", "CHF", "JPY",
    }  # fmt: skip


@pytest.mark.parametrize("line", LINES, ids=lambda line: f"{line['document']}{line['line']}")
def test_the_table_says_what_the_files_say(folder: Path, line: dict[str, str]) -> None:
    sources = SOURCE.findall(line["worked"])
    assert sources
    for table, at, value in sources:
        row = rows(folder, table)[int(at) - 2]
        said = row[TABLES[table]]
        assert value == (re.findall(r"\d+", said)[0] if table.endswith("DerivedPrice") else said)
        sku = row.get("Product2.StockKeepingUnit") or row["Product.StockKeepingUnit"]
        assert sku == line["sku"]
        assert row.get("CurrencyIsoCode", line["currency"]) == line["currency"]
        model = row.get("ProductSellingModel.$$Name$SellingModelType", line["model"])
        assert model.partition(";")[0] == line["model"]
    assert worked(line["arithmetic"]) == Decimal(line["amount"])


@pytest.mark.parametrize("document", DOCUMENTS)
def test_the_engine_prices_what_was_worked_out_by_hand(folder: Path, document: str) -> None:
    lines = [line for line in LINES if line["document"] == document]
    skus = {line["sku"] for line in lines}

    found = priced(
        [request(folder, line) for line in lines],
        lines[0]["currency"],
        about(rules(folder), skus),
    )

    assert {key: one.net_amount for key, one in found.items()} == {
        line["line"]: Decimal(line["amount"]) for line in lines
    }


def test_tiers_of_a_schedule_that_is_not_active_price_nothing_until_they_are_published(
    folder: Path,
) -> None:
    line = next(line for line in LINES if line["document"] == "tier-07")
    given = about(rules(folder, drafts=False), {line["sku"]})

    found = priced([request(folder, line)], "CAD", given)[line["line"]]

    # PricebookEntry row 496: 42269.5 CAD; 42269.5 x 16 = 676312
    assert found.net_amount == Decimal(676312)
    drafts = {one.key: one for one in prices(folder).books if not one.active}
    draft = drafts["Standard Price Book - Standard Price Adjustment Tier"]
    assert {one.rule["kind"] for one in draft.entries} == {"quantity"}
    # All rates of the data set are drafts: they are a book that the command does not publish.
    assert {one.rule["kind"] for one in drafts["Standard Price Book - Rate cards"].entries} == {
        "usage"
    }
    assert not [one for one in rules(folder, drafts=False) if one.kind is RuleKind.USAGE]


def test_every_product_has_its_price_in_every_currency_that_has_an_entry(folder: Path) -> None:
    entries = rows(folder, "PricebookEntry")
    by_sku: dict[str, list[Rule]] = {}
    for rule in rules(folder):
        by_sku.setdefault(rule.scope.sku or "", []).append(rule)
    counts: Counter[str] = Counter()
    for row in entries:
        sku, currency = row["Product2.StockKeepingUnit"], row["CurrencyIsoCode"]
        model = row["ProductSellingModel.$$Name$SellingModelType"].partition(";")[0]
        found = priced([asked(sku, key="a", selling_model=model)], currency, by_sku[sku])["a"]
        # Derived prices stand in the list with nothing, and nothing is what a share of nothing is.
        assert found.net_amount == Decimal(row["UnitPrice"]), row
        counts[currency] += 1
    assert len({row["Product2.StockKeepingUnit"] for row in entries}) == 245
    assert counts == dict.fromkeys(("USD", "GBP", "EUR", "AUD", "CAD", "CHF", "JPY"), 266)


@pytest.mark.parametrize(
    ("sku", "model", "currency", "margin"),
    [
        # PricebookEntry row 11: 13145.5; CostBookEntry row 4: 196.5
        ("QB-API", "Term Annual", "EUR", "12949"),
        # PricebookEntry row 114: 3899; CostBookEntry row 58: 1335.88
        ("QB-BDL-R750", "One-Time", "USD", "2563.12"),
        # PricebookEntry row 323: 81380; CostBookEntry row 176: 29670
        ("QB-HD 1TB", "One-Time", "JPY", "51710"),
        # No CostBookEntry
        ("QB-COMPLETE", "One-Time", "USD", None),
    ],
)
def test_margins_are_measured_by_the_cost_book(
    folder: Path, sku: str, model: str, currency: str, margin: str | None
) -> None:
    found = priced(
        [asked(sku, key="a", selling_model=model)], currency, about(rules(folder), {sku})
    )["a"]
    assert found.margin == (None if margin is None else Decimal(margin))


RATED = pytest.mark.parametrize(
    ("sku", "resource", "paid_in", "usage", "amount"),
    [
        # RateAdjustmentByTier: 1000 x 0.004 + 2000 x 0.0045 + 3000 x 0.005 + 1000 x 0.006
        ("QB-DB", "UR-CPUTIME", "USD", "7000", "34"),
        # 10 x 7.48 (the base rate) + 15 x 9.35 + 75 x 11.22 + 20 x 13.46
        ("QB-DB", "UR-DATASTORAGE", "GBP", "120", "1325.75"),
        # RateCardEntry: 500 x 0.0876
        ("QB-DAT-THPT", "UR-DATAXFR", "EUR", "500", "43.8"),
        # 3 x 54
        ("QB-TOKENS-PACK", "QB-TOKEN", "JPY", "3", "162"),
        # 10 x 5 tokens
        ("QB-DB-TOKEN", "UR-CPUTIME-TKN", "TOKEN-UOM", "10", "50"),
    ],
)


@RATED
def test_usage_is_rated_as_the_rate_cards_say(
    folder: Path, sku: str, resource: str, paid_in: str, usage: str, amount: str
) -> None:
    (rate,) = [
        one
        for one in prices(folder).rates
        if (one.sku, one.resource, one.paid_in) == (sku, resource, paid_in)
    ]
    assert rate.price is not None
    assert rated(rate.price, [Decimal(usage)]) == Decimal(amount)
    assert rate.currency == (None if paid_in == "TOKEN-UOM" else paid_in)
    assert rate.books == ("Standard Price Book",)


@RATED
def test_a_line_that_is_sold_so_shows_what_usage_costs_and_its_record_proves_it(
    folder: Path, sku: str, resource: str, paid_in: str, usage: str, amount: str
) -> None:
    (rate,) = [
        one
        for one in prices(folder).rates
        if (one.sku, one.resource, one.paid_in) == (sku, resource, paid_in)
    ]
    given = [one for one in about(rules(folder), {sku}) if one.kind is RuleKind.USAGE]
    if rate.currency is None:
        # What is paid in tokens is no rule: tokens are no currency.
        assert resource not in {
            one.deed.resource for one in given if isinstance(one.deed, UsageRate)
        }
        return
    samples = {resource: (Decimal(usage),)}
    asked_for = asked(
        sku,
        key="a",
        selling_model=rate.model,
        list_unit_price=Decimal(1),
        usage_samples=samples,
    )
    on = PricedOn(paid_in, DAY)
    basis = PricingBasis(
        DocumentToPrice(on, [asked_for]),
        PriceRules(DAY, rules=given),
        {"a": "standard"},
        {"standard": TaxEstimate(Decimal(0), "None")},
    )

    for found in (priced_from(basis), replayed(recorded(basis))):
        line = found.lines[0].priced
        (offered,) = [one for one in line.usage if one.resource == resource]
        assert [sample.amount for sample in offered.samples] == [Decimal(amount)]
        assert offered.price == rate.price
        assert line.net_amount == 1
    # Sold in another way, or in another currency, it has no such price.
    assert not priced(
        [asked(sku, key="a", selling_model="None", list_unit_price=Decimal(1))], paid_in, given
    )["a"].usage


def test_every_row_becomes_something_or_is_a_finding_at_its_line(folder: Path) -> None:
    """Rows are counted in the files themselves, beside the reader."""
    found = prices(folder)
    kinds = Counter(one.rule["kind"] for book in found.books for one in book.entries)
    entries = rows(folder, "PricebookEntry")
    derived = sum(row["IsDerived"] == "true" for row in entries)
    tiers = sum(len(one.rule.get("tiers", ())) for book in found.books for one in book.entries)
    shares = [one.rule for book in found.books for one in book.entries if "fraction" in one.rule]
    assert kinds["list"] == len(entries) - derived
    assert kinds["derived"] == derived
    assert sum(len(one["contributors"]) for one in shares) == len(
        rows(folder, "PricebookEntryDerivedPrice")
    )
    assert kinds["attribute"] == len(rows(folder, "AttributeBasedAdjustment"))
    assert kinds["bundle"] == len(rows(folder, "BundleBasedAdjustment"))
    assert kinds["cost"] == len(rows(folder, "CostBookEntry"))
    assert tiers == len(rows(folder, "PriceAdjustmentTier"))
    # Rates by themselves and in money: those with a rate, or with tiers over one that is beside.
    with (folder / "qb-rates" / "RateCardEntry.csv").open(encoding="utf-8-sig", newline="") as file:
        cards = list(csv.DictReader(file))
    money = [
        (row["Product.StockKeepingUnit"], row["UsageResource.Code"], code)
        for row in cards
        if row["Rate"] and (code := row["RateUnitOfMeasure.UnitCode"]) != "TOKEN-UOM"
    ]
    assert kinds["usage"] == len(set(money)) == len(money) == 42
    for one in found.findings:
        file, _, line = one.place.rpartition(":")
        text = (folder / file).read_text(encoding="utf-8-sig")
        assert 1 <= int(line) <= text.count("\n") + 1
    lost = Counter(one.construct for one in found.findings if one.effect is Effect.LOST)
    assert lost == {
        "ProductUsageResourcePolicy": 23,
        "RatingFrequencyPolicy": 2,
        "UsageCommitmentPolicy": 2,
        "UsageGrantRenewalPolicy": 1,
        "UsageGrantRolloverPolicy": 1,
        "UsageOveragePolicy": 2,
        "UsagePrdGrantBindingPolicy": 4,
        "UsageResourceBillingPolicy": 5,
    }
