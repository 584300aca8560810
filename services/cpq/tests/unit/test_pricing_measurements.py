"""What the benchmark of pricing prices is what it says, and it can be priced."""

from cpq.pricing.rules import PriceRules, RuleKind, price_document
from cpq.pricing.rules.incremental import PricedDraft
from cpq.pricing_measurements.measuring import grown, quote
from cpq.pricing_measurements.subjects import ON, changed, generated


def test_rules_of_every_kind_price_a_generated_quote_the_same_each_time() -> None:
    subject = generated(200)
    rules = PriceRules(subject.document.on.day, rules=subject.rules)

    assert {rule.kind for rule in subject.rules} >= set(RuleKind) - {RuleKind.COST}
    assert generated(200) == subject
    draft = PricedDraft(subject.document, rules)
    assert dict(draft.prices) == price_document(subject.document, rules)
    edited = draft.edited([changed(subject.document.lines[3], 1)])
    assert dict(edited.prices) == price_document(edited.document, rules)
    assert 0 < len(edited.repriced) < 200


def test_with_slabs_over_the_quote_an_edit_touches_every_line_but_agreed_prices() -> None:
    subject = generated(200, whole=True)
    draft = PricedDraft(subject.document, PriceRules(ON.day, rules=subject.rules))

    edited = draft.edited([changed(subject.document.lines[3], 1)])

    free = {
        one.key for one in subject.document.lines if one.agreed_unit_price is None and one.counts
    }
    assert free <= edited.repriced


def test_every_figure_is_measured_and_no_two_rows_are_named_alike() -> None:
    rows = [*quote(generated(60), judged=True), *quote(generated(60, whole=True), judged=False)]
    rows += [grown("lines", generated(60))]

    assert len({(row.work, row.conditions) for row in rows}) == len(rows) == 5
    assert [row.target for row in rows] == ["", "under 10 ms", "", "", ""]
    assert all("ms" in row.result for row in rows)
    assert all("peak" in row.result for row in rows if "cold" in row.work)
