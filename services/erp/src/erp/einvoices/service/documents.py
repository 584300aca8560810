"""Invoices and credit notes as documents of EN 16931, from what is booked."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Protocol
from uuid import UUID

from erp.einvoices import queries
from erp.einvoices.rules import (
    Booked,
    BookedLine,
    BookedTax,
    Document,
    Language,
    Preceding,
    compose,
    language_for,
    wording,
)
from erp.receivables import queries as receivables
from servicekit.printing.wording import Wording
from servicekit.uow import ReadSession


@dataclass(frozen=True, slots=True)
class Shown:
    """A document and the language that its reader speaks."""

    document: Document
    language: Language


async def invoice_document(
    reads: ReadSession, invoice_id: UUID, language: Language | None = None
) -> Shown:
    """An invoice as a document; without a language in that of the customer.

    Raises `InvoiceNotFound`, `EinvoiceIsIncomplete`.
    """
    detail = await receivables.invoice(reads.session, invoice_id)
    row = detail.invoice
    booked = Booked(
        credit=False,
        number=row.number,
        issued_on=row.issued_on,
        due_on=row.due_on,
        currency=row.currency,
        net=row.net,
        gross=row.gross,
        lines=_lines(detail.lines),
        taxes=_taxes(detail.taxes),
        reference=row.reference,
        prepayment=row.kind == "down-payment",
    )
    booked = _delivered(booked, detail.lines)
    settled = await receivables.settled_on(reads.session, invoice_id)
    return await _shown(reads, booked, row, language, row.due_on, settled, detail.lines)


async def credit_note_document(
    reads: ReadSession, credit_note_id: UUID, language: Language | None = None
) -> Shown:
    """A credit note as a document; without a language in that of the customer.

    Raises `CreditNoteNotFound`, `EinvoiceIsIncomplete`.
    """
    detail = await receivables.credit_note(reads.session, credit_note_id)
    row = detail.credit_note
    credited = await receivables.invoices(reads.session, [row.invoice_id] if row.invoice_id else [])
    booked = Booked(
        credit=True,
        number=row.number,
        issued_on=row.issued_on,
        currency=row.currency,
        net=row.net,
        gross=row.gross,
        lines=_lines(detail.lines),
        taxes=_taxes(detail.taxes),
        reference=row.reference,
        preceding=tuple(Preceding(each.number, each.issued_on) for each in credited),
        notes=(row.reason,),
    )
    return await _shown(reads, booked, row, language, None)


class _Delivered(Protocol):
    """What lines of an invoice say of the order and the delivery that they are of."""

    @property
    def position(self) -> int: ...
    @property
    def order_number(self) -> str | None: ...
    @property
    def delivery_number(self) -> str | None: ...
    @property
    def delivered_on(self) -> date | None: ...


async def _shown(
    reads: ReadSession,
    booked: Booked,
    row: receivables.InvoiceRow | receivables.CreditNoteRow,
    language: Language | None,
    due_on: date | None,
    settled: Sequence[receivables.SettledDownPayment] = (),
    came: Sequence[_Delivered] = (),
) -> Shown:
    named = await queries.parties(reads.session, row.id, row.customer_id)
    buyer, seller = named.buyer_details, named.seller_details
    spoken = language or language_for(
        buyer.language, country=named.buyer.address.country, otherwise=seller.language
    )
    words = wording(spoken)
    terms = words.text("terms.due", day=words.day(due_on)) if due_on else words.text("terms.credit")
    if settled:
        booked = replace(
            booked,
            prepaid=sum((one.gross for one in settled), start=Decimal(0)),
            notes=(*booked.notes, *(_settled(words, one, row.currency) for one in settled)),
        )
    notes = {line.position: _came(words, line) for line in came}
    if any(notes.values()):
        booked = replace(
            booked,
            lines=tuple(replace(line, note=notes[line.position]) for line in booked.lines),
        )
    document = compose(
        booked,
        named.seller,
        named.buyer,
        bank=seller.bank,
        terms=terms,
        buyer_reference=buyer.buyer_reference,
    )
    return Shown(document, spoken)


def _settled(words: Wording, one: receivables.SettledDownPayment, currency: str) -> str:
    """What is said of a down payment that is taken off: its net and its tax, as the law asks."""
    return words.text(
        "note.prepaid",
        number=one.number,
        day=words.day(one.issued_on),
        net=words.money(one.net, currency),
        tax=words.money(one.tax, currency),
    )


def _came(words: Wording, line: _Delivered) -> str | None:
    """Which order and which delivery a line of a collective invoice is of."""
    if line.delivery_number is None or line.delivered_on is None:
        return None
    return words.text(
        "line.delivered",
        order=line.order_number or "",
        delivery=line.delivery_number,
        day=words.day(line.delivered_on),
    )


def _delivered(booked: Booked, lines: Sequence[_Delivered]) -> Booked:
    """The number and day of the delivery, where all of it came with one."""
    found = {(line.delivery_number, line.delivered_on) for line in lines}
    [(number, day)] = found if len(found) == 1 else [(None, None)]
    return replace(booked, delivery=number, delivered_on=day)


class _Line(Protocol):
    """What invoices and credit notes say of a line."""

    @property
    def position(self) -> int: ...
    @property
    def description(self) -> str: ...
    @property
    def quantity(self) -> Decimal | None: ...
    @property
    def unit(self) -> str: ...
    @property
    def net_unit_price(self) -> Decimal | None: ...
    @property
    def net_amount(self) -> Decimal: ...
    @property
    def shown_amount(self) -> Decimal: ...
    @property
    def tax_category(self) -> str: ...
    @property
    def sku(self) -> str | None: ...


class _Tax(Protocol):
    """What they say of a tax category."""

    @property
    def category(self) -> str: ...
    @property
    def rate(self) -> Decimal: ...
    @property
    def base(self) -> Decimal: ...
    @property
    def tax(self) -> Decimal: ...
    @property
    def vat_code(self) -> str: ...
    @property
    def exemption_code(self) -> str | None: ...
    @property
    def exemption_reason(self) -> str | None: ...


def _lines(lines: Sequence[_Line]) -> tuple[BookedLine, ...]:
    return tuple(
        BookedLine(
            position=line.position,
            description=line.description,
            quantity=line.quantity,
            unit=line.unit,
            unit_price=line.net_unit_price,
            net=line.net_amount,
            shown=line.shown_amount,
            category=line.tax_category,
            sku=line.sku,
        )
        for line in lines
    )


def _taxes(taxes: Sequence[_Tax]) -> tuple[BookedTax, ...]:
    return tuple(
        BookedTax(
            tax.category,
            tax.rate,
            tax.base,
            tax.tax,
            tax.vat_code,
            tax.exemption_code,
            tax.exemption_reason,
        )
        for tax in taxes
    )
