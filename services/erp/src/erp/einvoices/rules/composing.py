"""From what is booked to a document of EN 16931: categories of VAT, and where residues go.

Booked figures follow docs/architecture/rounding.md: the tax of a category is rounded on its exact
net, and the last invoice of an order takes what others left over. EN 16931 computes from the
figures that a document shows: VAT = round(base × rate) (BR-CO-17). Here every figure is the one
that the standard computes, and what is left between its gross and the booked one is the rounding
amount (BT-114), so that the payable amount is the booked gross, to the cent.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from erp.einvoices.rules.document import (
    CREDIT_NOTE,
    INVOICE,
    PREPAYMENT,
    ZERO,
    Document,
    Identifier,
    Line,
    Party,
    PaymentMeans,
    Preceding,
    Totals,
    VatCategory,
    VatCode,
    VatSubtotal,
    places,
    total,
    vat_of,
)
from erp.einvoices.rules.units import ONE, unit_code
from servicekit.errors import Fault, RuleBroken
from servicekit.values import minor_units
from servicekit.values.decimals import ARITHMETIC, plain, round_to


class EinvoiceIsIncomplete(RuleBroken):
    """The standard asks for what nobody has told yet; nothing of it is ever invented."""

    code = "einvoice-is-incomplete"
    title = "An e-invoice names everything that EN 16931 asks for"
    hint = (
        "PUT /v1/companies/{id}/legal-details for the seller, /v1/accounts/{id}/billing-details"
        " for the buyer."
    )


class AmountIsTooFineForEinvoice(RuleBroken):
    """Amounts of EN 16931 have two decimals, also in currencies that have three."""

    code = "amount-is-too-fine-for-einvoice"
    title = "An e-invoice can say its payable amount exactly"
    hint = "EN 16931 has two decimals at most: send the PDF (/document), or bill whole hundredths."


@dataclass(frozen=True, slots=True)
class BookedLine:
    """A line as it is booked. Without a quantity an amount of it is meant, as in a credit note.

    `net` is unrounded, `shown` what is printed; both in the document's currency.
    """

    position: int
    description: str
    quantity: Decimal | None
    unit: str
    unit_price: Decimal | None
    net: Decimal
    shown: Decimal
    category: str
    sku: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class BookedTax:
    """The tax of a category as it is booked; `rate` is a fraction.

    `code` is its category of VAT, `exemption_code` (VATEX) and `reason` why no tax is charged.
    """

    category: str
    rate: Decimal
    base: Decimal
    tax: Decimal
    code: str
    exemption_code: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Booked:
    """An invoice or a credit note as the receivables keep it; it never changes.

    `delivery` is the number of the one that all of it came with, on `delivered_on`.
    `prepayment`: it asks for a part of an order in advance. `prepaid` is what it settles of such.
    """

    credit: bool
    number: str
    issued_on: date
    currency: str
    net: Decimal
    gross: Decimal
    lines: tuple[BookedLine, ...]
    taxes: tuple[BookedTax, ...]
    due_on: date | None = None
    reference: str | None = None
    preceding: tuple[Preceding, ...] = ()
    notes: tuple[str, ...] = ()
    prepayment: bool = False
    prepaid: Decimal = ZERO
    delivery: str | None = None
    delivered_on: date | None = None


@dataclass(frozen=True, slots=True)
class Bank:
    """Where the seller is paid."""

    iban: str
    bic: str | None = None
    account_name: str | None = None


REASONS: dict[VatCode, tuple[str | None, str]] = {
    VatCode.EXEMPT: (None, "Exempt from VAT"),
    VatCode.REVERSE_CHARGE: ("VATEX-EU-AE", "Reverse charge"),
    VatCode.INTRA_COMMUNITY: ("VATEX-EU-IC", "Intra-community supply"),
    VatCode.EXPORT: ("VATEX-EU-G", "Export outside the EU"),
    VatCode.OUTSIDE: ("VATEX-EU-O", "Not subject to VAT"),
}
"""Code (VATEX) and text of the reason that a category of VAT must give, where none was booked."""


def vat_category(tax: BookedTax, *, registered: bool) -> VatCategory:
    """The category of VAT of what is booked in a tax category.

    Without tax it is as booked for a seller that is `registered` for VAT, and outside of VAT for
    one that is not, such as a seller in a country without it.
    """
    percent = tax.rate.scaleb(2, context=ARITHMETIC)
    if percent:
        return VatCategory(VatCode.STANDARD, Decimal(plain(percent)))
    code = VatCode(tax.code) if registered else VatCode.OUTSIDE
    reason_code, reason = REASONS.get(code, (None, None))
    if registered and reason is not None:
        reason_code, reason = tax.exemption_code or reason_code, tax.reason or reason
    return VatCategory(code, None if code is VatCode.OUTSIDE else ZERO, reason, reason_code)


def compose(
    booked: Booked,
    seller: Party,
    buyer: Party,
    *,
    bank: Bank | None = None,
    terms: str | None = None,
    buyer_reference: str | None = None,
) -> Document:
    """The document that says what is booked.

    Amounts have the two decimals of EN 16931 at most. A gross that they cannot say keeps those of
    its currency: a page may print it, `check_amounts` keeps it from leaving as XML. Raises
    `EinvoiceIsIncomplete` with all that is missing.
    """
    exact = places(booked.currency)
    if round_to(booked.gross, exact) != booked.gross:
        exact = minor_units(booked.currency)
    categories = _categories(booked, seller)
    _check(list(categories.values()), seller, buyer)
    if any(each.code == VatCode.OUTSIDE for each in categories.values()):
        # Who is outside of VAT does not name numbers of it (BR-O-02).
        seller, buyer = replace(seller, vat_id=None), replace(buyer, vat_id=None)
    if not (seller.vat_id or seller.registration or seller.identifier):
        raise _incomplete([Fault("seller.registration", "an identifier of the seller")])
    bases = _bases(booked, exact)
    lines = _lines(booked, categories, bases, exact)
    subtotals = _subtotals(categories, bases, exact)
    net = total(list(bases.values()))
    tax = total([part.tax for part in subtotals])
    across = any(each.code == VatCode.INTRA_COMMUNITY for each in categories.values())
    return Document(
        type_code=_type(booked),
        number=booked.number,
        issued_on=booked.issued_on,
        due_on=None if booked.credit else booked.due_on,
        currency=booked.currency,
        seller=seller,
        buyer=buyer,
        lines=lines,
        vat=subtotals,
        totals=Totals(
            lines=net,
            net=net,
            tax=tax,
            gross=net + tax,
            payable=booked.gross - booked.prepaid,
            prepaid=booked.prepaid,
            rounding=booked.gross - net - tax,
        ),
        payment=None if booked.credit or bank is None else _means(bank, booked.currency),
        payment_reference=None if booked.credit or bank is None else booked.number,
        terms=terms,
        buyer_reference=buyer_reference,
        order_reference=booked.reference,
        preceding=booked.preceding,
        notes=booked.notes,
        despatch_advice=booked.delivery,
        # Where nobody says another day, a supply is made on the day of its invoice.
        delivered_on=booked.delivered_on or (booked.issued_on if across else None),
        delivery_country=buyer.address.country if across else None,
    )


def check_amounts(document: Document) -> None:
    """Raises `AmountIsTooFineForEinvoice` for a payable amount that EN 16931 cannot say."""
    payable, currency = document.totals.payable, document.currency
    if round_to(payable, places(currency)) != payable:
        raise AmountIsTooFineForEinvoice(f"{document.number} asks for {plain(payable)} {currency}.")


def _type(booked: Booked) -> str:
    """The type of document (BT-3)."""
    if booked.credit:
        return CREDIT_NOTE
    return PREPAYMENT if booked.prepayment else INVOICE


def _means(bank: Bank, currency: str) -> PaymentMeans:
    """A SEPA credit transfer (58) in euros, any other (30) otherwise."""
    code = "58" if currency == "EUR" else "30"
    return PaymentMeans(code, bank.iban, bank.account_name, bank.bic)


def _categories(booked: Booked, seller: Party) -> dict[str, VatCategory]:
    registered = bool(seller.vat_id or seller.tax_number)
    found = {tax.category: vat_category(tax, registered=registered) for tax in booked.taxes}
    if {each.code for each in found.values()} > {VatCode.OUTSIDE} and registered:
        # What is outside of VAT stands on no document with anything else (BR-O-11 to 14).
        _, reason = REASONS[VatCode.OUTSIDE]
        exempt = VatCategory(VatCode.EXEMPT, ZERO, reason)
        found = {k: exempt if v.code == VatCode.OUTSIDE else v for k, v in found.items()}
    return found


def _check(categories: Sequence[VatCategory], seller: Party, buyer: Party) -> None:
    """All that is missing at once. Raises `EinvoiceIsIncomplete`."""
    missing: list[Fault] = []
    codes = {category.code for category in categories}
    if not seller.address.country:
        missing.append(Fault("seller.country", "the country of the seller (BT-40)"))
    if not buyer.address.country:
        missing.append(Fault("buyer.country", "the country of the buyer (BT-55)"))
    if codes - {VatCode.OUTSIDE} and not (seller.vat_id or seller.tax_number):
        missing.append(
            Fault("seller.vat_id", "the VAT or tax number of the seller, which charges VAT (BT-31)")
        )
    if VatCode.INTRA_COMMUNITY in codes and not seller.vat_id:
        missing.append(Fault("seller.vat_id", "the VAT number of the seller (BT-31)"))
    if codes & {VatCode.INTRA_COMMUNITY, VatCode.REVERSE_CHARGE} and not buyer.vat_id:
        missing.append(Fault("buyer.vat_id", "the VAT number of the buyer (BT-48)"))
    if missing:
        raise _incomplete(missing)


def _incomplete(missing: Sequence[Fault]) -> EinvoiceIsIncomplete:
    told = ", ".join(fault.message for fault in missing)
    return EinvoiceIsIncomplete(f"Missing: {told}.", field=missing[0].field, faults=missing)


def _bases(booked: Booked, exact: int) -> dict[str, Decimal]:
    """The base of each tax category, at so many decimals; they sum to the rounded net."""
    shown = [tax.base for tax in booked.taxes]
    shared = share_out(shown, round_to(booked.net, exact), exact)
    return {tax.category: base for tax, base in zip(booked.taxes, shared, strict=True)}


def share_out(amounts: Sequence[Decimal], target: Decimal, exact: int) -> list[Decimal]:
    """Round amounts to so many places so that they sum to a target.

    Each is off by one unit of the last place at most, those whose rounding was furthest from them
    first; a target that is further off is the largest amount's to bear.
    """
    rounded = [round_to(amount, exact) for amount in amounts]
    unit = Decimal(1).scaleb(-exact)
    left = target - total(rounded)
    units = int(left / unit)
    if not units:
        return rounded
    if abs(units) > len(rounded):
        largest = max(range(len(rounded)), key=lambda at: abs(rounded[at]))
        rounded[largest] += left
        return rounded
    step = unit.copy_sign(left)
    furthest = sorted(
        range(len(rounded)), key=lambda at: (rounded[at] - amounts[at]) * step.copy_sign(left)
    )
    for at in furthest[: abs(units)]:
        rounded[at] += step
    return rounded


def _lines(
    booked: Booked, categories: dict[str, VatCategory], bases: dict[str, Decimal], exact: int
) -> tuple[Line, ...]:
    """The lines; those of a category sum to its base, which the printed ones may miss by a unit."""
    amounts: dict[int, Decimal] = {}
    for name, base in bases.items():
        own = [line for line in booked.lines if line.category == name]
        shown = [line.shown for line in own]
        ties = total(shown) == base and all(round_to(each, exact) == each for each in shown)
        shared = shown if ties else share_out([line.net for line in own], base, exact)
        amounts |= {line.position: amount for line, amount in zip(own, shared, strict=True)}
    return tuple(
        _line(line, amounts[line.position], categories[line.category]) for line in booked.lines
    )


def _line(line: BookedLine, amount: Decimal, category: VatCategory) -> Line:
    quantity, price = line.quantity, line.unit_price
    if quantity is None or price is None or quantity == 0:
        quantity, price, unit = Decimal(1).copy_sign(amount), abs(line.net), ONE
    else:
        unit = unit_code(line.unit)
    if price < 0:
        # A price is never below zero (BR-27): less is delivered instead.
        quantity, price = -quantity, -price
    return Line(
        identifier=str(line.position),
        name=line.description.strip() or line.sku or str(line.position),
        quantity=quantity,
        unit=unit,
        unit_price=price,
        net_amount=amount,
        # Reasons stand in the breakdown alone.
        category=VatCategory(category.code, category.percent),
        seller_item=line.sku,
        note=line.note,
    )


def _subtotals(
    categories: dict[str, VatCategory], bases: dict[str, Decimal], exact: int
) -> tuple[VatSubtotal, ...]:
    """One for each category and rate, whatever number of tax categories the books have for it."""
    sums: dict[tuple[str, Decimal | None], tuple[VatCategory, Decimal]] = {}
    for name, base in bases.items():
        category = categories[name]
        key = (str(category.code), category.percent)
        sums[key] = (category, base + (sums[key][1] if key in sums else ZERO))
    return tuple(
        VatSubtotal(category, base, vat_of(base, category, exact))
        for category, base in sums.values()
    )


def company_identifier(code: str) -> Identifier:
    """What identifies a seller that has neither VAT number nor registration (BT-29, BR-CO-26)."""
    return Identifier(code)
