"""Renewing a contract: the next term, each price kept, raised or worked out anew."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from cpq.amendments.rules import AmendmentIsEmpty
from cpq.amendments.service.amending import Preview
from cpq.contracts import service as contracts
from cpq.contracts.queries import Contract, entries_of
from cpq.contracts.service import (
    ContractIsCancelled,
    ContractRunsOn,
    EntryKind,
    Holding,
    HoldingIsNotThere,
    Layer,
    RenewalPolicy,
)
from cpq.quotes import service as quotes
from cpq.quotes.service import LineWish, QuoteWish, Term, Written
from servicekit.uow import ReadSession, UnitOfWork
from servicekit.values import plain
from servicekit.values.decimals import ARITHMETIC

_NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class RenewedLine:
    """What becomes of one thing."""

    policy: RenewalPolicy
    uplift: Decimal = Decimal(0)
    """A fraction: 0.03 is 3 % more."""
    quantity: Decimal | None = None
    """None: as much as there is on the last day; zero: it is not renewed."""


@dataclass(frozen=True, slots=True)
class Renewal:
    """The next term of everything that is held on the contract's last day and ends with it."""

    months: int
    every: RenewedLine
    lines: Mapping[str, RenewedLine] = field(default_factory=dict)
    """What is otherwise, by key."""


async def preview_renewal(reads: ReadSession, contract_id: UUID, renewal: Renewal) -> Preview:
    """What the next term would cost; nothing is written. Raises as `renew` does."""
    priced = await quotes.preview_quote(reads, await _wish(reads, contract_id, renewal))
    return Preview(priced, (), Decimal(0))


async def renew(uow: UnitOfWork, contract_id: UUID, renewal: Renewal) -> Written:
    """Start a quote for the next term; the contract goes on when the customer accepts it.

    Raises `ContractNotFound`, `ContractIsCancelled`, `HoldingIsNotThere`, `AmendmentIsEmpty`, and
    what pricing raises.
    """
    return await quotes.create_quote(uow, await _wish(uow, contract_id, renewal))


async def _wish(reads: ReadSession | UnitOfWork, contract_id: UUID, renewal: Renewal) -> QuoteWish:
    contract = await reads.get(Contract, contract_id)
    if contract.cancelled_at is not None:
        raise ContractIsCancelled(f"contract {contract.number}")
    entries = await entries_of(reads.session, contract_id)
    end = contracts.last_day(entries, evergreen=False)
    if end is None:
        raise ContractRunsOn(f"contract {contract.number}")
    held = {
        key: replace(holding, layers=ending)
        for key, holding in contracts.holdings(entries, end).items()
        if (ending := [one for one in holding.layers if one.lot.until_on != contracts.FOREVER])
    }
    for key in renewal.lines:
        if key not in held:
            raise HoldingIsNotThere(f"nothing under {key!r} on {end}", field=f"lines.{key}")
    start = end + timedelta(days=1)
    lines: list[LineWish] = []
    mapped: dict[str, dict[str, Any]] = {}
    for key, holding in held.items():
        chosen = renewal.lines.get(key, renewal.every)
        for layer in _renewed(holding, chosen):
            like = layer.lot
            price = contracts.renewed_price(like, chosen.policy, chosen.uplift)
            name = contracts.new_key(key, mapped)
            lines.append(
                LineWish(
                    quantity=layer.quantity,
                    item_id=like.item_id,
                    key=name,
                    agreed_unit_price=price,
                    agreed_reason=None if price is None else _reason(contract, chosen),
                    selling_model=like.selling_model,
                    term=Term(
                        start_on=start,
                        months=renewal.months,
                        unit=like.term_unit,
                        count=like.term_count,
                        basis=like.basis,
                    ),
                )
            )
            mapped[name] = {
                "key": key,
                "kind": EntryKind.RENEW.value,
                "replaces": None,
                "unit_price": None if price is None else plain(price),
            }
    if not lines:
        raise AmendmentIsEmpty("nothing is renewed", field="lines")
    return QuoteWish(
        customer_id=contract.customer_id,
        lines=lines,
        currency=contract.currency,
        selling_company_id=contract.selling_company_id,
        contract_id=contract.id,
        amends={"made_from": len(entries), "lines": mapped, "credits": [], "credit": "0"},
    )


def _renewed(holding: Holding, chosen: RenewedLine) -> list[Layer]:
    """What is renewed at each price; more or less than there is falls to what was bought last."""
    found = contracts.together(holding.layers)
    if chosen.policy is RenewalPolicy.REPRICE:
        found = [replace(found[-1], quantity=holding.quantity)]
    if chosen.quantity is None:
        return found
    more = chosen.quantity - holding.quantity
    left: list[Layer] = []
    for layer in reversed(found):
        quantity = max(layer.quantity + more, _NOTHING)
        more += layer.quantity - quantity
        if quantity:
            left.append(replace(layer, quantity=quantity))
    return left[::-1]


def _reason(contract: Contract, chosen: RenewedLine) -> str:
    if chosen.policy is RenewalPolicy.KEEP:
        return f"Price of contract {contract.number} kept"
    percent = plain(ARITHMETIC.multiply(chosen.uplift, Decimal(100)))
    return f"Price of contract {contract.number} and {percent} %"
