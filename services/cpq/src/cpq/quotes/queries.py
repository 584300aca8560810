"""Reading a quote with the facts beside it, in a constant number of statements."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from cpq.facts.deals import (
    NOT_STOCKED,
    CreditView,
    Margin,
    StockView,
    credit_after,
    margin_of,
    promise_for,
)
from cpq.projections import queries as known
from cpq.projections.queries import Costs, Credit, Stock
from cpq.quotes.models import Quote, QuoteLine, QuoteOrder, SentOffer
from cpq.quotes.rules import QuoteIsNotSent, QuoteNotFound, Status
from servicekit.values import Money, round_together


@dataclass(frozen=True, slots=True)
class LineView:
    """A line, what it earns and whether it can be promised."""

    line: QuoteLine
    shown_amount: Money
    """The net amount rounded so that the lines sum to the quote's net."""
    margin: Margin | None
    costs: Costs | None
    stock: StockView | None
    stock_fact: Stock | None


@dataclass(frozen=True, slots=True)
class QuoteView:
    """A quote with everything that helps to decide on it."""

    quote: Quote
    lines: Sequence[LineView]
    margin: Margin | None
    credit: CreditView | None
    credit_fact: Credit | None
    order: QuoteOrder | None


async def quote_view(
    session: AsyncSession, quote: Quote, *, today: date, lines: Sequence[QuoteLine] | None = None
) -> QuoteView:
    """The quote with its lines, margin, credit, stock promise and order: five statements at most.

    `lines` saves reading what the caller has just written.
    """
    if lines is None:
        lines = await lines_of(session, quote.id)
    items = {line.item_id for line in lines}
    costs = await known.costs(session, items)
    stocks = await known.stocks(session, items)
    credit = known.account_at(
        await known.credits_of(session, quote.customer_id), quote.selling_company_id
    )
    order = None
    if quote.status == Status.ACCEPTED:
        order = await session.scalar(select(QuoteOrder).where(QuoteOrder.quote_id == quote.id))
    company = quote.selling_company_id or (credit.company_id if credit else None)
    unit_costs = [
        _unit_cost(costs.get(line.item_id), quote.priced_on, quote.currency, company)
        for line in lines
    ]
    asked_for = max(quote.requested_on or today, today)
    shown = round_together([Money(line.net_amount, quote.currency) for line in lines])
    return QuoteView(
        quote=quote,
        lines=[
            LineView(
                line=line,
                shown_amount=amount,
                margin=margin_of([(line.net_amount, line.quantity, cost)], quote.currency),
                costs=costs.get(line.item_id),
                stock=_stock(line, stocks.get(line.item_id), asked_for),
                stock_fact=stocks.get(line.item_id),
            )
            for line, cost, amount in zip(lines, unit_costs, shown, strict=True)
        ],
        margin=margin_of(
            [
                (line.net_amount, line.quantity, cost)
                for line, cost in zip(lines, unit_costs, strict=True)
            ],
            quote.currency,
        ),
        credit=None
        if credit is None
        else credit_after(
            state=credit.state,
            currency=credit.currency,
            headroom=credit.headroom,
            gross=Money(quote.gross_estimate, quote.currency),
            counted_already=order is not None and order.status not in ("rejected", "cancelled"),
        ),
        credit_fact=credit,
        order=order,
    )


async def lines_of(session: AsyncSession, quote_id: UUID) -> Sequence[QuoteLine]:
    """The lines of a quote in their order."""
    found = await session.scalars(
        select(QuoteLine).where(QuoteLine.quote_id == quote_id).order_by(QuoteLine.position)
    )
    return found.all()


async def sent_offer(session: AsyncSession, quote_id: UUID) -> SentOffer:
    """The bytes that were sent. Raises `QuoteNotFound`, `QuoteIsNotSent`."""
    offer = await session.scalar(
        select(SentOffer)
        .where(SentOffer.quote_id == quote_id)
        .order_by(SentOffer.revision.desc())
        .limit(1)
    )
    if offer is not None:
        return offer
    number = await session.scalar(select(Quote.number).where(Quote.id == quote_id))
    if number is None:
        raise QuoteNotFound(f"no quote {quote_id}")
    raise QuoteIsNotSent(f"quote {number} was never sent")


def _unit_cost(
    costs: Costs | None, day: date, currency: str, company: UUID | None
) -> Decimal | None:
    found = costs.on(day, currency, company) if costs else None
    return None if found is None else found.amount


def _stock(line: QuoteLine, stock: Stock | None, asked_for: date) -> StockView | None:
    if not line.stocked:
        return NOT_STOCKED
    if stock is None:
        return None
    return promise_for(
        available=stock.available_on(asked_for),
        asked_for=asked_for,
        first_day=stock.first_day_for(line.quantity, not_before=asked_for),
    )
