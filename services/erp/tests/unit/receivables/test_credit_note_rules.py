"""Credited in whatever parts: never more than was invoiced, and in the end all of it."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from erp.receivables.rules import (
    CreditedLine,
    CreditExceedsInvoice,
    CreditWish,
    InvoicedLine,
    InvoicedTax,
    LineIsNotOnInvoice,
    NothingToCredit,
    credit_totals,
    plan_credit,
)
from servicekit.taxation import DocumentTotals, TaxableLine, document_totals

RATES = {"standard": Decimal("0.19"), "reduced": Decimal("0.07"), "zero": Decimal(0)}
CURRENCIES = st.sampled_from(["EUR", "JPY", "KWD"])

LINES = st.lists(
    st.tuples(
        st.integers(1, 7).map(Decimal),
        st.decimals("0.0001", "500", places=4),
        st.sampled_from(sorted(RATES)),
    ),
    min_size=1,
    max_size=5,
)
PARTS = st.lists(
    st.tuples(st.integers(0, 4), st.booleans(), st.integers(1, 5), st.integers(1, 4_000)),
    max_size=8,
)


def invoiced(
    drawn: list[tuple[Decimal, Decimal, str]], currency: str, residue: int
) -> tuple[list[InvoicedLine], list[InvoicedTax]]:
    """An invoice; with a residue, one whose first tax differs from its own lines' by a unit."""
    lines = [
        InvoicedLine(at, quantity, quantity * price, category)
        for at, (quantity, price, category) in enumerate(drawn, start=1)
    ]
    totals = document_totals(
        [TaxableLine(line.net_amount, line.tax_category) for line in lines], RATES, currency
    )
    unit = Decimal(1).scaleb(-{"EUR": 2, "JPY": 0, "KWD": 3}[currency])
    taxes = [
        InvoicedTax(
            part.category,
            part.rate,
            part.base.amount,
            max(part.tax.amount + (residue * unit if not at else 0), Decimal(0)),
        )
        for at, part in enumerate(totals.taxes)
    ]
    return lines, taxes


def credited(
    planned: list[CreditedLine],
    totals: DocumentTotals,
    lines: list[InvoicedLine],
    taxes: list[InvoicedTax],
) -> tuple[list[InvoicedLine], list[InvoicedTax]]:
    """The invoice after a credit note."""
    parts = {part.position: part for part in planned}
    shown = {tax.category: tax for tax in totals.taxes}
    return [
        replace(
            line,
            credited_quantity=line.credited_quantity
            + (parts[line.position].quantity or Decimal(0)),
            credited_amount=line.credited_amount + parts[line.position].net_amount,
        )
        if line.position in parts
        else line
        for line in lines
    ], [
        replace(
            tax,
            credited_base=tax.credited_base + shown[tax.category].base.amount,
            credited_tax=tax.credited_tax + shown[tax.category].tax.amount,
        )
        if tax.category in shown
        else tax
        for tax in taxes
    ]


@given(drawn=LINES, currency=CURRENCIES, residue=st.sampled_from([-1, 0, 1]), parts=PARTS)
def test_partial_credits_and_the_full_one_after_them_are_the_invoice(
    drawn: list[tuple[Decimal, Decimal, str]],
    currency: str,
    residue: int,
    parts: list[tuple[int, bool, int, int]],
) -> None:
    lines, taxes = invoiced(drawn, currency, residue)
    for at, by_quantity, count, cents in parts:
        position = at % len(lines) + 1
        wish = (
            CreditWish(position, quantity=Decimal(count))
            if by_quantity
            else CreditWish(position, amount=Decimal(cents).scaleb(-2))
        )
        try:
            planned = plan_credit(lines, [wish])
            totals = credit_totals(planned, lines, taxes, currency)
        except (CreditExceedsInvoice, NothingToCredit):
            continue
        assert sum(part.amount for part in totals.shown) == totals.net.amount
        assert not totals.tax.is_negative
        lines, taxes = credited(planned, totals, lines, taxes)
        for tax in taxes:
            assert tax.credited_base <= tax.base
            assert tax.credited_tax <= tax.tax

    try:
        planned = plan_credit(lines, None)
        totals = credit_totals(planned, lines, taxes, currency)
    except NothingToCredit:
        pass
    else:
        lines, taxes = credited(planned, totals, lines, taxes)

    for line in lines:
        assert line.credited_amount <= line.net_amount
    left = sum(tax.base + tax.tax - tax.credited_base - tax.credited_tax for tax in taxes)
    assert left == 0 or all(line.credited_amount == line.net_amount for line in lines)
    if all(tax.base or tax.tax for tax in taxes):
        assert left == 0


LINE = InvoicedLine(1, Decimal(3), Decimal(100), "standard")
TAX = InvoicedTax("standard", Decimal("0.19"), Decimal(100), Decimal(19))


def test_thirds_add_up_to_the_line() -> None:
    lines, taxes, amounts = [LINE], [TAX], []
    for _ in range(3):
        planned = plan_credit(lines, [CreditWish(1, quantity=Decimal(1))])
        totals = credit_totals(planned, lines, taxes, "EUR")
        amounts.append((totals.net.amount, totals.tax.amount))
        lines, taxes = credited(planned, totals, lines, taxes)

    assert amounts == [
        (Decimal("33.33"), Decimal("6.33")),
        (Decimal("33.33"), Decimal("6.33")),
        (Decimal("33.34"), Decimal("6.34")),
    ]


def test_what_is_not_there_is_not_credited() -> None:
    with pytest.raises(LineIsNotOnInvoice):
        plan_credit([LINE], [CreditWish(2, quantity=Decimal(1))])
    with pytest.raises(CreditExceedsInvoice):
        plan_credit([LINE], [CreditWish(1, quantity=Decimal(4))])
    with pytest.raises(CreditExceedsInvoice):
        plan_credit([LINE], [CreditWish(1, amount=Decimal("100.01"))])
    with pytest.raises(NothingToCredit):
        plan_credit([replace(LINE, credited_amount=Decimal(100))], None)
