"""Usage prices as documents say them, in each language."""

from decimal import Decimal
from typing import Any

import pytest

from cpq.documents.rules import Language, spelled

from . import quotes

TIERS = [{"up_to": "1000", "unit_price": "0.01", "flat": "5"}, {"unit_price": "0.004"}]


def usage(price: dict[str, Any], *events: str, amount: str = "21") -> dict[str, Any]:
    samples = [{"events": list(events), "amount": amount}] if events else []
    said: dict[str, Any] = {"resource": "api-calls", "unit": "call", "price": price}
    return said | ({"samples": samples} if samples else {})


def words(language: Language, *found: dict[str, Any]) -> list[tuple[str, str]]:
    lines = [quotes.line(1, usage=list(found)), quotes.line(2)]
    document = quotes.document(lines, language=language)
    first, second = spelled(document).rows
    assert not second.values
    return [(pair.label, pair.value.replace("\u00a0", " ")) for pair in first.values]


@pytest.mark.parametrize(
    ("price", "said"),
    [
        ({"model": "standard", "unit_price": "0.0005"}, "€0.0005 per call"),
        (
            {"model": "graduated", "tiers": TIERS},
            "each call at the price of its tier: up to 1,000 €0.01 and €5.00 once; "
            "beyond that €0.004",
        ),
        (
            {"model": "volume", "tiers": TIERS},
            "all at the price of the tier of the last call: up to 1,000 €0.01 and €5.00 once; "
            "beyond that €0.004",
        ),
        ({"model": "volume", "tiers": [{"unit_price": "2"}]}, "all at the price of the tier of the "
         "last call: €2.00"),
        (
            {"model": "package", "size": "100", "package_price": "5", "free": "50"},
            "€5.00 for each 100 begun (call); the first 50 free",
        ),
        (
            {"model": "percentage", "rate": "0.029", "fee": "0.3", "minimum": "1", "maximum": "9"},
            "2.9% per call; plus €0.30 each; at least €1.00 each; at most €9.00 each",
        ),
    ],
)  # fmt: skip
def test_each_model_is_told_in_words(price: dict[str, Any], said: str) -> None:
    assert words(Language.ENGLISH, usage(price)) == [("Usage: api-calls", said)]


@pytest.mark.parametrize(
    ("language", "said"),
    [
        (Language.ENGLISH, [("Usage: api-calls", "€0.01 per call"), ("Example", "9 + 1: €21.00")]),
        (
            Language.GERMAN,
            [("Nutzung: api-calls", "0,01 € je call"), ("Beispiel", "9 + 1: 21,00 €")],
        ),
        (Language.CHINESE, [("用量：api-calls", "每call €0.01"), ("示例", "9 + 1：€21.00")]),
    ],
)
def test_examples_are_told_in_every_language(
    language: Language, said: list[tuple[str, str]]
) -> None:
    found = usage({"model": "standard", "unit_price": "0.01"}, "9", "1")

    assert words(language, found) == said


def test_many_events_are_counted() -> None:
    found = usage({"model": "standard", "unit_price": "1"}, *["3"] * 6, amount="18.0000000001")

    assert words(Language.ENGLISH, found)[1] == ("Example", "6 events, 18 in all: €18.0000000001")


def test_a_document_says_that_usage_is_not_in_its_total_and_keeps_its_total() -> None:
    price = {"model": "standard", "unit_price": "1"}
    plain = quotes.document([quotes.line(1)])
    used = quotes.document([quotes.line(1, usage=[usage(price)])])

    assert used.net == plain.net == quotes.document([quotes.line(1)]).net
    assert used.gross.amount > Decimal(0)
    assert len(spelled(used).notes) == len(spelled(plain).notes) + 1
    assert "not part of the total" in "".join(spelled(used).notes)
