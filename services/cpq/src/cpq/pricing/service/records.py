"""What a pricing came from, kept so that it can be priced again years later, to the cent.

A record is zlib-compressed JSON: the lines as they were asked for, what was known of their items
and customer, the rules that could fit them, and the tax rates. No rule, price or projection of
today is looked at when it is replayed.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import date
from decimal import Decimal
from typing import Any, TypeAlias

from pydantic import TypeAdapter
from pydantic_core import from_json, to_json

from cpq.pricing.rules import (
    DEEDS,
    Adjustment,
    Attribute,
    Comparison,
    Condition,
    DocumentToPrice,
    ForAttributes,
    PricedOn,
    PriceRules,
    Request,
    Rule,
    RuleKind,
    Scope,
    TaxEstimate,
    UsageRate,
    given_by_promotions,
)
from cpq.pricing.service.documents import (
    PricedDocument,
    PricedDocumentLine,
    PricingBasis,
    priced_from,
)
from cpq.selling import read_usage, written_usage
from servicekit.values import Period, plain

_FORM = 1
KnownRules: TypeAlias = dict[tuple[str, str, str, str | None], Rule]
"""Rules by version, key and days."""
MOST_BYTES = 256_000_000
"""Of a record that is unpacked; the longest quote needs a twentieth of it."""


def recorded(basis: PricingBasis) -> bytes:
    """Write a basis down."""
    document = basis.document
    return zlib.compress(
        to_json(
            {
                "form": _FORM,
                "on": _adapter(PricedOn).dump_python(document.on, mode="json"),
                "day": basis.rules.day,
                "lines": _written_lines(document.lines),
                "rules": [_written(rule) for rule in _that_may_fit(basis)],
                "tax_categories": dict(basis.tax_categories),
                "taxes": {category: asdict(estimate) for category, estimate in basis.taxes.items()},
            }
        ),
        level=1,
    )


def replayed(record: bytes, *, counts: Mapping[str, bool] | None = None) -> PricedDocument:
    """Price again from a record alone; `counts` says anew which lines are part of the offer.

    Raises what pricing raises, and `ValueError` for what is no record.
    """
    basis = basis_of(record)
    if counts is not None:
        document = basis.document
        lines = [replace(line, counts=counts.get(line.key, line.counts)) for line in document.lines]
        basis = replace(basis, document=replace(document, lines=lines))
    return priced_from(basis)


def basis_of(record: bytes, known: KnownRules | None = None) -> PricingBasis:
    """What `recorded` wrote down. Raises `ValueError` for what is no record.

    `known` are rules of published books that other records of the tenant had: for whoever reads
    many.
    """
    known = {} if known is None else known
    unpacked = zlib.decompressobj().decompress(record, MOST_BYTES)
    kept = from_json(unpacked)
    if kept["form"] != _FORM:
        raise ValueError(f"a record of form {kept['form']}")
    return PricingBasis(
        document=DocumentToPrice(
            _adapter(PricedOn).validate_python(kept["on"]), _read_lines(kept["lines"])
        ),
        rules=PriceRules(
            date.fromisoformat(kept["day"]), rules=[_found(rule, known) for rule in kept["rules"]]
        ),
        tax_categories=kept["tax_categories"],
        taxes={
            category: _adapter(TaxEstimate).validate_python(estimate)
            for category, estimate in kept["taxes"].items()
        },
    )


def promotions_given(record: bytes) -> dict[str, Decimal]:
    """What each promotion code takes off what a record prices, at ten places, without tax."""
    found = replayed(record)
    requests = found.basis.document.lines
    priced = {request.key: line.priced for request, line in zip(requests, found.lines, strict=True)}
    return given_by_promotions(requests, priced, found.basis.rules.rules)


def hash_of(lines: Sequence[PricedDocumentLine], steps: Sequence[object] | None = None) -> str:
    """SHA-256 over the priced lines with all their steps, in lower-case hex.

    `steps` are those of each line as they are written, where the caller has them in hand.
    """
    if steps is None:
        steps = [line.priced.written_steps() for line in lines]
    written = [
        {
            "net_unit_price": plain(line.priced.net_unit_price),
            "net_amount": plain(line.priced.net_amount),
            "tax_rate": plain(line.tax.rate),
            "steps": taken,
            # Lines without usage have the hash that they had before there was any.
            **_written_usage(line),
        }
        for line, taken in zip(lines, steps, strict=True)
    ]
    return hashlib.sha256(to_json(written)).hexdigest()


def _written_usage(line: PricedDocumentLine) -> dict[str, Any]:
    usage = line.priced.usage
    return {"usage": [one.written() for one in usage]} if usage else {}


def _that_may_fit(basis: PricingBasis) -> list[Rule]:
    """Rules that are for another item, customer, currency or price book decide nothing here."""
    on = basis.document.on
    subjects = {None} | {
        subject for line in basis.document.lines for subject in (line.sku, str(line.item_id))
    }
    return [
        rule
        for rule in basis.rules.rules
        if rule.scope.subject in subjects
        and (rule.scope.customer_id is None or rule.scope.customer_id in on.customers)
        and rule.scope.currency in (None, on.currency)
        and rule.scope.price_book in (None, on.price_book)
    ]


def _written(rule: Rule) -> dict[str, Any]:
    return {
        "key": rule.key,
        "kind": rule.kind.value,
        "scope": {name: value for name, value in asdict(rule.scope).items() if value is not None},
        "from": rule.period.start,
        "to": rule.period.end,
        "deed": _written_deed(rule),
        "version": rule.version,
        "stacks": rule.stacks,
        "named": rule.named,
    }


def _found(kept: Mapping[str, Any], known: KnownRules) -> Rule:
    """The rule, read once: a version never changes but for its end."""
    if not kept["version"]:
        return _read(kept)
    at = (kept["version"], kept["key"], kept["from"], kept["to"])
    rule = known.get(at)
    if rule is None:
        rule = known[at] = _read(kept)
    return rule


def _read(kept: Mapping[str, Any]) -> Rule:
    kind = RuleKind(kept["kind"])
    end = kept["to"]
    return Rule(
        key=kept["key"],
        kind=kind,
        scope=_adapter(Scope).validate_python(kept["scope"]),
        period=Period(date.fromisoformat(kept["from"]), date.fromisoformat(end) if end else None),
        deed=_read_deed(kind, kept["deed"]),
        version=kept["version"],
        stacks=kept["stacks"],
        named=kept["named"],
    )


def _written_lines(lines: Sequence[Request]) -> list[dict[str, Any]]:
    written = [
        _adapter(Request).dump_python(line, mode="json", exclude_defaults=True) for line in lines
    ]
    for line, kept in zip(lines, written, strict=True):
        if line.attributes:
            kept["attributes"] = {
                name: written_attribute(value) for name, value in line.attributes.items()
            }
    return written


def _read_lines(kept: Sequence[dict[str, Any]]) -> list[Request]:
    return [
        replace(
            _adapter(Request).validate_python({**line, "attributes": {}}),
            attributes={
                name: read_attribute(value) for name, value in line.get("attributes", {}).items()
            },
        )
        for line in kept
    ]


def _written_deed(rule: Rule) -> Any:
    if isinstance(rule.deed, UsageRate):
        deed = rule.deed
        price = written_usage(deed.price)
        return {"resource": deed.resource, "unit": deed.unit, "price": price}
    written = _adapter(DEEDS[rule.kind]).dump_python(rule.deed, mode="json")
    if isinstance(rule.deed, ForAttributes):
        for condition, kept in zip(rule.deed.conditions, written["conditions"], strict=True):
            kept["value"] = written_attribute(condition.value)
    return written


def _read_deed(kind: RuleKind, kept: Any) -> Any:
    if kind is RuleKind.USAGE:
        return UsageRate(kept["resource"], kept["unit"], read_usage(kept["price"]))
    if kind is not RuleKind.ATTRIBUTE:
        return _adapter(DEEDS[kind]).validate_python(kept)
    return ForAttributes(
        conditions=tuple(
            Condition(
                condition["attribute"],
                Comparison(condition["comparison"]),
                read_attribute(condition["value"]),
            )
            for condition in kept["conditions"]
        ),
        adjustment=_adapter(Adjustment).validate_python(kept["adjustment"]),
    )


def written_attribute(value: Attribute) -> Any:
    """A line's attribute as JSON, which has no decimals of its own."""
    return {"decimal": plain(value)} if isinstance(value, Decimal) else value


def read_attribute(kept: Any) -> Attribute:
    """What `written_attribute` wrote."""
    return Decimal(kept["decimal"]) if isinstance(kept, Mapping) else kept


_ADAPTERS: dict[Any, TypeAdapter[Any]] = {
    model: TypeAdapter(model)
    for model in (PricedOn, Request, Scope, Adjustment, TaxEstimate, *set(DEEDS.values()))
}


def _adapter(model: type[Any]) -> TypeAdapter[Any]:
    return _ADAPTERS[model]
