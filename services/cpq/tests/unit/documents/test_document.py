"""What stands on a document of a quote, in three languages."""

import tomllib
from dataclasses import asdict, replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpq.configuration.document import read
from cpq.documents.rules import (
    Language,
    Value,
    configured_values,
    document_of,
    spelled,
    wording,
)
from cpq.documents.rules.wording import TEXTS
from servicekit.values import Money

from .quotes import SELLER, document, line, offer

STEPS: list[dict[str, Any]] = [
    {"step": "list", "output": "120"},
    {"step": "quantity-break", "output": "114"},
    {"step": "tier", "output": "114"},
    {"step": "partner", "output": "102"},
    {"step": "floor", "output": "103"},
    {"step": "manual", "output": "100"},
    {"step": "net", "output": "100"},
]
LINES = st.lists(
    st.tuples(
        st.decimals("0", "99999", places=4),
        st.sampled_from(["standard", "reduced", "zero"]),
        st.booleans(),
    ),
    min_size=1,
    max_size=20,
)


@given(drawn=LINES, currency=st.sampled_from(["EUR", "JPY", "KWD"]))
def test_lines_that_count_sum_to_the_net_and_taxes_by_rate_to_the_tax(
    drawn: list[tuple[Decimal, str, bool]], currency: str
) -> None:
    made = document(
        [
            line(at, str(amount), tax_category=category, selected=selected)
            for at, (amount, category, selected) in enumerate(drawn, start=1)
        ],
        currency=currency,
    )
    nothing = Money.zero(currency)
    assert sum((x.amount for x in made.lines if x.counts), nothing) == made.net
    assert sum((part.base for part in made.taxes), nothing) == made.net
    assert sum((part.tax for part in made.taxes), nothing) == made.tax
    assert made.net + made.tax == made.gross
    rows = spelled(made).rows
    assert rows[-1].carried == wording(Language.ENGLISH).amount(made.net.amount, currency)


def test_an_offer_whose_lines_do_not_sum_to_its_totals_gives_no_document() -> None:
    with pytest.raises(ValueError, match="do not sum"):
        document([line(1)], offered={"net": "99.99"})


@pytest.mark.parametrize(
    ("language", "money", "day", "percent"),
    [
        (Language.ENGLISH, "€1,234.50", "November 23, 2026", "8.1%"),
        (Language.GERMAN, "1.234,50\u00a0€", "23. November 2026", "8,1\u00a0%"),
        (Language.CHINESE, "€1,234.50", "2026年11月23日", "8.1%"),
    ],
)
def test_each_language_has_its_numbers_and_days(
    language: Language, money: str, day: str, percent: str
) -> None:
    words = wording(language)
    assert words.money(Decimal("1234.5"), "EUR") == money
    assert words.day(document([line(1)]).issued_on) == day
    assert words.percent(Decimal("0.081")) == percent


def test_amounts_have_the_places_of_their_currency_and_prices_those_they_need() -> None:
    words = wording(Language.GERMAN)
    assert words.amount(Decimal(1234), "JPY") == "1.234"
    assert words.amount(Decimal("1234.5"), "KWD") == "1.234,500"
    assert words.amount(Decimal("0.0000000001"), "EUR") == "0,0000000001"
    # Unicode's tables give the afghani no places; ISO 4217 gives it two.
    assert words.money(Decimal("1.5"), "AFN").startswith("1,50")


def test_the_languages_say_the_same_things() -> None:
    catalogues = tomllib.loads(TEXTS.read_text(encoding="utf-8"))
    assert set(catalogues) == {language.value for language in Language}
    english = catalogues["en"]
    for catalogue in catalogues.values():
        assert catalogue.keys() == english.keys()
        for key, text in catalogue.items():
            assert _blanks(text) == _blanks(english[key]), key


def _blanks(text: str) -> set[str]:
    return {part.partition("}")[0] for part in text.split("{")[1:]}


def test_the_waterfall_leads_from_the_list_price_to_the_price_and_names_no_floor() -> None:
    shown = replace(SELLER, shows_waterfall=True)
    made = document([line(1)], presentation=shown, waterfalls={1: STEPS})
    (row,) = spelled(made).rows
    assert [(step.label, step.value) for step in row.steps] == [
        ("List price", "120.00"),
        ("Quantity discount", "−6.00"),
        ("Adjustment", "−11.00"),
        ("Special discount", "−3.00"),
        ("Your price", "100.00"),
    ]
    hidden = document([line(1)], waterfalls={1: STEPS})
    assert spelled(hidden).rows[0].steps == ()


def test_groups_options_and_alternatives_are_said_and_only_what_counts_is_summed() -> None:
    made = document(
        [
            line(1, "100", key="a", group="g"),
            line(2, "40", key="b", group="g", parent="a"),
            line(3, "30", key="c", group="g", optional=True, selected=False),
            line(4, "120", key="d", group="g", alternative_of="a", selected=False),
            line(5, "5", key="e", optional=True, selected=True),
        ],
        offered={"groups": [{"key": "g", "name": "Bicycles"}]},
    )
    rows = spelled(made).rows
    assert [(row.kind, row.name) for row in (rows[0], rows[5])] == [
        ("group", "Bicycles"),
        ("subtotal", "Subtotal Bicycles"),
    ]
    assert rows[5].amount == "140.00"
    assert [row.notes for row in rows[1:5]] == [
        (),
        (),
        ("Optional", "not included in the total"),
        ("Alternative to no. 1", "not included in the total"),
    ]
    assert (rows[2].depth, rows[6].notes) == (1, ("Optional, chosen",))
    assert spelled(made).totals[0].value == "€145.00"


def test_a_configured_line_says_its_parts_and_attributes_in_the_models_words() -> None:
    model = read(
        {
            "format": "tradewind/configuration-model/1",
            "key": "bicycle",
            "name": "Bicycle",
            "root": {
                "key": "bicycle",
                "name": "Bicycle",
                "attributes": [
                    {
                        "code": "colour",
                        "name": "Colour",
                        "type": "enumeration",
                        "options": [{"code": "red", "name": "Signal red"}],
                    }
                ],
                "groups": [
                    {
                        "key": "extras",
                        "name": "Extras",
                        "members": [
                            {"key": "bottle", "name": "Bottle", "maximum": 3},
                            {"key": "rack", "name": "Rack"},
                        ],
                    }
                ],
            },
        }
    )
    values = configured_values(
        model,
        [
            {"target": "bicycle.colour", "value": "red"},
            {"target": "bottle", "value": True},
            {"target": "qty(bottle)", "value": "2"},
            {"target": "rack", "value": False},
            {"target": {"question": "use"}, "value": "racing"},
        ],
    )
    assert values == (Value("Colour", "Signal red"), Value("Extras", "2 × Bottle"))


def test_the_same_offer_gives_the_same_document() -> None:
    first, second = (document([line(1), line(2)], language=Language.GERMAN) for _ in range(2))
    assert asdict(spelled(first)) == asdict(spelled(second))


def test_a_group_stands_once_where_its_first_line_stands_with_all_its_lines() -> None:
    made = document(
        [
            line(1, "100", key="a", group="g"),
            line(2, "7", key="part", parent="a"),
            line(3, "20", key="b"),
            line(4, "40", key="c", group="h"),
            line(5, "3", key="d", group="g"),
        ],
        # Two groups may have one name.
        offered={"groups": [{"key": "g", "name": "Bikes"}, {"key": "h", "name": "Bikes"}]},
    )
    rows = spelled(made).rows
    assert [row.position or row.amount or row.kind for row in rows] == [
        "group", "1", "2", "5", "110.00", "3", "group", "4", "40.00",
    ]  # fmt: skip
    assert [row.carried for row in rows if row.carried][-1] == "170.00"


def test_offers_of_the_first_form_have_neither_groups_nor_keys() -> None:
    made = document_of(
        offer([line(1)]),
        SELLER,
        Language.ENGLISH,
        content_hash="",
        draft=True,
        issued_on=document([line(1)]).issued_on,
    )
    assert (made.lines[0].key, made.lines[0].group, made.lines[0].counts) == ("1", None, True)
    assert spelled(made).draft == "Draft – not an offer"


@pytest.mark.parametrize(
    ("language", "said"),
    [
        (Language.ENGLISH, "unit price due 10.2580645161 times"),
        (Language.GERMAN, "Einzelpreis 10,2580645161-mal fällig"),
        (Language.CHINESE, "单价计收10.2580645161次"),
    ],
)
def test_a_price_that_is_due_over_a_term_says_how_often(language: Language, said: str) -> None:
    """Whoever multiplies quantity and unit price would not find the amount otherwise."""
    lines = [
        line(1, start_on="2025-03-28", end_on="2026-02-04", term_multiplier="10.2580645161"),
        line(2, start_on="2026-01-01", end_on="2026-01-31", term_multiplier="1"),
    ]
    first, second = spelled(document(lines, language=language)).rows
    assert said in first.notes
    assert len(second.notes) == 1
