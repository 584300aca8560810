"""The live answer: what is possible and what it costs, in one round trip."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from cpq.configuration.answers import State
from cpq.configuration.expressions import Value
from cpq.configuration.model import Target
from cpq.configurator.queries import KnownItem
from cpq.configurator.rules import Composition, composition_of
from cpq.configurator.service.answering import Answered, state
from cpq.configurator.service.asking import Opens, Question, Ready
from cpq.facts.deals import (
    NOT_STOCKED,
    CreditView,
    Margin,
    StockView,
    credit_after,
    margin_of,
    oldest,
    promise_for,
    worst_of,
)
from cpq.pricing import service as pricing
from cpq.projections.queries import Credit, Source
from servicekit.errors import Refusal
from servicekit.values.decimals import ARITHMETIC


@dataclass(frozen=True, slots=True)
class Part:
    """An item of the proposed configuration, and what is known of it."""

    sku: str
    quantity: int
    """Per unit of the whole."""
    known: KnownItem | None
    unit_price: Decimal | None
    stock: StockView | None
    """For all units that are asked for."""


@dataclass(frozen=True, slots=True)
class Deal:
    """What the proposed configuration costs whoever asks; None where it is not known."""

    composition: Composition
    parts: Sequence[Part]
    priced: pricing.PricedDocument | None
    margin: Margin | None
    credit: CreditView | None
    account: Credit | None


async def live(
    opens: Opens, asked: Question, quantity: Decimal, *, reasons: bool
) -> tuple[Answered[State], Deal]:
    """The state of a configuration with the deal that it makes; see `state` and `ready`.

    Raises `PriceIsTooLarge` beside what they raise.
    """
    answered = await state(opens, asked, reasons=reasons)
    return answered, await deal_of(opens, answered.about, answered.answer, quantity)


async def deal_of(opens: Opens, about: Ready, found: State, quantity: Decimal) -> Deal:
    """What the configuration that a state proposes costs, can be promised and leaves of credit."""
    values = values_of(found)
    composition = composition_of(about.model, values)
    parts = parts_of(about, composition, quantity)
    account = about.buyer.account if about.buyer else None
    priced = await _priced(opens, about, found, parts, quantity)
    margin = credit = None
    if priced is not None and about.currency is not None:
        amount = priced.lines[0].priced.net_amount
        margin = margin_of([(amount, quantity, found.totals.cost)], about.currency)
        if account is not None:
            credit = credit_after(
                state=account.state,
                currency=account.currency,
                headroom=account.headroom,
                gross=priced.totals.gross,
                counted_already=False,
            )
    return Deal(composition, parts, priced, margin, credit, account)


def parts_of(about: Ready, composition: Composition, quantity: Decimal) -> list[Part]:
    """What is known of the items of a configuration, the root's own first."""
    return [_part(about, sku, units, quantity) for sku, units in composition.parts.items()]


def values_of(found: State) -> Mapping[Target, Value]:
    """The proposed configuration of a state."""
    return {domain.target: domain.value for domain in found.domains if domain.value is not None}


def configured_price(about: Ready, found: State, parts: Sequence[Part]) -> pricing.ConfiguredPrice:
    """What one unit costs at list, for the waterfall."""
    sources = [part.known.prices.source for part in parts if part.known and part.known.prices]
    items = sum(part.quantity for part in parts)
    return pricing.ConfiguredPrice(
        unit_price=found.totals.price,
        described=f"as configured with {about.version.key} version "
        f"{about.version.model_version}, {items} items",
        source=oldest(sources),
    )


async def _priced(
    opens: Opens, about: Ready, found: State, parts: Sequence[Part], quantity: Decimal
) -> pricing.PricedDocument | None:
    sold = about.world.items.get(about.version.sku or "") if about.world else None
    if sold is None or found.totals.price is None or about.currency is None:
        return None
    document = pricing.Document(
        customer=pricing.AnyBuyer(about.tier, about.country),
        currency=about.currency,
        day=about.day,
        lines=[
            pricing.Wanted(
                item=sold.item,
                quantity=quantity,
                configured=configured_price(about, found, parts),
            )
        ],
        selling_company_id=about.company_id,
    )
    async with opens() as reads:
        (priced,) = await pricing.price_documents(reads.session, [document])
    if isinstance(priced, Refusal):
        priced.field = "quantity"
        raise priced
    return priced


def _part(about: Ready, sku: str, units: int, quantity: Decimal) -> Part:
    assert about.world is not None
    known = about.world.items.get(sku)
    price = about.supply.amounts[sku].price
    if known is None:
        return Part(sku, units, None, price, None)
    needed = ARITHMETIC.multiply(quantity, Decimal(units))
    return Part(sku, units, known, price, _promise(known, needed, about))


def _promise(known: KnownItem, needed: Decimal, about: Ready) -> StockView | None:
    assert about.world is not None
    if not known.item.stocked:
        return NOT_STOCKED
    if known.stock is None:
        return None
    day = about.world.wanted_on
    return promise_for(
        available=known.stock.available_on(day),
        asked_for=day,
        first_day=known.stock.first_day_for(needed, not_before=day),
    )


def whole_promise(parts: Sequence[Part]) -> tuple[StockView | None, Source | None]:
    """The promise for the whole, and the event that it came from."""
    return worst_of(
        [
            (part.stock, part.known.stock.source if part.known and part.known.stock else None)
            for part in parts
        ]
    )
