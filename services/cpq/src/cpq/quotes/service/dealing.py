"""A quote as approval rules see it: what it is worth, what it gives away, how old its facts are."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from cpq.approvals.service import Deal, DealLine, Value, Variable
from cpq.quotes.models import QuoteLine
from cpq.quotes.queries import LineView, QuoteView, ages_of
from servicekit.values.decimals import ARITHMETIC, round_to

_NONE = Decimal(0)
_DAYS_IN_MONTH = ARITHMETIC.divide(Decimal(365), Decimal(12))
_PLACES = 10


def deal_of(view: QuoteView, now: datetime) -> Deal:
    """What the quote's policy looks at. What is not known is None, and rules look at it.

    Lines that are not selected are looked at as well, since the customer may take them: the worth
    and the discount are those of the worst selection.
    """
    quote, lines = view.quote, view.lines
    counted = [line for line in lines if line.line.counts]
    more = _more(lines)
    variables: dict[Variable, Value] = {
        Variable.NET: ARITHMETIC.add(quote.net, more),
        Variable.GROSS: ARITHMETIC.add(quote.gross_estimate, more),
        Variable.DISCOUNT_FRACTION: max(_discount(counted), _discount(lines)),
        Variable.LARGEST_MANUAL_DISCOUNT: max(
            (line.line.discount for line in lines), default=_NONE
        ),
        Variable.AGREED_LINES: Decimal(
            sum(line.line.agreed_unit_price is not None for line in lines)
        ),
        Variable.LINE_COUNT: Decimal(len(lines)),
        Variable.LONGEST_TERM_MONTHS: _longest(lines),
        Variable.CURRENCY: quote.currency,
        Variable.TIER: quote.tier,
        Variable.COUNTRY: quote.country,
        Variable.MARGIN: None,
        Variable.MARGIN_FRACTION: None,
        Variable.CREDIT_VERDICT: view.credit.verdict if view.credit else None,
    }
    if view.margin is not None and view.margin.complete:
        variables[Variable.MARGIN] = view.margin.margin.amount
        variables[Variable.MARGIN_FRACTION] = view.margin.fraction or _NONE
    if quote.valid_until is not None:
        variables[Variable.VALIDITY_DAYS] = Decimal((quote.valid_until - now.date()).days)
    if view.credit is None or view.credit.verdict != "no-limit":
        after = view.credit.headroom_after if view.credit else None
        variables[Variable.CREDIT_HEADROOM_AFTER] = after.amount if after else None
    ages = [age.seconds for age in ages_of(view.credit_fact, view.lines, now)]
    if ages:
        hours = ARITHMETIC.divide(Decimal(max(ages)), Decimal(3600))
        variables[Variable.OLDEST_FACT_HOURS] = round_to(hours, 2)
    return Deal(quote.currency, variables, [_line(line) for line in lines])


def _more(lines: Sequence[LineView]) -> Decimal:
    """What the customer could add by their choice, without tax: options, dearer alternatives."""
    sets: dict[str, list[QuoteLine]] = {}
    more = _NONE
    heads = {view.line.alternative_of for view in lines}
    for view in lines:
        line = view.line
        head = line.alternative_of or (line.key if line.key in heads else None)
        if head is not None:
            sets.setdefault(head, []).append(line)
        elif not line.counts:
            more = ARITHMETIC.add(more, line.net_amount)
    for of in sets.values():
        taken = max((line.net_amount for line in of if line.counts), default=_NONE)
        most = max(line.net_amount for line in of)
        more = ARITHMETIC.add(more, ARITHMETIC.subtract(most, taken))
    return round_to(more, 2)


def _line(view: LineView) -> DealLine:
    line = view.line
    variables: dict[Variable, Value] = {
        Variable.LINE_NET: line.net_amount,
        Variable.LINE_DISCOUNT_FRACTION: line.discount_fraction,
        Variable.LINE_MANUAL_DISCOUNT: line.discount,
        Variable.LINE_MARGIN_FRACTION: view.margin.fraction if view.margin else None,
        Variable.LINE_QUANTITY: line.quantity,
        Variable.LINE_TERM_MONTHS: _months(view),
        Variable.LINE_SKU: line.sku,
        Variable.LINE_CATEGORY: line.category,
        Variable.LINE_STOCK: view.stock.verdict if view.stock else None,
    }
    return DealLine(line.key, variables)


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


def _discount(lines: Sequence[LineView]) -> Decimal:
    """1 - net / what the lines would cost at list price; lines without one count at their net."""
    net = listed = _NONE
    for view in lines:
        line = view.line
        net = ARITHMETIC.add(net, line.net_amount)
        if line.list_unit_price is None:
            listed = ARITHMETIC.add(listed, line.net_amount)
            continue
        whole = ARITHMETIC.multiply(line.list_unit_price, line.quantity)
        listed = ARITHMETIC.add(listed, ARITHMETIC.multiply(whole, line.term_multiplier))
    if not listed:
        return _NONE
    return round_to(ARITHMETIC.subtract(Decimal(1), ARITHMETIC.divide(net, listed)), _PLACES)
