"""Writes the large answers, state and live, as JSON of the forms that `answers` declares.

A model of 2,500 nodes has as many domains, most of which say one of a few things: what they say is
written once and joined to the names of the targets, which are written once for each model.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any

import orjson
from pydantic import BaseModel

from cpq.configuration.answers import Domain, State
from cpq.configuration.model import Target
from cpq.configurator.schemas.answers import (
    AboutOut,
    PartOut,
    PriceOut,
    UnavailableOut,
)
from cpq.configurator.schemas.written import ConflictOut, Writer, message, totals
from cpq.configurator.service import Answered, Deal, Ready, whole_promise
from cpq.facts.payloads import CreditOut, MarginOut, StepOut, StockOut
from servicekit.values import plain


def state_json(found: Answered[State]) -> bytes:
    """The answer about a state."""
    return orjson.dumps(_state(found))


def live_json(found: Answered[State], deal: Deal, quantity: Decimal, now: datetime) -> bytes:
    """The answer about a state and the deal that it makes; ages are at `now`."""
    whole, source = whole_promise(deal.parts)
    return orjson.dumps(
        {
            **_state(found),
            "quantity": plain(quantity),
            "parts": [_written(PartOut.of(part, now)) for part in deal.parts],
            "price": _written(_price(found.about, deal)),
            "margin": _written(MarginOut.of(deal.margin)),
            "stock": _written(StockOut.of(whole, source, now)),
            "credit": _written(CreditOut.of(deal.account, deal.credit, now)),
        }
    )


def _state(found: Answered[State]) -> dict[str, Any]:
    about, state = found.about, found.answer
    writer = Writer(about.loaded.wording)
    conflict: ConflictOut | None = None
    if state.conflict is not None:
        conflict = {
            "reason": writer.known_reason(state.conflict.reason),
            "repairs": [writer.repair(one) for one in state.conflict.repairs],
        }
    shown = about.shown
    domains = state.domains if shown is None else [d for d in state.domains if d.target in shown]
    return {
        "about": _written(AboutOut.of(about)),
        "consistent": state.consistent,
        "domains": orjson.Fragment(_domains(domains, writer, about.loaded.names)),
        "messages": [message(one) for one in state.messages],
        "totals": totals(state.totals),
        "conflict": conflict,
        "unavailable": [
            _written(UnavailableOut(sku=one.item, reason=one.reason))
            for one in about.supply.unavailable
        ],
    }


def _domains(domains: Iterable[Domain], writer: Writer, names: dict[Target, bytes]) -> bytes:
    said: dict[tuple[object, ...], bytes] = {}
    written = []
    for domain in domains:
        name = names.get(domain.target)
        if name is None:
            name = b'{"target":' + orjson.dumps(writer.target(domain.target)) + b","
            names[domain.target] = name
        if domain.reason is not None or any(one.reason is not None for one in domain.values):
            written.append(name + _what_it_says(domain, writer))
            continue
        # Kinds stand beside values, since true and 1 are equal to Python.
        key = (
            type(domain.value), domain.value, domain.origin, domain.visible,
            type(domain.values[0].value) if domain.values else None, domain.values, domain.ranges,
        )  # fmt: skip
        tail = said.get(key)
        if tail is None:
            tail = said[key] = _what_it_says(domain, writer)
        written.append(name + tail)
    return b"[" + b",".join(written) + b"]"


def _what_it_says(domain: Domain, writer: Writer) -> bytes:
    """A domain without its target and the bracket that begins it."""
    return orjson.dumps(writer.domain(domain))[1:]


def _written(answer: BaseModel | None) -> orjson.Fragment | None:
    return None if answer is None else orjson.Fragment(answer.model_dump_json())


def _price(about: Ready, deal: Deal) -> PriceOut | None:
    if deal.priced is None or about.currency is None:
        return None
    line, sums = deal.priced.lines[0], deal.priced.totals
    return PriceOut(
        currency=about.currency,
        list_unit_price=line.priced.list_unit_price,
        net_unit_price=line.priced.net_unit_price,
        discount_fraction=line.priced.discount_fraction,
        net=sums.net.amount,
        tax_estimate=sums.tax.amount,
        gross_estimate=sums.gross.amount,
        tax_rate=line.tax.rate,
        tax_reason=line.tax.reason,
        waterfall=[StepOut.model_validate(step) for step in line.priced.written_steps()],
    )
