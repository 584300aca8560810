"""A document in words: every number and day as it is printed. PDF and HTML both set this."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from cpq.documents.rules.document import Line, QuoteDocument
from cpq.documents.rules.usage import usage_words
from cpq.documents.rules.wording import Wording, wording
from servicekit.values import Money


@dataclass(frozen=True, slots=True)
class Pair:
    """A label and what stands beside it."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the table of lines."""

    kind: Literal["group", "line", "subtotal"]
    name: str
    amount: str = ""
    position: str = ""
    sku: str = ""
    quantity: str = ""
    price: str = ""
    counts: bool = True
    depth: int = 0
    notes: tuple[str, ...] = ()
    values: tuple[Pair, ...] = ()
    steps: tuple[Pair, ...] = ()
    carried: str = ""
    """The sum of everything that counts, up to and with this row."""


@dataclass(frozen=True, slots=True)
class Total:
    """A row below the lines."""

    label: str
    value: str
    strong: bool = False


@dataclass(frozen=True, slots=True)
class Spelled:
    """A document, ready to be set."""

    language: str
    title: str
    draft: str
    """Empty: it is no draft."""
    number: str
    seller_name: str
    seller_address: tuple[str, ...]
    seller_contact: tuple[str, ...]
    accent: str
    paper: str
    customer: str
    facts: tuple[Pair, ...]
    introduction: tuple[str, ...]
    caption: str
    totals_caption: str
    columns: tuple[str, ...]
    """Of position, item, quantity, unit price and amount."""
    rows: tuple[Row, ...]
    carried_over: str
    brought_forward: str
    totals: tuple[Total, ...]
    notes: tuple[str, ...]
    terms_title: str
    terms: tuple[str, ...]
    closing: tuple[str, ...]
    accepted: str
    signature: tuple[str, ...]
    """What is written by hand: place and date, name, signature."""
    fingerprint: Pair
    page: str
    """With `{page}` and `{pages}` where the numbers go."""


def spelled(document: QuoteDocument) -> Spelled:
    """The document in its language."""
    words, shown = wording(document.language), document.presentation
    says = shown.says(document.language)
    day = words.day(document.valid_until)
    validity = (
        says.validity.replace("{day}", day) if says.validity else words.text("validity", day=day)
    )
    tax_number = (shown.tax_number,) if shown.tax_number else ()
    return Spelled(
        language=document.language.value,
        title=words.text("title"),
        draft=words.text("draft") if document.draft else "",
        number=document.number,
        seller_name=shown.seller_name,
        seller_address=shown.seller_address,
        seller_contact=(*shown.seller_contact, *tax_number),
        accent=shown.accent,
        paper=shown.paper,
        customer=document.customer_name,
        facts=_facts(document, words),
        introduction=_paragraphs(says.introduction),
        caption=words.text("caption.lines", number=document.number),
        totals_caption=words.text("caption.totals"),
        columns=(
            words.text("column.position"),
            words.text("column.item"),
            words.text("column.quantity"),
            words.text("column.price"),
            words.text("column.amount", currency=document.currency),
        ),
        rows=_rows(document, words),
        carried_over=words.text("carried_over"),
        brought_forward=words.text("brought_forward"),
        totals=_totals(document, words),
        notes=(
            words.text("tax.estimate"),
            *_usage(document, words),
            *returned_words(document, words),
            validity,
        ),
        terms_title=words.text("terms"),
        terms=says.terms,
        closing=_paragraphs(says.closing),
        accepted=words.text("sign.accepted"),
        signature=tuple(words.text(f"sign.{key}") for key in ("place", "name", "signature")),
        fingerprint=Pair(words.text("sign.hash"), document.content_hash),
        page=words.text("page", page="{page}", pages="{pages}"),
    )


def _paragraphs(text: str) -> tuple[str, ...]:
    return tuple(part for part in (line.strip() for line in text.splitlines()) if part)


def _facts(document: QuoteDocument, words: Wording) -> tuple[Pair, ...]:
    reference, requested = document.customer_reference, document.requested_on
    facts = [
        ("fact.number", document.number),
        ("fact.revision", str(document.revision) if document.revision > 1 else None),
        ("fact.date", words.day(document.issued_on)),
        ("fact.valid", words.day(document.valid_until)),
        ("fact.customer", document.customer_number),
        ("fact.reference", reference),
        ("fact.requested", None if requested is None else words.day(requested)),
    ]
    return tuple(Pair(words.text(key), value) for key, value in facts if value)


def _rows(document: QuoteDocument, words: Wording) -> tuple[Row, ...]:
    """Lines in their order, those of a group together, with its name and its sum, at its first."""
    rows: list[Row] = []
    carried = Money.zero(document.currency)
    for group, lines in _grouped(document.lines):
        if group:
            rows.append(Row("group", group))
        for line in lines:
            if line.counts:
                carried += line.amount
            rows.append(_row(line, words, document.currency, carried))
        if group:
            total = sum(
                (line.amount for line in lines if line.counts), Money.zero(document.currency)
            )
            rows.append(
                Row(
                    "subtotal",
                    words.text("group.subtotal", group=group),
                    words.amount(total.amount, document.currency),
                    carried=words.amount(carried.amount, document.currency),
                )
            )
    return tuple(rows)


def _grouped(lines: Sequence[Line]) -> list[tuple[str | None, list[Line]]]:
    """The lines of each group where its first line stands; between them, those of none."""
    found: list[tuple[str | None, list[Line]]] = []
    known: dict[str, list[Line]] = {}
    for line in lines:
        key = line.group_key
        if key in known:
            known[key].append(line)
        elif key is None and found and found[-1][0] is None:
            found[-1][1].append(line)
        else:
            found.append((line.group, [line]))
            if key is not None:
                known[key] = found[-1][1]
    return found


def _row(line: Line, words: Wording, currency: str, carried: Money) -> Row:
    return Row(
        kind="line",
        name=line.name,
        amount=words.amount(line.amount.amount, currency),
        position=str(line.position),
        sku=line.sku,
        quantity=f"{words.number(line.quantity)} {words.unit(line.unit)}",
        price=words.amount(line.unit_price, currency),
        counts=line.counts,
        depth=line.depth,
        notes=_notes(line, words),
        values=(
            *(Pair(value.name, value.value) for value in line.values),
            *(Pair(*said) for said in usage_words(line.usage, words, currency)),
        ),
        steps=_steps(line, words, currency),
        carried=words.amount(carried.amount, currency),
    )


def _notes(line: Line, words: Wording) -> tuple[str, ...]:
    notes = []
    if line.alternative_of is not None:
        notes.append(words.text("line.alternative", position=str(line.alternative_of)))
    elif line.optional:
        notes.append(words.text("line.chosen" if line.counts else "line.optional"))
    if not line.counts:
        notes.append(words.text("line.not_counted"))
    if line.start_on and line.end_on:
        start, end = words.day(line.start_on), words.day(line.end_on)
        notes.append(words.text("line.term", start=start, end=end))
    elif line.start_on and line.recurs_months:
        name = "line.evergreen" if line.recurs_months > 1 else "line.monthly"
        start = words.day(line.start_on)
        notes.append(
            words.text(name, start=start, months=words.number(Decimal(line.recurs_months)))
        )
    elif line.start_on:
        notes.append(words.text("line.from", start=words.day(line.start_on)))
    if line.times != 1:
        notes.append(words.text("line.due", times=words.number(line.times)))
    if line.discount_fraction > 0 and not line.steps:
        notes.append(words.text("line.discount", percent=words.percent(line.discount_fraction)))
    return tuple(notes)


def _steps(line: Line, words: Wording, currency: str) -> tuple[Pair, ...]:
    """What the price began with, what each step took or added, and what it came to."""
    if not line.steps:
        return ()
    first, *others = line.steps
    found = [Pair(words.text(f"step.{first.kind}"), words.amount(first.unit_price, currency))]
    before = first.unit_price
    for step in others:
        change = step.unit_price - before
        sign = "+" if change > 0 else "−"
        found.append(
            Pair(words.text(f"step.{step.kind}"), f"{sign}{words.amount(abs(change), currency)}")
        )
        before = step.unit_price
    return (*found, Pair(words.text("step.net"), words.amount(before, currency)))


def _totals(document: QuoteDocument, words: Wording) -> tuple[Total, ...]:
    currency = document.currency
    found = [Total(words.text("total.net"), words.money(document.net.amount, currency))]
    found += [
        Total(
            words.text(
                "total.tax",
                percent=words.percent(part.rate),
                base=words.money(part.base.amount, currency),
            ),
            words.money(part.tax.amount, currency),
        )
        for part in sorted(document.taxes, key=lambda part: (-part.rate, part.category))
    ]
    if len(document.taxes) > 1:
        found.append(Total(words.text("total.tax_sum"), words.money(document.tax.amount, currency)))
    gross = words.money(document.gross.amount, currency)
    found.append(Total(words.text("total.gross"), gross, strong=True))
    if document.credit is not None:
        credit = words.money(document.credit.amount, currency)
        found.append(Total(words.text("total.credit"), credit))
    return tuple(found)


def returned_words(document: QuoteDocument, words: Wording) -> list[str]:
    """What is given back, a sentence each."""
    return [
        words.text(
            "credit.line" if each.end_on else "credit.open",
            quantity=words.number(each.quantity),
            name=each.name,
            start=words.day(each.start_on),
            end=words.day(each.end_on) if each.end_on else "",
            amount=words.money(each.amount.amount, document.currency),
        )
        for each in document.returned
    ]


def _usage(document: QuoteDocument, words: Wording) -> list[str]:
    return [words.text("usage.note")] if any(line.usage for line in document.lines) else []


def blocks(rows: Sequence[Row]) -> list[list[Row]]:
    """The rows by their groups, for those who set each as a part of its own."""
    found: list[list[Row]] = []
    for row in rows:
        if row.kind == "group" or not found or found[-1][-1].kind == "subtotal":
            found.append([])
        found[-1].append(row)
    return found
