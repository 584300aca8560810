"""The offer's bytes and hash, and the life of a quote."""

import hashlib
import json
from dataclasses import replace
from datetime import date
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpq.facts.deals import credit_after, margin_of, promise_for
from cpq.quotes.rules import (
    AcceptanceIsBeforeOffer,
    AcceptanceIsInTheFuture,
    Offer,
    OfferedLine,
    OfferHasChanged,
    QuoteHasExpired,
    QuoteIsNotDraft,
    QuoteIsNotSent,
    ValidityIsOver,
    canonical,
    check_acceptance,
    check_draft,
    check_sent,
    check_validity,
    content_hash,
    offer_document,
)
from servicekit.values import Money

LINE = OfferedLine(
    key="1",
    position=1,
    item_id=UUID(int=1),
    sku="BK-1",
    name="Touring bicycle",
    quantity=Decimal("10.0000000000"),
    unit="pcs",
    net_unit_price=Decimal("811.3475"),
    discount_fraction=Decimal("0.0975"),
    net_amount=Decimal("8113.4750"),
    tax_category="standard",
    tax_rate=Decimal("0.19"),
)
OFFER = Offer(
    quote_id=UUID(int=2),
    number="Q-2026-000001",
    revision=1,
    customer_id=UUID(int=3),
    customer_number="C-1",
    customer_name="Müller & Söhne",
    selling_company_id=None,
    currency="EUR",
    priced_on=date(2026, 11, 23),
    valid_until=date(2026, 12, 23),
    requested_on=None,
    customer_reference=None,
    lines=[LINE],
    net=Money(Decimal("8113.48"), "EUR"),
    tax_estimate=Money(Decimal("1541.56"), "EUR"),
    gross_estimate=Money(Decimal("9655.04"), "EUR"),
)


def hash_of(offer: Offer) -> str:
    return content_hash(canonical(offer_document(offer)))


def test_the_hash_is_the_same_whatever_zeros_the_database_adds() -> None:
    padded = replace(LINE, quantity=Decimal(10), net_amount=Decimal("8113.475"))

    assert hash_of(replace(OFFER, lines=[padded])) == hash_of(OFFER)


@pytest.mark.parametrize(
    "change",
    [
        {"customer_name": "Müller & Sohne"},
        {"valid_until": date(2026, 12, 24)},
        {"revision": 2},
        {"customer_reference": "PO 1"},
        {"net": Money(Decimal("8113.49"), "EUR")},
        {"lines": [replace(LINE, quantity=Decimal("10.0000000001"))]},
        {"lines": [LINE, replace(LINE, position=2)]},
    ],
)
def test_any_change_of_what_is_offered_changes_the_hash(change: dict[str, object]) -> None:
    assert hash_of(replace(OFFER, **change)) != hash_of(OFFER)  # type: ignore[arg-type]


def test_the_canonical_bytes_can_be_hashed_again_from_the_parsed_document() -> None:
    written = canonical(offer_document(OFFER))

    assert canonical(json.loads(written)) == written
    assert hashlib.sha256(written).hexdigest() == hash_of(OFFER)


def test_the_canonical_form_follows_rfc_8785_for_strings_and_names() -> None:
    """From section 3.2.3: escapes are minimal, other characters stand as they are."""
    document = {"b": '€$\u000f\nA\'B"\\\\"/', "a": [None, True, False, 1]}

    assert canonical(document) == (
        '{"a":[null,true,false,1],"b":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}'.encode()
    )


def test_only_drafts_change_and_only_sent_quotes_are_answered() -> None:
    check_draft("draft", "Q-1")
    check_sent("sent", "Q-1")
    for status in ("sent", "accepted", "declined", "expired"):
        with pytest.raises(QuoteIsNotDraft, match=f"Q-1 is {status}"):
            check_draft(status, "Q-1")
    for status in ("draft", "accepted", "declined"):
        with pytest.raises(QuoteIsNotSent):
            check_sent(status, "Q-1")
    with pytest.raises(QuoteHasExpired):
        check_sent("expired", "Q-1")


def acceptance(**changes: object) -> None:
    facts: dict[str, object] = {
        "number": "Q-1",
        "offered_on": date(2026, 12, 1),
        "valid_until": date(2026, 12, 23),
        "accepted_on": date(2026, 12, 23),
        "today": date(2026, 12, 23),
        "signed": "aa",
        "offered": "aa",
    }
    check_acceptance(**(facts | changes))  # type: ignore[arg-type]


def test_an_offer_can_be_accepted_up_to_its_last_day() -> None:
    acceptance()
    with pytest.raises(QuoteHasExpired):
        acceptance(accepted_on=date(2026, 12, 24), today=date(2026, 12, 24))


def test_an_acceptance_names_the_offer_and_lies_not_in_the_future() -> None:
    with pytest.raises(OfferHasChanged):
        acceptance(signed="bb")
    with pytest.raises(AcceptanceIsInTheFuture):
        acceptance(accepted_on=date(2026, 12, 23), today=date(2026, 12, 22))


def test_nobody_accepts_an_offer_before_it_was_made() -> None:
    acceptance(accepted_on=date(2026, 12, 1))
    with pytest.raises(AcceptanceIsBeforeOffer):
        acceptance(accepted_on=date(2026, 11, 30))


def test_an_offer_holds_at_least_on_the_day_it_is_sent() -> None:
    check_validity(date(2026, 1, 1), date(2026, 1, 1))
    with pytest.raises(ValidityIsOver):
        check_validity(date(2025, 12, 31), date(2026, 1, 1))


def euros(text: str) -> Money:
    return Money(Decimal(text), "EUR")


def test_headroom_after_the_deal_is_headroom_less_gross() -> None:
    view = credit_after(
        state="ok",
        currency="EUR",
        headroom=euros("1000"),
        gross=euros("1000.01"),
        counted_already=False,
    )

    assert (view.headroom_after, view.verdict) == (euros("-0.01"), "exceeded")
    enough = credit_after(
        state="ok",
        currency="EUR",
        headroom=euros("1000"),
        gross=euros("1000"),
        counted_already=False,
    )
    assert enough.verdict == "ok"


def test_a_deal_that_is_an_order_already_is_not_counted_twice() -> None:
    view = credit_after(
        state="ok",
        currency="EUR",
        headroom=euros("10"),
        gross=euros("990"),
        counted_already=True,
    )

    assert (view.headroom_after, view.verdict) == (euros("10"), "ok")


def test_credit_says_when_it_cannot_tell() -> None:
    def verdict(state: str, headroom: Money | None, currency: str = "EUR") -> str:
        return credit_after(
            state=state,
            currency=currency,
            headroom=headroom,
            gross=euros("1"),
            counted_already=False,
        ).verdict

    assert verdict("ok", None) == "no-limit"
    assert verdict("blocked", None) == "blocked"
    assert verdict("blocked", euros("500")) == "blocked"
    assert verdict("ok", Money(Decimal(5), "USD"), "USD") == "other-currency"
    assert verdict("ok", None, "USD") == "other-currency"
    assert verdict("blocked", None, "USD") == "blocked"


def test_margin_counts_only_lines_whose_cost_is_known_and_says_so() -> None:
    margin = margin_of(
        [(Decimal(100), Decimal(2), Decimal(30)), (Decimal(50), Decimal(1), None)], "EUR"
    )

    assert margin is not None
    assert (margin.margin, margin.fraction, margin.complete) == (
        euros("40.00"),
        Decimal("0.4"),
        False,
    )
    assert margin_of([(Decimal(50), Decimal(1), None)], "EUR") is None


@given(
    st.lists(
        st.tuples(
            st.decimals(0, 10_000, places=6),
            st.decimals(1, 100, places=3),
            st.none() | st.decimals(0, 100, places=4),
        ),
        max_size=20,
    )
)
def test_net_is_cost_plus_margin_for_any_lines(
    lines: list[tuple[Decimal, Decimal, Decimal | None]],
) -> None:
    margin = margin_of(lines, "EUR")

    if margin is not None:
        assert margin.cost + margin.margin == margin.net
        assert margin.complete == all(cost is not None for _, _, cost in lines)


def test_a_promise_is_kept_on_the_day_later_or_not_at_all() -> None:
    asked = date(2026, 12, 1)

    def verdict(first_day: date | None) -> str:
        return promise_for(available=Decimal(1), asked_for=asked, first_day=first_day).verdict

    assert verdict(asked) == "available"
    assert verdict(date(2026, 12, 2)) == "later"
    assert verdict(None) == "short"
