"""What other services' facts mean for a deal: margin, credit headroom, stock promise."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Literal, Protocol, TypeVar

from servicekit.values import Money, minor_units
from servicekit.values.decimals import ARITHMETIC, round_to

_NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class Margin:
    """Net less standard cost, over the lines whose cost is known."""

    net: Money
    cost: Money
    margin: Money
    fraction: Decimal | None
    """Margin by net, at four places; none if the net is zero."""
    complete: bool
    """Every line's cost is known."""


def margin_of(
    lines: Sequence[tuple[Decimal, Decimal, Decimal | None]], currency: str
) -> Margin | None:
    """The margin of lines of (net amount, quantity, unit cost or none), all in the currency.

    None if no line's cost is known: no margin is better than one of 100 %. Amounts are rounded
    half away from zero to the currency for display, the fraction is of the unrounded amounts.
    """
    known = [(net, ARITHMETIC.multiply(q, cost)) for net, q, cost in lines if cost is not None]
    if not known:
        return None
    # Amounts and not money until the end: a quote has this of each of its thousands of lines.
    net = cost = _NOTHING
    for each_net, each_cost in known:
        net, cost = ARITHMETIC.add(net, each_net), ARITHMETIC.add(cost, each_cost)
    fraction = None
    if net:
        fraction = round_to(ARITHMETIC.divide(ARITHMETIC.subtract(net, cost), net), 4)
    places = minor_units(currency)
    net, cost = round_to(net, places), round_to(cost, places)
    return Margin(
        Money(net, currency),
        Money(cost, currency),
        Money(ARITHMETIC.subtract(net, cost), currency),
        fraction,
        len(known) == len(lines),
    )


@dataclass(frozen=True, slots=True)
class CreditView:
    """What the credit account says about a deal."""

    headroom_after: Money | None
    """Headroom less the deal's gross; none without a limit or across currencies."""
    verdict: Literal["ok", "exceeded", "blocked", "no-limit", "other-currency"]


def credit_after(
    *, state: str, currency: str, headroom: Money | None, gross: Money, counted_already: bool
) -> CreditView:
    """Headroom after the deal. The ERP decides at acceptance; this is what it would see now.

    `currency` is the account's, which it has without a limit too. `counted_already` is true once
    the ERP has said that it opened an order for the deal: its headroom then contains the deal,
    which must not be counted twice.
    """
    if currency != gross.currency:
        return CreditView(None, "blocked" if state == "blocked" else "other-currency")
    if headroom is None:
        return CreditView(None, "blocked" if state == "blocked" else "no-limit")
    after = headroom if counted_already else headroom - gross
    if state == "blocked":
        return CreditView(after, "blocked")
    return CreditView(after, "exceeded" if after.is_negative else "ok")


@dataclass(frozen=True, slots=True)
class StockView:
    """Whether a line can be promised."""

    verdict: Literal["available", "later", "short", "not-stocked"]
    promised_on: date | None
    """First day on which the whole quantity can be promised."""
    available: Decimal | None
    """On the day that was asked for."""


NOT_STOCKED = StockView("not-stocked", None, None)
"""For services and other things that are never on a shelf."""


def promise_for(*, available: Decimal, asked_for: date, first_day: date | None) -> StockView:
    """What to tell a customer who asks for goods on a day."""
    if first_day is None:
        return StockView("short", None, available)
    return StockView("available" if first_day <= asked_for else "later", first_day, available)


class Stated(Protocol):
    """Something that was stated at an instant."""

    @property
    def as_of(self) -> datetime: ...


S = TypeVar("S", bound=Stated)


def oldest(sources: Sequence[S]) -> S | None:
    """The source that was stated longest ago: nothing shown beside it is older."""
    return min(sources, key=lambda source: source.as_of, default=None)


_RANKS = {"not-stocked": 0, "available": 1, "later": 2, "short": 3}


def worst_of(
    promises: Sequence[tuple[StockView | None, S | None]],
) -> tuple[StockView | None, S | None]:
    """The promise for a whole: the worst of its parts', with what it was taken from.

    One part is its own promise. Of several, how much is available says nothing of the whole. None
    while a part's promise is not known, unless another part cannot be promised at all.
    """
    if len(promises) == 1:
        return promises[0]
    known = [(view, source) for view, source in promises if view is not None]
    if not known:
        return None, None
    view, source = max(
        known, key=lambda one: (_RANKS[one[0].verdict], one[0].promised_on or date.min)
    )
    if len(known) < len(promises) and view.verdict != "short":
        return None, None
    return StockView(view.verdict, view.promised_on, None), source
