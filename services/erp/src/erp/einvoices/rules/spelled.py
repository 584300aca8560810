"""A document in words: every number and day as it is printed on paper."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from functools import cache
from pathlib import Path

from erp.einvoices.rules.document import (
    PREPAYMENT,
    ZERO,
    Document,
    Line,
    Party,
    VatCategory,
)
from servicekit.printing.wording import Wording

TEXTS = Path(__file__).with_name("texts.toml")
"""What invoices say, by language and key."""


class Language(StrEnum):
    """The languages that invoices are written in, by their tags (BCP 47)."""

    ENGLISH = "en"
    GERMAN = "de"
    FRENCH = "fr"
    CHINESE = "zh-Hans"


_SPOKEN = {
    **dict.fromkeys(("DE", "AT", "CH", "LI"), Language.GERMAN),
    **dict.fromkeys(("FR", "LU", "MC", "SN", "CI"), Language.FRENCH),
    "CN": Language.CHINESE,
}


def language_for(told: str | None, *, country: str | None, otherwise: str | None) -> Language:
    """The language that the customer told, or that of its country, or the seller's, or English."""
    known = {language.value: language for language in Language}
    spoken = known.get(told or "") or _SPOKEN.get(country or "")
    return spoken or known.get(otherwise or "", Language.ENGLISH)


@cache
def wording(language: Language) -> Wording:
    """The wording of a language."""
    return Wording(language.value, _catalogues()[language.value])


@cache
def _catalogues() -> Mapping[str, Mapping[str, str]]:
    return tomllib.loads(TEXTS.read_text(encoding="utf-8"))


@dataclass(frozen=True, slots=True)
class Pair:
    """A label and what stands beside it."""

    label: str
    value: str
    strong: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """A line in the table."""

    position: str
    name: str
    sku: str
    notes: tuple[str, ...]
    quantity: str
    price: str
    vat: str
    amount: str
    carried: str
    """The sum of the lines, up to and with this one."""


@dataclass(frozen=True, slots=True)
class Spelled:
    """A document, ready to be set."""

    language: str
    title: str
    number: str
    seller_name: str
    sender: str
    """The seller in one line, above the address in the window of an envelope."""
    seller: tuple[str, ...]
    buyer: tuple[str, ...]
    facts: tuple[Pair, ...]
    notes: tuple[str, ...]
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    carried_over: str
    brought_forward: str
    totals: tuple[Pair, ...]
    terms: str
    payment_title: str
    payment: tuple[Pair, ...]
    footer: tuple[str, ...]
    page: str


def spelled(document: Document, language: Language) -> Spelled:
    """The document in a language."""
    words = wording(language)
    kind = _kind(document)
    seller = document.seller
    abroad = seller.address.country != document.buyer.address.country
    place = _place(seller, words, abroad=abroad)
    return Spelled(
        language=language.value,
        title=words.text(f"title.{kind}"),
        number=document.number,
        seller_name=seller.trading_name or seller.name,
        sender="  ·  ".join((seller.name, *_place(seller, words, abroad=False))),
        seller=(*place, *(each for each in (seller.telephone, seller.email) if each)),
        buyer=(
            document.buyer.name,
            *_attention(document.buyer),
            *_place(document.buyer, words, abroad=abroad),
        ),
        facts=_facts(document, words, kind),
        notes=document.notes,
        columns=tuple(
            words.text(f"column.{each}", currency=document.currency)
            for each in ("position", "item", "quantity", "price", "vat", "amount")
        ),
        rows=_rows(document, words),
        carried_over=words.text("carried_over"),
        brought_forward=words.text("brought_forward"),
        totals=_totals(document, words, kind),
        terms=document.terms or "",
        payment_title=words.text("pay.title"),
        payment=_payment(document, words),
        footer=_footer(seller, words),
        page=words.text("page", page="{page}", pages="{pages}"),
    )


def _kind(document: Document) -> str:
    if document.is_credit_note:
        return "credit"
    return "prepayment" if document.type_code == PREPAYMENT else "invoice"


def _attention(party: Party) -> tuple[str, ...]:
    return (party.contact_name,) if party.contact_name else ()


def _place(party: Party, words: Wording, *, abroad: bool) -> tuple[str, ...]:
    """The address; within a country nobody writes its name."""
    address = party.address
    country = words.country(address.country) if abroad and address.country else None
    city = " ".join(each for each in (address.postcode, address.city) if each)
    lines = (
        *(address.street, address.additional, address.line, city),
        *(address.subdivision, country),
    )
    return tuple(each for each in lines if each)


def _facts(document: Document, words: Wording, kind: str) -> tuple[Pair, ...]:
    facts = [
        (f"fact.number.{kind}", document.number),
        ("fact.date", words.day(document.issued_on)),
        ("fact.due", words.day(document.due_on) if document.due_on else None),
        ("fact.delivered", words.day(document.delivered_on) if document.delivered_on else None),
        ("fact.preceding", ", ".join(each.number for each in document.preceding)),
        ("fact.reference", document.order_reference),
        ("fact.delivery", document.despatch_advice),
        ("fact.buyer_reference", document.buyer_reference),
        ("fact.vat_id", document.buyer.vat_id),
    ]
    return tuple(Pair(words.text(key), value) for key, value in facts if value)


def _rows(document: Document, words: Wording) -> tuple[Row, ...]:
    rows, carried = list[Row](), ZERO
    for line in document.lines:
        carried += line.net_amount
        rows.append(_row(line, words, document.currency, carried))
    return tuple(rows)


def _row(line: Line, words: Wording, currency: str, carried: Decimal) -> Row:
    per = line.price_quantity
    price = words.amount(line.unit_price, currency)
    return Row(
        position=line.identifier,
        name=line.name,
        sku=line.seller_item or "",
        notes=tuple(each for each in (line.description, line.note) if each and each != line.name),
        quantity=f"{words.number(line.quantity)} {words.unit(line.unit)}",
        price=price if per == 1 else f"{price} / {words.number(per)}",
        vat=_rate(line.category, words),
        amount=words.amount(line.net_amount, currency),
        carried=words.amount(carried, currency),
    )


def _rate(category: VatCategory, words: Wording) -> str:
    return "–" if category.percent is None else words.percent(category.percent.scaleb(-2))


def _totals(document: Document, words: Wording, kind: str) -> tuple[Pair, ...]:
    currency, totals = document.currency, document.totals

    def money(amount: Decimal) -> str:
        return words.money(amount, currency)

    found = [
        Pair(each.reason or words.text(key), money(each.signed))
        for each in document.allowances
        for key in ["charge" if each.charge else "allowance"]
    ]
    found.append(Pair(words.text("total.net"), money(totals.net)))
    for part in sorted(document.vat, key=lambda part: -(part.category.percent or ZERO)):
        base = money(part.base)
        if part.category.percent:
            percent = words.percent(part.category.percent.scaleb(-2))
            label = words.text("total.vat", percent=percent, base=base)
        else:
            reason = words.known(f"reason.{part.category.code}") or part.category.reason or ""
            label = words.text("total.untaxed", reason=reason, base=base)
        found.append(Pair(label, money(part.tax)))
    if totals.rounding or totals.prepaid:
        found.append(Pair(words.text("total.gross"), money(totals.gross)))
    if totals.rounding:
        found.append(Pair(words.text("total.rounding"), money(totals.rounding)))
    if totals.prepaid:
        found.append(Pair(words.text("total.prepaid"), money(-totals.prepaid)))
    found.append(Pair(words.text(f"total.payable.{kind}"), money(totals.payable), strong=True))
    return tuple(found)


def _payment(document: Document, words: Wording) -> tuple[Pair, ...]:
    means = document.payment
    if means is None or means.iban is None:
        return ()
    iban = " ".join(means.iban[at : at + 4] for at in range(0, len(means.iban), 4))
    facts = [
        ("pay.iban", iban),
        ("pay.bic", means.bic),
        ("pay.holder", means.account_name or document.seller.name),
        ("pay.reference", document.payment_reference),
    ]
    return tuple(Pair(words.text(key), value) for key, value in facts if value)


def _footer(seller: Party, words: Wording) -> tuple[str, ...]:
    found = [seller.name]
    if seller.registration:
        found.append(words.text("registration", number=seller.registration.value))
    if seller.vat_id:
        found.append(words.text("vat_id", number=seller.vat_id))
    if seller.tax_number:
        found.append(words.text("tax_number", number=seller.tax_number))
    return tuple(found)
