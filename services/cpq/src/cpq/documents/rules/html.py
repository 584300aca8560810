"""A document as HTML: one file that loads nothing, readable on a telephone and aloud."""

from base64 import b64encode
from collections.abc import Iterable, Sequence
from hashlib import sha256
from html import escape
from pathlib import Path

from cpq.documents.rules.presentation import Logo
from cpq.documents.rules.spelled import Pair, Row, Spelled, Total, blocks

STYLE = Path(__file__).with_name("quote.css").read_text(encoding="utf-8")


def page(document: Spelled, logo: Logo | None) -> tuple[str, str]:
    """The whole file, and the Content-Security-Policy to serve it with."""
    style = style_of(document)
    head = (
        f'<!doctype html>\n<html lang="{document.language}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{_title(document)}</title>\n<style>{style}</style>\n</head>\n"
    )
    text = f"{head}<body>\n<main>\n{article(document, logo)}</main>\n</body>\n</html>\n"
    return text, policy(style)


def style_of(document: Spelled) -> str:
    """The style sheet in the seller's colour."""
    return f":root{{--accent:{document.accent}}}\n{STYLE}"


def policy(style: str, *, forms: bool = False) -> str:
    """What such a page may do: show itself with this very style, and send its own forms."""
    allowed = b64encode(sha256(style.encode()).digest()).decode()
    action = "'self'" if forms else "'none'"
    return (
        f"default-src 'none'; style-src 'sha256-{allowed}'; img-src data:; form-action {action}; "
        "base-uri 'none'; frame-ancestors 'none'"
    )


def article(document: Spelled, logo: Logo | None) -> str:
    """The document itself, to be put into a page."""
    return "".join(
        [
            '<article class="quote">\n',
            _letterhead(document, logo),
            f'<p class="draft" role="note">{escape(document.draft)}</p>\n'
            if document.draft
            else "",
            f"<h1>{_title(document)}</h1>\n",
            f'<p class="customer">{escape(document.customer)}</p>\n',
            _facts(document.facts),
            _paragraphs(document.introduction),
            _lines(document),
            _totals(document),
            _paragraphs(document.notes, "note"),
            _terms(document),
            _paragraphs(document.closing),
            f'<p class="fingerprint">{escape(document.fingerprint.label)}<br>'
            f"<code>{escape(document.fingerprint.value)}</code></p>\n",
            "</article>\n",
        ]
    )


def _title(document: Spelled) -> str:
    return f"{escape(document.title)} {escape(document.number)}"


def _letterhead(document: Spelled, logo: Logo | None) -> str:
    parts = []
    if logo is not None:
        content = b64encode(logo.content).decode()
        parts.append(
            f'<img class="logo" alt="{escape(document.seller_name)}" '
            f'src="data:{logo.media_type};base64,{content}">\n'
        )
    lines = [line for line in (document.seller_name, *document.seller_address) if line]
    if lines:
        parts.append(f"<address>{_broken(lines)}</address>\n")
    return f'<header class="letterhead">\n{"".join(parts)}</header>\n' if parts else ""


def _broken(lines: Iterable[str]) -> str:
    return "<br>".join(escape(line) for line in lines)


def _facts(facts: Sequence[Pair]) -> str:
    return f'<dl class="facts">\n{_pairs(facts)}</dl>\n'


def _pairs(pairs: Sequence[Pair]) -> str:
    return "".join(
        f"<div><dt>{escape(pair.label)}</dt><dd>{escape(pair.value)}</dd></div>\n" for pair in pairs
    )


def _paragraphs(texts: Sequence[str], kind: str = "text") -> str:
    return "".join(f'<p class="{kind}">{escape(text)}</p>\n' for text in texts)


def _lines(document: Spelled) -> str:
    heads = "".join(
        f'<th scope="col" class="{kind}">{escape(name)}</th>'
        for kind, name in zip(_KINDS, document.columns, strict=True)
    )
    bodies = "".join(
        f"<tbody>\n{''.join(_row(row, document.columns) for row in rows)}</tbody>\n"
        for rows in blocks(document.rows)
    )
    return (
        f'<table class="lines">\n<caption>{escape(document.caption)}</caption>\n'
        f"<thead><tr>{heads}</tr></thead>\n{bodies}</table>\n"
    )


_KINDS = ("position", "item", "quantity", "price", "amount")


def _row(row: Row, columns: Sequence[str]) -> str:
    if row.kind == "group":
        return f'<tr class="group"><th colspan="5" scope="rowgroup">{escape(row.name)}</th></tr>\n'
    if row.kind == "subtotal":
        return (
            f'<tr class="subtotal"><th colspan="4" scope="row">{escape(row.name)}</th>'
            f'<td class="amount">{escape(row.amount)}</td></tr>\n'
        )
    # Narrow screens show the columns' names beside the values, from the data attributes.
    quantity, price, amount = (
        f'<td class="{kind}" data-column="{escape(name)}">{escape(value)}</td>'
        for kind, name, value in zip(
            _KINDS[2:], columns[2:], (row.quantity, row.price, _amount(row)), strict=True
        )
    )
    kind = "line" if row.counts else "line uncounted"
    return (
        f'<tr class="{kind} depth{min(row.depth, 3)}"><td class="position">{escape(row.position)}'
        f'</td><th scope="row" class="item">{_item(row)}</th>{quantity}{price}{amount}</tr>\n'
    )


def _amount(row: Row) -> str:
    return row.amount if row.counts else f"({row.amount})"


def _item(row: Row) -> str:
    notes = "".join(f'<span class="mark">{escape(note)}</span> ' for note in row.notes)
    return (
        f'<span class="name">{escape(row.name)}</span> <span class="sku">{escape(row.sku)}</span>'
        + (f'<span class="marks">{notes}</span>' if notes else "")
        + (f'<dl class="values">{_pairs(row.values)}</dl>' if row.values else "")
        + (f'<dl class="steps">{_pairs(row.steps)}</dl>' if row.steps else "")
    )


def _totals(document: Spelled) -> str:
    def row(total: Total) -> str:
        kind = ' class="strong"' if total.strong else ""
        return (
            f'<tr{kind}><th scope="row">{escape(total.label)}</th>'
            f"<td>{escape(total.value)}</td></tr>\n"
        )

    return (
        f'<table class="totals">\n<caption>{escape(document.totals_caption)}</caption>\n<tbody>\n'
        f"{''.join(row(total) for total in document.totals)}</tbody>\n</table>\n"
    )


def _terms(document: Spelled) -> str:
    if not document.terms:
        return ""
    return (
        f'<section class="terms">\n<h2>{escape(document.terms_title)}</h2>\n'
        f"{_paragraphs(document.terms)}</section>\n"
    )
