"""What is offered, as bytes that anybody can hash again.

The document holds strings, whole numbers, booleans, nulls, lists and objects with ASCII names;
for these, the bytes below are the canonical form of RFC 8785 (JSON Canonicalization Scheme).
Decimals are canonical strings, days are ISO dates.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from servicekit.values import Money, plain

FORM = "tradewind.cpq.offer.v3"
"""Names the form of the document, so that a later form can never be taken for this one.

v1 had no keys, groups, options and terms, v2 was v1 with configurations; kept offers may be either.
"""


@dataclass(frozen=True, slots=True)
class OfferedLine:
    """A line as the customer sees it."""

    key: str
    """Names the line within its quote."""
    position: int
    item_id: UUID
    sku: str
    name: str
    quantity: Decimal
    unit: str
    net_unit_price: Decimal
    """For one unit and, of a line with a term, one period of it."""
    discount_fraction: Decimal
    net_amount: Decimal
    tax_category: str
    tax_rate: Decimal
    configuration: Mapping[str, Any] | None = None
    """What was configured: strings, whole numbers, booleans, lists and objects."""
    parent: str | None = None
    group: str | None = None
    optional: bool = False
    selected: bool = True
    """Whether it and all above it are part of the totals."""
    alternative_of: str | None = None
    selling_model: str | None = None
    start_on: date | None = None
    end_on: date | None = None
    """The last day of the term; None with a first day: it is evergreen."""
    recurs_months: int | None = None
    """Of what is evergreen: after how many months its price is due again."""
    term: str | None = None
    """How many times the price is due, in words: `8/31 + 10 months`."""
    term_multiplier: Decimal = Decimal(1)
    ramp: str | None = None
    """The key of the first line of the ramp that it is a segment of."""
    segment: int | None = None
    usage: Sequence[Mapping[str, Any]] | None = None
    """What usage costs beside the totals: `{resource, unit, price, samples}` in strings; or None.
    """


@dataclass(frozen=True, slots=True)
class Offer:
    """Exactly what is offered; the seller's own margin and reasons are not part of it."""

    quote_id: UUID
    number: str
    revision: int
    customer_id: UUID
    customer_number: str
    customer_name: str
    selling_company_id: UUID | None
    currency: str
    priced_on: date
    valid_until: date
    requested_on: date | None
    customer_reference: str | None
    lines: Sequence[OfferedLine]
    net: Money
    tax_estimate: Money
    gross_estimate: Money
    groups: Sequence[Mapping[str, str]] = ()
    """`[{key, name}]`, in their order."""
    contract_id: UUID | None = None
    """The contract that it amends or renews."""
    credits: Sequence["Credit"] = ()
    """What is given back of it; it is not part of the totals."""
    credit: Money | None = None
    """All of it together, rounded; None: it amends nothing."""


@dataclass(frozen=True, slots=True)
class Credit:
    """Something that is taken away from a contract, and what is given back for it."""

    sku: str
    name: str
    quantity: Decimal
    """Above zero."""
    from_on: date
    until_on: date | None
    """The last day; None: it would have run on."""
    amount: Decimal
    """Above zero, at ten places, without tax."""


def offer_document(offer: Offer) -> dict[str, Any]:
    """The offer as a JSON object."""
    return {
        "form": FORM,
        "quote_id": str(offer.quote_id),
        "quote_number": offer.number,
        "revision": offer.revision,
        "customer": {
            "id": str(offer.customer_id),
            "number": offer.customer_number,
            "name": offer.customer_name,
        },
        "selling_company_id": str(offer.selling_company_id) if offer.selling_company_id else None,
        "currency": offer.currency,
        "priced_on": offer.priced_on.isoformat(),
        "valid_until": offer.valid_until.isoformat(),
        "requested_on": offer.requested_on.isoformat() if offer.requested_on else None,
        "customer_reference": offer.customer_reference,
        "groups": [{"key": group["key"], "name": group["name"]} for group in offer.groups],
        "lines": [_line(line) for line in offer.lines],
        **_amending(offer),
        "net": plain(offer.net.amount),
        "tax_estimate": plain(offer.tax_estimate.amount),
        "gross_estimate": plain(offer.gross_estimate.amount),
    }


def _amending(offer: Offer) -> dict[str, Any]:
    """What it says of the contract that it amends."""
    if offer.contract_id is None:
        return {}
    return {
        "contract_id": str(offer.contract_id),
        "credits": [
            {
                "sku": credit.sku,
                "name": credit.name,
                "quantity": plain(credit.quantity),
                "from_on": credit.from_on.isoformat(),
                "until_on": credit.until_on.isoformat() if credit.until_on else None,
                "amount": plain(credit.amount),
            }
            for credit in offer.credits
        ],
        "credit": plain(offer.credit.amount if offer.credit else Decimal(0)),
    }


def _line(line: OfferedLine) -> dict[str, Any]:
    """A line; members that say nothing are left out."""
    said: dict[str, Any] = {
        "configuration": line.configuration,
        "parent": line.parent,
        "group": line.group,
        "optional": line.optional or None,
        "selected": None if line.selected else False,
        "alternative_of": line.alternative_of,
        "selling_model": line.selling_model,
        "start_on": line.start_on.isoformat() if line.start_on else None,
        "end_on": line.end_on.isoformat() if line.end_on else None,
        "recurs_months": line.recurs_months,
        "term": line.term,
        "term_multiplier": plain(line.term_multiplier) if line.term else None,
        "ramp": line.ramp,
        "segment": line.segment,
        "usage": line.usage,
    }
    return {
        "key": line.key,
        "position": line.position,
        "item_id": str(line.item_id),
        "sku": line.sku,
        "name": line.name,
        "quantity": plain(line.quantity),
        "unit": line.unit,
        "net_unit_price": plain(line.net_unit_price),
        "discount_fraction": plain(line.discount_fraction),
        "net_amount": plain(line.net_amount),
        "tax_category": line.tax_category,
        "tax_rate": plain(line.tax_rate),
        **{name: value for name, value in said.items() if value is not None},
    }


def canonical(document: object) -> bytes:
    """The one way to write the document: sorted names, no spaces, UTF-8 (RFC 8785)."""
    text = json.dumps(
        document, ensure_ascii=False, allow_nan=False, separators=(",", ":"), sort_keys=True
    )
    return text.encode()


def content_hash(content: bytes) -> str:
    """SHA-256 of the canonical bytes, in lower-case hex."""
    return hashlib.sha256(content).hexdigest()
