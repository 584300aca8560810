"""Instalments sum to the invoice, discounts fall with time, and the tax takes its share."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from erp.receivables.rules import (
    Discount,
    DiscountIsGivenTwice,
    DiscountsAreOutOfOrder,
    Instalment,
    InvoicedTax,
    PaymentTerms,
    SharesAreNotTheWhole,
    check_terms,
    discount_on,
    discounts_of,
    instalment_discounts_of,
    instalments_of,
    tax_shares,
)
from servicekit.values.money import Money

DAY = date(2026, 1, 31)


def euros(amount: str | Decimal) -> Money:
    return Money(Decimal(amount), "EUR")


@given(
    weights=st.lists(st.integers(1, 100), min_size=1, max_size=12),
    units=st.integers(0, 10_000_000),
    currency=st.sampled_from(["EUR", "JPY", "KWD"]),
)
def test_instalments_sum_to_the_invoice_by_due_date(
    weights: list[int], units: int, currency: str
) -> None:
    shares = [Decimal(w * 1_000_000 // sum(weights)) / 1_000_000 for w in weights]
    shares[0] += 1 - sum(shares)
    terms = PaymentTerms(
        tuple(Instalment(share, 30 * at, at % 2 == 1) for at, share in enumerate(shares))
    )
    check_terms(terms)
    gross = Money(Decimal(units).scaleb(-{"EUR": 2, "JPY": 0, "KWD": 3}[currency]), currency)

    parts = instalments_of(gross, terms, DAY)

    assert sum((amount for amount, _ in parts), start=Money.zero(currency)) == gross
    assert all(not amount.is_zero for amount, _ in parts)
    assert [day for _, day in parts] == sorted(day for _, day in parts)


def test_the_end_of_the_month_is_that_of_the_day() -> None:
    terms = PaymentTerms((Instalment(Decimal(1), 30, end_of_month=True),))
    assert instalments_of(euros("10"), terms, DAY) == [(euros("10"), date(2026, 3, 31))]


@pytest.mark.parametrize("shares", [("0.5", "0.4"), ("0.5", "0.6"), ("1", "0")])
def test_shares_are_the_whole(shares: tuple[str, ...]) -> None:
    with pytest.raises(SharesAreNotTheWhole):
        check_terms(PaymentTerms(tuple(Instalment(Decimal(s), 30) for s in shares)))


def test_discounts_fall_with_time() -> None:
    whole = (Instalment(Decimal(1), 30),)
    falling = (Discount(Decimal("0.03"), 7), Discount(Decimal("0.02"), 14, "net"))
    check_terms(PaymentTerms(whole, falling))
    for wrong in (falling[::-1], (falling[0], Discount(Decimal("0.03"), 14))):
        with pytest.raises(DiscountsAreOutOfOrder):
            check_terms(PaymentTerms(whole, wrong))
    dated = discounts_of(euros("100"), euros("119"), PaymentTerms(whole, falling), DAY)
    assert [(one.until, one.amount) for one in dated] == [
        (date(2026, 2, 7), euros("3.57")),
        (date(2026, 2, 14), euros("2.00")),
    ]
    assert [discount_on(dated, date(2026, 2, day)) for day in (7, 8, 15)] == [*dated, None]


@given(
    taxes=st.lists(
        st.tuples(st.integers(1, 100_000), st.sampled_from(["0.19", "0.07", "0"])),
        min_size=1,
        max_size=3,
    ),
    cuts=st.lists(st.integers(1, 60_000), max_size=6),
)
def test_parts_of_an_amount_take_their_share_of_the_tax_and_the_last_all_of_it(
    taxes: list[tuple[int, str]], cuts: list[int]
) -> None:
    invoiced = [
        InvoicedTax(
            str(at),
            Decimal(rate),
            Decimal(base).scaleb(-2),
            (euros(Decimal(base).scaleb(-2)) * Decimal(rate)).round().amount,
        )
        for at, (base, rate) in enumerate(taxes)
    ]
    left = sum((euros(tax.base + tax.tax) for tax in invoiced), start=euros("0"))
    for cents in [*cuts, None]:
        amount = left if cents is None else min(left, euros(Decimal(cents).scaleb(-2)))
        if amount.is_zero:
            continue
        shares = tax_shares(amount, invoiced)
        assert sum((s.base + s.tax for s in shares), start=euros("0")) == amount
        taken = {share.category: share for share in shares}
        invoiced = [
            InvoicedTax(
                tax.category,
                tax.rate,
                tax.base,
                tax.tax,
                tax.credited_base
                + (taken[tax.category].base.amount if tax.category in taken else 0),
                tax.credited_tax + (taken[tax.category].tax.amount if tax.category in taken else 0),
            )
            for tax in invoiced
        ]
        left -= amount
        for tax in invoiced:
            assert 0 <= tax.credited_tax <= tax.tax
    assert all(t.credited_base == t.base and t.credited_tax == t.tax for t in invoiced)


def test_discounts_of_instalments_are_of_their_parts() -> None:
    terms = PaymentTerms(
        (
            Instalment(Decimal("0.3"), 60, discounts=(Discount(Decimal("0.02"), 30),)),
            Instalment(
                Decimal("0.7"),
                10,
                discounts=(
                    Discount(Decimal("0.03"), 3),
                    Discount(Decimal("0.01"), 7, "net"),
                ),
            ),
        )
    )
    check_terms(terms)
    found = instalment_discounts_of(euros("100"), euros("119"), terms, DAY)
    assert [(place, one.until, one.amount) for place, one in found] == [
        (1, DAY + timedelta(days=3), euros("2.50")),  # 3 % of 83.30
        (1, DAY + timedelta(days=7), euros("0.70")),  # 1 % of 70.00
        (2, DAY + timedelta(days=30), euros("0.71")),  # 2 % of 35.70
    ]


def test_discounts_are_for_the_whole_or_for_its_parts() -> None:
    early = (Discount(Decimal("0.02"), 10),)
    part = Instalment(Decimal(1), 30, discounts=early)
    with pytest.raises(DiscountIsGivenTwice):
        check_terms(PaymentTerms((part,), early))
    rising = (Discount(Decimal("0.01"), 5), Discount(Decimal("0.02"), 10))
    with pytest.raises(DiscountsAreOutOfOrder) as refused:
        check_terms(PaymentTerms((Instalment(Decimal(1), 30, discounts=rising),)))
    assert refused.value.field == "instalments.0.discounts"
