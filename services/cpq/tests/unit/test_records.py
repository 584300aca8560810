"""What a pricing came from prices the same years later, from its record alone."""

import zlib
from decimal import Decimal

import pytest
from hypothesis import given

from cpq.pricing.rules import (
    Comparison,
    Condition,
    DocumentToPrice,
    ForAttributes,
    PricedOn,
    PriceRules,
    Request,
    Rule,
    RuleKind,
    Scope,
    TaxEstimate,
)
from cpq.pricing.service import PricingBasis, hash_of, priced_from, recorded, replayed

from .test_kernel import DAY, IN_EUROS, documents, line, off, rule, rules_of

TAXES = {
    "standard": TaxEstimate(Decimal("0.19"), "Usual rate of DE, standard"),
    "reduced": TaxEstimate(Decimal("0.07"), "Usual rate of DE, reduced"),
}


def basis(lines: list[Request], rules: list[Rule], on: PricedOn = IN_EUROS) -> PricingBasis:
    categories = {
        each.key: "standard" if number % 2 else "reduced" for number, each in enumerate(lines)
    }
    return PricingBasis(DocumentToPrice(on, lines), PriceRules(DAY, rules=rules), categories, TAXES)


@given(documents(), rules_of())
def test_a_replay_gives_the_same_cents_the_same_steps_and_the_same_hash(
    lines: list[Request], rules: list[Rule]
) -> None:
    first = basis(lines, rules)
    try:
        priced = priced_from(first)
    except Exception as refused:  # noqa: BLE001  the replay refuses the same
        with pytest.raises(type(refused)):
            replayed(recorded(first))
        return
    again = replayed(recorded(first))

    assert [each.priced for each in again.lines] == [each.priced for each in priced.lines]
    assert again.totals == priced.totals
    assert hash_of(again.lines) == hash_of(priced.lines)
    assert recorded(again.basis) == recorded(first)


def test_attributes_keep_their_kinds() -> None:
    """The text "2" and the number 2 are different things to a condition."""
    conditions = (
        Condition("bays", Comparison.AT_LEAST, Decimal(2)),
        Condition("grade", Comparison.EQUAL, "2"),
        Condition("rails", Comparison.EQUAL, value=True),
    )
    cheaper = rule(RuleKind.ATTRIBUTE, ForAttributes(conditions, off("0.1")))
    attributes = {"bays": Decimal(4), "grade": "2", "rails": True}
    first = basis([line("a", attributes=attributes)], [cheaper])

    assert priced_from(first).totals.net.amount == 90
    assert replayed(recorded(first)).totals.net.amount == 90
    assert replayed(recorded(first)).basis.document.lines[0].attributes == attributes


def test_options_are_picked_at_the_prices_of_the_record() -> None:
    first = basis([line("a"), line("b", price="50", counts=False)], [])

    assert priced_from(first).totals.net.amount == 100
    assert replayed(recorded(first), counts={"b": True}).totals.net.amount == 150


def test_rules_that_cannot_fit_are_not_kept() -> None:
    other = rule(RuleKind.ATTRIBUTE, ForAttributes((), off("0.1")), Scope(sku="ELSE"))
    dollars = rule(RuleKind.ATTRIBUTE, ForAttributes((), off("0.1")), Scope(currency="USD"))
    first = basis([line("a")], [other, dollars])

    assert not replayed(recorded(first)).basis.rules.rules


def test_what_is_no_record_is_not_priced() -> None:
    with pytest.raises(zlib.error):
        replayed(b"no record")
    with pytest.raises(ValueError, match="form 2"):
        replayed(zlib.compress(b'{"form": 2}'))
