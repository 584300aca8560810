"""A quote as approval rules see it: what it is worth, what it gives away, how old its facts are."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction

from cpq.approvals.service import Deal, DealLine, Value, Variable
from cpq.quotes.models import QuoteLine
from cpq.quotes.queries import LineView, QuoteView, ages_of
from cpq.quotes.rules import has_choices, least_share, most
from cpq.quotes.service.contracting import credit_of
from servicekit.values import Money
from servicekit.values.decimals import ARITHMETIC, round_to

_NONE = Decimal(0)
_DAYS_IN_MONTH = ARITHMETIC.divide(Decimal(365), Decimal(12))
_PLACES = 10


def deal_of(view: QuoteView, now: datetime) -> Deal:
    """What the quote's policy looks at. What is not known is None, and rules look at it.

    Lines that are not selected are looked at as well, since the customer may take them: worth,
    margin and discount are those of the selection in which each of them is worst, at the prices
    that the lines have now; where picking changes prices, see `check_picked`.
    """
    quote, lines = view.quote, view.lines
    worst = _worst(view)
    variables: dict[Variable, Value] = {
        Variable.NET: worst.net,
        Variable.GROSS: worst.gross,
        Variable.DISCOUNT_FRACTION: worst.discount_fraction,
        Variable.LARGEST_MANUAL_DISCOUNT: max(
            (_manual(line.line) for line in lines), default=_NONE
        ),
        Variable.AGREED_LINES: Decimal(
            sum(line.line.agreed_unit_price is not None for line in lines)
        ),
        Variable.LINE_COUNT: Decimal(len(lines)),
        Variable.LONGEST_TERM_MONTHS: _longest(lines),
        Variable.CURRENCY: quote.currency,
        Variable.TIER: quote.tier,
        Variable.COUNTRY: quote.country,
        Variable.MARGIN: worst.margin,
        Variable.MARGIN_FRACTION: worst.margin_fraction,
        Variable.GIVEN_BACK: credit_of(quote),
    }
    if quote.valid_until is not None:
        variables[Variable.VALIDITY_DAYS] = Decimal((quote.valid_until - now.date()).days)
    variables |= _credit(view, ARITHMETIC.subtract(worst.gross, quote.gross_estimate))
    ages = [age.seconds for age in ages_of(view.credit_fact, view.lines, now)]
    if ages:
        hours = ARITHMETIC.divide(Decimal(max(ages)), Decimal(3600))
        variables[Variable.OLDEST_FACT_HOURS] = round_to(hours, 2)
    return Deal(quote.currency, variables, [_line(line) for line in lines])


def worth_of(deal: Deal) -> Decimal:
    """The most that the customer may make of the deal, or that it gives back, without tax."""
    net, given_back = deal.variables[Variable.NET], deal.variables[Variable.GIVEN_BACK]
    assert isinstance(net, Decimal)
    assert isinstance(given_back, Decimal)
    return max(net, given_back)


def _credit(view: QuoteView, more: Decimal) -> dict[Variable, Value]:
    """What the credit account says once the customer takes so much more, with tax."""
    if view.credit is None:
        return {Variable.CREDIT_VERDICT: None, Variable.CREDIT_HEADROOM_AFTER: None}
    verdict, after = view.credit.verdict, view.credit.headroom_after
    if after is not None and more > 0:
        after = after - Money(more, after.currency)
        verdict = "exceeded" if verdict == "ok" and after.is_negative else verdict
    found: dict[Variable, Value] = {Variable.CREDIT_VERDICT: verdict}
    if verdict != "no-limit":
        found[Variable.CREDIT_HEADROOM_AFTER] = after.amount if after else None
    return found


@dataclass(frozen=True, slots=True)
class _Worst:
    """The worst that each can become by the customer's choice."""

    net: Decimal
    gross: Decimal
    discount_fraction: Decimal
    margin: Decimal | None
    """None: the cost of a line is not known."""
    margin_fraction: Decimal | None


def _worst(view: QuoteView) -> _Worst:
    quote = view.quote
    lines = [each.line for each in view.lines]
    if not has_choices(lines):
        margin = view.margin if view.margin and view.margin.complete else None
        return _Worst(
            net=quote.net,
            gross=quote.gross_estimate,
            discount_fraction=_discount([line for line in lines if line.counts]),
            margin=margin.margin.amount if margin else None,
            margin_fraction=(margin.fraction or _NONE) if margin else None,
        )
    nets = [line.net_amount for line in lines]
    lists = [_listed(line) for line in lines]
    grosses = [_gross(line) for line in lines]
    share = least_share(lines, nets, lists)
    margin_amount, margin_share = _margins(view, lines, nets)
    return _Worst(
        net=_whole(nets, most(lines, nets), quote.currency),
        gross=max(quote.gross_estimate, _whole(grosses, most(lines, grosses), quote.currency)),
        discount_fraction=_NONE if share is None else _rounded(1 - share, _PLACES),
        margin=margin_amount,
        margin_fraction=margin_share,
    )


def _margins(
    view: QuoteView, lines: Sequence[QuoteLine], nets: Sequence[Decimal]
) -> tuple[Decimal | None, Decimal | None]:
    """The least margin and its least share of the net; None where a cost is not known."""
    margins = []
    for each in view.lines:
        if each.margin is None or not each.margin.complete:
            return None, None
        margins.append(ARITHMETIC.subtract(each.line.net_amount, each.margin.cost.amount))
    least = _whole(margins, most(lines, [-one for one in margins]), view.quote.currency)
    share = least_share(lines, margins, nets)
    return least, _NONE if share is None else _rounded(share, 4)


def _whole(amounts: Sequence[Decimal], taken: Iterable[int], currency: str) -> Decimal:
    total = sum((amounts[at] for at in taken), start=_NONE)
    return Money(total, currency).round().amount


def _rounded(share: Fraction, places: int) -> Decimal:
    quotient = ARITHMETIC.divide(Decimal(share.numerator), Decimal(share.denominator))
    return round_to(quotient, places)


def _gross(line: QuoteLine) -> Decimal:
    return ARITHMETIC.multiply(line.net_amount, ARITHMETIC.add(Decimal(1), line.tax_rate))


def _line(view: LineView) -> DealLine:
    line = view.line
    variables: dict[Variable, Value] = {
        Variable.LINE_NET: line.net_amount,
        Variable.LINE_DISCOUNT_FRACTION: line.discount_fraction,
        Variable.LINE_MANUAL_DISCOUNT: _manual(line),
        Variable.LINE_MARGIN_FRACTION: view.margin.fraction if view.margin else None,
        Variable.LINE_QUANTITY: line.quantity,
        Variable.LINE_TERM_MONTHS: _months(view),
        Variable.LINE_SKU: line.sku,
        Variable.LINE_CATEGORY: line.category,
        Variable.LINE_STOCK: view.stock.verdict if view.stock else None,
    }
    return DealLine(line.key, variables, line.sku)


def _manual(line: QuoteLine) -> Decimal:
    """What the seller takes off by hand: the discount, and what a ramp lets the price fall by."""
    fallen = min(line.uplift or _NONE, _NONE)
    if not fallen:
        return line.discount
    left = ARITHMETIC.multiply(
        ARITHMETIC.subtract(Decimal(1), line.discount), ARITHMETIC.add(Decimal(1), fallen)
    )
    return round_to(ARITHMETIC.subtract(Decimal(1), left), _PLACES)


def _longest(lines: Sequence[LineView]) -> Decimal:
    """The segments of a ramp are one term."""
    found: dict[str, Decimal] = {}
    for view in lines:
        at = view.line.ramp or view.line.key
        found[at] = ARITHMETIC.add(found.get(at, _NONE), _months(view))
    return max(found.values(), default=_NONE)


def _months(view: LineView) -> Decimal:
    line = view.line
    if line.start_on is None or line.end_on is None:
        return _NONE
    days = Decimal((line.end_on - line.start_on).days + 1)
    return round_to(ARITHMETIC.divide(days, _DAYS_IN_MONTH), 2)


def _discount(lines: Sequence[QuoteLine]) -> Decimal:
    """1 - net / what the lines would cost at list price; lines without one count at their net."""
    net = sum((line.net_amount for line in lines), start=_NONE)
    listed = sum((_listed(line) for line in lines), start=_NONE)
    if not listed:
        return _NONE
    return round_to(ARITHMETIC.subtract(Decimal(1), ARITHMETIC.divide(net, listed)), _PLACES)


def _listed(line: QuoteLine) -> Decimal:
    if line.list_unit_price is None:
        return line.net_amount
    whole = ARITHMETIC.multiply(line.list_unit_price, line.quantity)
    return ARITHMETIC.multiply(whole, line.term_multiplier)
