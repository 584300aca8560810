"""Price books: their form, what is wrong with them, and what looks odd."""

from datetime import date
from decimal import Decimal
from typing import Any

import orjson
import pytest
from pydantic import ValidationError

from cpq.pricing.rules import (
    PriceBookIsAmbiguous,
    Rule,
    RuleKind,
    faults_of,
    lint,
    refuse_ambiguity,
)
from cpq.pricing.schemas import BookIn
from servicekit.values import Period

YEAR = Period(date(2026, 1, 1), date(2027, 1, 1))
OFF = {"percent": "0.1"}


def rule(kind: str, key: str = "r", **more: Any) -> dict[str, Any]:
    return {"key": key, "kind": kind, **more}


def listed(sku: str = "A", price: str = "80", currency: str = "EUR", **more: Any) -> dict[str, Any]:
    key = more.pop("key", f"{sku}-{currency}")
    return rule("list", key, sku=sku, currency=currency, unit_price=price, **more)


def schedule(*bounds: tuple[str, str | None], **more: Any) -> dict[str, Any]:
    tiers = [{"lower": lower, "upper": upper, "change": OFF} for lower, upper in bounds]
    return rule(more.pop("kind", "quantity"), tiers=tiers, **more)


def for_gold(change: dict[str, str]) -> dict[str, Any]:
    return rule("tier", tier="gold", change=change)


def blocks(*found: dict[str, str]) -> dict[str, Any]:
    return rule("block", sku="A", currency="EUR", blocks=list(found))


def book(*rules: dict[str, Any]) -> BookIn:
    return BookIn.model_validate_json(orjson.dumps({"key": "b", "name": "B", "rules": list(rules)}))


def rules_of(*rules: dict[str, Any], days: Period = YEAR) -> list[Rule]:
    return book(*rules).as_rules(days, "b:1")


def faults(*rules: dict[str, Any]) -> list[tuple[str, str]]:
    return [(one.field, one.message) for one in faults_of(rules_of(*rules))]


EVERY_KIND = [
    listed(),
    rule("contracted", "c", sku="A", currency="EUR", unit_price="70", tier="gold"),
    rule("block", "b", sku="A", currency="USD", blocks=[{"lower": "1", "price": "5"}]),
    rule("attribute", "a", conditions=[{"attribute": "colour", "text": "red"}], change=OFF),
    rule("bundle", "u", bundle_sku="BAR", change=OFF),
    rule("derived", "d", sku="CARE", fraction="0.2", contributors=["A"]),
    schedule(("1", "10"), ("10", None), key="q"),
    schedule(("12", None), key="t", kind="term"),
    rule("promotion", "p", code="SPRING", change=OFF),
    rule("tier", "g", tier="gold", change=OFF),
    rule("partner", "w", partner_level="gold", change=OFF),
    rule("floor", "f", most_discount="0.2"),
    rule("cost", "k", sku="A", currency="EUR", unit_price="31"),
    rule("usage", "z", resource="calls", unit="call", price={"model": "percentage", "rate": "0.1"}),
]


def test_every_kind_of_rule_has_a_form_and_reads_as_it_was_written() -> None:
    found = book(*EVERY_KIND)
    again = BookIn.model_validate_json(
        orjson.dumps(found.model_dump(mode="json", exclude_defaults=True))
    )

    assert {one.kind for one in found.as_rules(YEAR, "b:1")} == set(RuleKind)
    assert again.as_rules(YEAR, "b:1") == found.as_rules(YEAR, "b:1")
    assert faults(*EVERY_KIND) == []


def test_a_rule_holds_on_the_days_that_are_its_books_too() -> None:
    early = listed(valid_from="2025-06-01", valid_to="2026-06-01", key="early")
    over = listed(valid_to="2026-01-01", key="over")

    (found,) = rules_of(early, over)

    assert (found.key, found.period) == ("early", Period(date(2026, 1, 1), date(2026, 6, 1)))


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"kind": "other"}, "rules.0"),
        ({"unit_price": "-1"}, "rules.0.list.unit_price"),
        ({"unit_price": 1.5}, "rules.0.list.unit_price"),
        ({"currency": "euro"}, "rules.0.list.currency"),
        ({"valid_from": "2026-02-01", "valid_to": "2026-02-01"}, "rules.0.list"),
        ({"surprise": 1}, "rules.0.list.surprise"),
    ],
)
def test_a_rule_of_the_wrong_form_is_named_by_its_place(change: dict[str, Any], place: str) -> None:
    with pytest.raises(ValidationError) as refused:
        book(listed() | change)
    assert [".".join(map(str, one["loc"])) for one in refused.value.errors()] == [place]


@pytest.mark.parametrize(
    ("rules", "place", "words"),
    [
        ([listed(), listed("B", key="A-EUR")], "rules.1.key", "rule 0 has this key already"),
        ([listed(), listed(key="other")], "rules.1", "for the same case and days as rule 0"),
        ([schedule(("1", "10"), ("5", None))], "rules.0.tiers.1.lower", "overlaps the one before"),
        ([schedule(("1", None), ("5", None))], "rules.0.tiers.1.lower", "overlaps the one before"),
        ([schedule(("5", "5"))], "rules.0.tiers.0.upper", "not above 5"),
        (
            [rule("tier", tier="gold", change={"percent": "1.01"})],
            "rules.0.change",
            "more than every",
        ),
        (
            [rule("tier", tier="gold", change={"amount": "5"})],
            "rules.0.currency",
            "needs the currency",
        ),
        ([rule("list", sku="A", unit_price="5")], "rules.0.currency", "needs the currency"),
        ([rule("list", currency="EUR", unit_price="5")], "rules.0.sku", "that of an item"),
        ([schedule(("1", None), kind="term", method="slab")], "rules.0.method", "no slabs"),
        (
            [
                rule("derived", "x", sku="A", fraction="0.1", contributors=["B"]),
                rule("derived", "y", sku="B", fraction="0.1", contributors=["C"]),
                rule("derived", "z", sku="C", fraction="0.1", contributors=["A"]),
            ],
            "rules",
            "A > B > C > A",
        ),
    ],
)
def test_what_contradicts_itself_is_named_by_its_place(
    rules: list[dict[str, Any]], place: str, words: str
) -> None:
    found = faults(*rules)

    assert [one for one, _ in found] == [place]
    assert words in found[0][1]


def test_rules_for_the_same_case_may_follow_each_other() -> None:
    first = listed(valid_to="2026-06-01")
    then = listed(valid_from="2026-06-01", key="then")

    assert faults(first, then) == []


def test_two_books_may_not_say_two_things_of_one_case_on_one_day() -> None:
    other = book(listed(key="theirs")).as_rules(Period(date(2026, 12, 31)), "theirs:3")

    with pytest.raises(PriceBookIsAmbiguous, match="'theirs' of theirs:3") as refused:
        refuse_ambiguity(rules_of(listed("B"), listed()), other)
    assert refused.value.field == "rules.1"
    refuse_ambiguity(rules_of(listed("B"), listed(currency="USD")), other)
    refuse_ambiguity(rules_of(listed()), book(listed()).as_rules(Period(date(2027, 1, 1)), "t:1"))


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ([schedule(("1", "5"), ("6", None))], ("r", "gap", "nothing between 5 and 6")),
        (
            [
                rule(
                    "block",
                    sku="A",
                    currency="EUR",
                    blocks=[{"lower": "1", "upper": "9", "price": "5"}],
                )
            ],
            ("r", "gap", "from 9 on the list price holds again"),
        ),
        (
            [listed(), listed("B", currency="USD"), listed("B")],
            ("A", "currency-missing", "has no list price in USD"),
        ),
        (
            [
                rule("block", "b", sku="A", currency="EUR", blocks=[{"lower": "1", "price": "5"}]),
                schedule(("1", None), key="q", sku="A", stacks=True),
            ],
            ("q", "double-discount", "is given on block prices too, which have theirs"),
        ),
        (
            [
                rule("contracted", "c", sku="A", currency="EUR", unit_price="5"),
                rule("tier", "g", tier="gold", sku="A", currency="EUR", change=OFF),
            ],
            ("g", "shadowed", "rule 'c' prices every line that it fits"),
        ),
    ],
)
def test_what_looks_odd_is_found(
    rules: list[dict[str, Any]], expected: tuple[str, str, str]
) -> None:
    found = [(one.rule, one.code, one.message) for one in lint(rules_of(*rules))]

    assert found == [expected]


def test_a_sound_book_has_no_findings() -> None:
    sound = [listed(), listed("B"), schedule(("1", "5"), ("5", None), key="q")]

    assert lint(rules_of(*sound)) == []
    assert rules_of(listed())[0].deed.amount == Decimal(80)  # type: ignore[union-attr]
