"""A quote as documents show it: what was offered, read from the offer's own bytes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from cpq.documents.rules.presentation import Presentation
from cpq.documents.rules.usage import Usage, usage_in
from cpq.documents.rules.wording import Language
from servicekit.taxation import CategoryTax, TaxableLine, document_totals
from servicekit.values import Money, plain, round_together

Offer = Mapping[str, Any]
DEEPEST = 8
"""Levels of lines within lines that are set apart."""


@dataclass(frozen=True, slots=True)
class Value:
    """Something that was configured, in words."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a line's price that customers may see: what it is, and the unit price after it."""

    kind: str
    unit_price: Decimal


@dataclass(frozen=True, slots=True)
class Line:
    """A line. Prices are per unit in the document's currency, without tax, unrounded."""

    key: str
    """Names the line within its quote."""
    position: int
    item_id: str
    sku: str
    name: str
    quantity: Decimal
    unit: str
    unit_price: Decimal
    discount_fraction: Decimal
    amount: Money
    """Rounded so that the lines that count sum to the net."""
    tax_category: str
    tax_rate: Decimal
    depth: int
    """0: it stands by itself; else how many lines it is part of."""
    group: str | None
    """The name of its group; of a part that names none, that of the line it is part of."""
    optional: bool
    counts: bool
    """It is part of the totals."""
    alternative_of: int | None
    """The position of the line that it may replace."""
    start_on: date | None
    end_on: date | None
    values: tuple[Value, ...]
    steps: tuple[Step, ...]
    group_key: str | None = None
    recurs_months: int | None = None
    """Of what has no end: after how many months the price is due again."""
    times: Decimal = Decimal(1)
    """How many times the unit price is due over the term."""
    usage: tuple[Usage, ...] = ()
    """Not part of the totals."""


@dataclass(frozen=True, slots=True)
class Returned:
    """Something that is taken away from a contract, and what is given back for it, rounded."""

    name: str
    quantity: Decimal
    start_on: date
    end_on: date | None
    """The last day that it would have had; None: it would have run on."""
    amount: Money


@dataclass(frozen=True, slots=True)
class QuoteDocument:
    """Everything that a document of a quote shows, in no language yet but its own."""

    language: Language
    presentation: Presentation
    draft: bool
    content_hash: str
    """Of the offer's bytes, SHA-256."""
    quote_id: str
    number: str
    revision: int
    customer_number: str
    customer_name: str
    customer_reference: str | None
    currency: str
    issued_on: date
    valid_until: date
    requested_on: date | None
    lines: tuple[Line, ...]
    taxes: tuple[CategoryTax, ...]
    net: Money
    tax: Money
    gross: Money
    returned: tuple[Returned, ...] = ()
    """What it gives back of the contract that it amends; the amounts sum to the credit."""
    credit: Money | None = None


def document_of(
    offer: Offer,
    presentation: Presentation,
    language: Language,
    *,
    content_hash: str,
    draft: bool,
    issued_on: date,
    configured: Mapping[int, Sequence[Value]] | None = None,
    waterfalls: Mapping[int, Sequence[Mapping[str, Any]]] | None = None,
) -> QuoteDocument:
    """The document of an offer, a JSON object of a form that `cpq.quotes` writes.

    `configured` are the words for what was configured and `waterfalls` the kept steps of prices, by
    the position of their line; steps are shown where the presentation says so. Raises `ValueError`
    for an offer whose lines do not sum to its totals: such a document must never leave.
    """
    currency = offer["currency"]
    lines = _lines(offer, currency, configured or {}, waterfalls or {}, presentation)
    counted = [line for line, _ in lines if line.counts]
    exact = [amount for line, amount in lines if line.counts]
    net, tax, gross = (
        Money(Decimal(offer[name]), currency) for name in ("net", "tax_estimate", "gross_estimate")
    )
    # One part for each rate of a category, as the quote was totalled.
    parts = {f"{line.tax_category} {plain(line.tax_rate)}": line.tax_rate for line in counted}
    totals = document_totals(
        [
            TaxableLine(amount, f"{line.tax_category} {plain(line.tax_rate)}")
            for line, amount in zip(counted, exact, strict=True)
        ],
        parts,
        currency,
    )
    credit = Money(Decimal(offer["credit"]), currency) if offer.get("credits") else None
    if (totals.net, totals.tax, totals.gross) != (net, tax, gross):
        raise ValueError(f"the lines of {offer['quote_number']} do not sum to its totals")
    return QuoteDocument(
        language=language,
        presentation=presentation,
        draft=draft,
        content_hash=content_hash,
        quote_id=offer["quote_id"],
        number=offer["quote_number"],
        revision=offer["revision"],
        customer_number=offer["customer"]["number"],
        customer_name=offer["customer"]["name"],
        customer_reference=offer["customer_reference"],
        currency=currency,
        issued_on=issued_on,
        valid_until=date.fromisoformat(offer["valid_until"]),
        requested_on=_day(offer.get("requested_on")),
        lines=tuple(line for line, _ in lines),
        taxes=totals.taxes,
        net=net,
        tax=tax,
        gross=gross,
        returned=_returned(offer, credit) if credit else (),
        credit=credit,
    )


def _returned(offer: Offer, credit: Money) -> tuple[Returned, ...]:
    written = offer["credits"]
    parts = [Money(Decimal(each["amount"]), credit.currency) for each in written]
    amounts = round_together(parts, credit)
    return tuple(
        Returned(
            name=each["name"],
            quantity=Decimal(each["quantity"]),
            start_on=date.fromisoformat(each["from_on"]),
            end_on=_day(each["until_on"]),
            amount=amount,
        )
        for each, amount in zip(written, amounts, strict=True)
    )


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def _lines(
    offer: Offer,
    currency: str,
    configured: Mapping[int, Sequence[Value]],
    waterfalls: Mapping[int, Sequence[Mapping[str, Any]]],
    presentation: Presentation,
) -> list[tuple[Line, Decimal]]:
    """The lines in their order, each with its exact amount."""
    groups = {group["key"]: group["name"] for group in offer.get("groups") or []}
    written: Sequence[Offer] = offer["lines"]
    by_key = {_key(line): line for line in written}
    shown = _shown_amounts(written, currency)
    found = []
    for line, amount in zip(written, shown, strict=True):
        position = line["position"]
        group, other = _group(line, by_key), by_key.get(line.get("alternative_of") or "")
        made = Line(
            key=_key(line),
            position=position,
            item_id=line["item_id"],
            sku=line["sku"],
            name=line["name"],
            quantity=Decimal(line["quantity"]),
            unit=line["unit"],
            unit_price=Decimal(line["net_unit_price"]),
            discount_fraction=Decimal(line["discount_fraction"]),
            amount=amount,
            tax_category=line["tax_category"],
            tax_rate=Decimal(line["tax_rate"]),
            depth=_depth(line, by_key),
            group=groups.get(group, group) if group else None,
            optional=bool(line.get("optional")),
            counts=_counts(line),
            alternative_of=other["position"] if other else None,
            start_on=_day(line.get("start_on")),
            end_on=_day(line.get("end_on")),
            group_key=group,
            recurs_months=line.get("recurs_months"),
            times=Decimal(line.get("term_multiplier") or 1),
            values=tuple(configured.get(position, ())) or _raw_values(line),
            steps=_steps(waterfalls.get(position, ())) if presentation.shows_waterfall else (),
            usage=usage_in(line.get("usage")),
        )
        found.append((made, Decimal(line["net_amount"])))
    return found


def _key(line: Offer) -> str:
    return str(line.get("key") or line["position"])


def _counts(line: Offer) -> bool:
    return bool(line.get("selected", True))


def _shown_amounts(lines: Sequence[Offer], currency: str) -> list[Money]:
    """Those that count are rounded together; the others each for itself."""
    exact = [Money(Decimal(line["net_amount"]), currency) for line in lines]
    together = iter(
        round_together([m for m, line in zip(exact, lines, strict=True) if _counts(line)])
    )
    return [
        next(together) if _counts(line) else money.round()
        for money, line in zip(exact, lines, strict=True)
    ]


def _depth(line: Offer, by_key: Mapping[str, Offer]) -> int:
    depth, parent = 0, by_key.get(line.get("parent") or "")
    while parent is not None and depth < DEEPEST:
        depth, parent = depth + 1, by_key.get(parent.get("parent") or "")
    return depth


def _group(line: Offer, by_key: Mapping[str, Offer]) -> str | None:
    at: Offer | None = line
    for _ in range(DEEPEST + 1):
        if at is None or at.get("group"):
            break
        at = by_key.get(at.get("parent") or "")
    return at.get("group") if at else None


def _raw_values(line: Offer) -> tuple[Value, ...]:
    """What was configured by its keys, where no model gives it words."""
    values = (line.get("configuration") or {}).get("values", ())
    return tuple(
        Value(value["target"], value["value"])
        for value in values
        if isinstance(value["target"], str) and isinstance(value["value"], str)
    )


_KINDS = {
    "list": "start",
    "contracted": "agreed",
    "agreed": "agreed",
    "quantity-break": "quantity",
    "quantity": "quantity",
    "tier": "tier",
    "ramp": "ramp",
    "promotion": "promotion",
    "term": "term",
    "manual": "manual",
}
"""Steps that customers may know by name; partner terms, floors and costs are not theirs."""


def _steps(kept: Sequence[Mapping[str, Any]]) -> tuple[Step, ...]:
    """The steps that changed the price, from the price that it began with to that of the line.

    What customers may not know of by its name is an adjustment; neighbouring ones are one.
    """
    found: list[Step] = []
    for step in kept:
        output, kind = Decimal(step["output"]), _KINDS.get(step["step"], "adjustment")
        if kind in ("start", "agreed"):
            # What the price began with stands for all before it.
            found = [Step(kind, output)]
        elif not found or found[-1].unit_price == output:
            continue
        elif kind == "adjustment" == found[-1].kind:
            found[-1] = Step(kind, output)
        else:
            found.append(Step(kind, output))
    return tuple(found) if len(found) > 1 else ()
