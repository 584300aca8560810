"""Reading a quote with the facts beside it, in a constant number of statements."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from cpq.approvals.queries import FactAge, FactFlag, flags_of, policy_now
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
from cpq.projections import queries as known
from cpq.projections.queries import Costs, Credit, Source, Stock
from cpq.quotes.models import KeptOffer, LineRow, Quote, QuoteLine, QuoteOrder
from cpq.quotes.rules import QuoteIsNotSent, QuoteNotFound, Status
from servicekit.uow import ReadSession
from servicekit.values import Money, round_together
from servicekit.values.decimals import ARITHMETIC


@dataclass(frozen=True, slots=True)
class LineView:
    """A line, what it earns and whether it can be promised."""

    line: QuoteLine
    shown_amount: Money
    """The net amount rounded so that the lines sum to the quote's net."""
    margin: Margin | None
    cost_source: Source | None
    """The event of its cost; of several, the one stated longest ago."""
    stock: StockView | None
    stock_source: Source | None


@dataclass(frozen=True, slots=True)
class QuoteView:
    """A quote with everything that helps to decide on it."""

    quote: Quote
    lines: Sequence[LineView]
    margin: Margin | None
    credit: CreditView | None
    credit_fact: Credit | None
    order: QuoteOrder | None
    flags: Sequence[FactFlag]
    """Facts that are older than the policy allows."""


async def quote_view(
    session: AsyncSession,
    quote: Quote,
    *,
    now: datetime,
    lines: Sequence[QuoteLine] | None = None,
) -> QuoteView:
    """The quote with its lines, margin, credit, stock promise and order: six statements at most.

    `lines` saves reading what the caller has just written.
    """
    if lines is None:
        lines = await lines_of(session, quote.id)
    made_of = {line.id: _made_of(line) for line in lines}
    items = {part.item_id for parts in made_of.values() for part in parts}
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
        _line_cost(line, made_of[line.id], costs, quote.priced_on, quote.currency, company)
        for line in lines
    ]
    today = now.date()
    asked_for = max(quote.requested_on or today, today)
    counted = iter(
        round_together([Money(line.net_amount, quote.currency) for line in lines if line.counts])
    )
    shown = [
        next(counted) if line.counts else Money(line.net_amount, quote.currency).round()
        for line in lines
    ]
    views = [
        LineView(
            line=line,
            shown_amount=amount,
            margin=margin_of([(line.net_amount, _units(line), cost)], quote.currency),
            cost_source=oldest(
                [costs[part.item_id].source for part in made_of[line.id] if part.item_id in costs]
            ),
            stock=(promise := _promise(line, made_of[line.id], stocks, asked_for))[0],
            stock_source=promise[1],
        )
        for line, cost, amount in zip(lines, unit_costs, shown, strict=True)
    ]
    policy = await policy_now(session)
    return QuoteView(
        quote=quote,
        lines=views,
        margin=margin_of(
            [
                (line.net_amount, _units(line), cost)
                for line, cost in zip(lines, unit_costs, strict=True)
                if line.counts
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
        flags=flags_of(policy.fact_limits, ages_of(credit, views, now)),
    )


def ages_of(credit: Credit | None, lines: Sequence[LineView], now: datetime) -> list[FactAge]:
    """How old the facts of other services are that a quote shows."""
    found: list[FactAge] = []
    if credit is not None:
        found.append(FactAge("credit", credit.source.age_seconds(now)))
    for line in lines:
        found += _ages_of_line(line, now)
    return found


def _ages_of_line(line: LineView, now: datetime) -> Iterator[FactAge]:
    if line.cost_source is not None:
        yield FactAge("cost", line.cost_source.age_seconds(now), line.line.key)
    if line.stock_source is not None and line.line.stocked:
        yield FactAge("stock", line.stock_source.age_seconds(now), line.line.key)
    if line.line.price_source is not None:
        as_of = datetime.fromisoformat(line.line.price_source["as_of"])
        yield FactAge("price", max(0, int((now - as_of).total_seconds())), line.line.key)


async def makers_of(session: AsyncSession, quote_id: UUID) -> list[str]:
    """Who began a quote, and everybody who changed what it offers."""
    row = await session.execute(
        select(Quote.created_by, Quote.changed_by).where(Quote.id == quote_id)
    )
    created_by, changed_by = row.one()
    return [created_by, *changed_by]


async def lines_of(session: AsyncSession, quote_id: UUID) -> Sequence[QuoteLine]:
    """The lines of a quote in their order, to be read."""
    found = await session.execute(
        select(QuoteLine.__table__)
        .where(QuoteLine.quote_id == quote_id)
        .order_by(QuoteLine.position)
    )
    return [LineRow(**row._mapping) for row in found]  # noqa: SLF001


async def sent_offer(session: AsyncSession, quote_id: UUID) -> KeptOffer:
    """The bytes that were sent. Raises `QuoteNotFound`, `QuoteIsNotSent`."""
    quote = await session.scalar(select(Quote).where(Quote.id == quote_id))
    if quote is None:
        raise QuoteNotFound(f"no quote {quote_id}")
    offer = await session.scalar(
        select(KeptOffer).where(
            KeptOffer.quote_id == quote_id,
            KeptOffer.revision == quote.revision,
            KeptOffer.content_hash == quote.content_hash,
        )
    )
    if offer is None:
        raise QuoteIsNotSent(f"revision {quote.revision} of quote {quote.number} was not sent")
    return offer


@dataclass(frozen=True, slots=True)
class KeptVersion:
    """A revision that was kept."""

    revision: int
    content_hash: str
    label: str | None
    kept_at: datetime | None
    kept_by: str | None


async def kept_versions(reads: ReadSession, quote_id: UUID) -> list[KeptVersion]:
    """The revisions that were kept, the newest first. Raises `QuoteNotFound`."""
    await reads.get(Quote, quote_id)
    found = await reads.session.execute(
        select(
            KeptOffer.revision,
            KeptOffer.content_hash,
            KeptOffer.label,
            KeptOffer.kept_at,
            KeptOffer.kept_by,
        )
        .where(KeptOffer.quote_id == quote_id)
        .order_by(KeptOffer.revision.desc())
    )
    return [KeptVersion(*row) for row in found]


@dataclass(frozen=True, slots=True)
class _Part:
    """An item that one unit of a line consists of."""

    item_id: UUID
    quantity: Decimal
    stocked: bool


def _made_of(line: QuoteLine) -> list[_Part]:
    """The items of a line: its own, and those that it was configured with."""
    if line.configuration is None:
        return [_Part(line.item_id, Decimal(1), line.stocked)]
    return [
        _Part(UUID(part["item_id"]), Decimal(part["quantity"]), part["stocked"])
        for part in line.configuration["parts"]
    ]


def _line_cost(
    line: QuoteLine,
    parts: Sequence[_Part],
    costs: Mapping[UUID, Costs],
    day: date,
    currency: str,
    company: UUID | None,
) -> Decimal | None:
    """What one unit costs in the currency; None while the cost of a part is not known."""
    total = Decimal(line.configuration["own_cost"]) if line.configuration else Decimal(0)
    for part in parts:
        known_costs = costs.get(part.item_id)
        found = known_costs.on(day, currency, company) if known_costs else None
        if found is None:
            return None
        total = ARITHMETIC.add(total, ARITHMETIC.multiply(found.amount, part.quantity))
    return total


def _units(line: QuoteLine) -> Decimal:
    """How many times a unit's cost is spent: over a term, once for each period."""
    return ARITHMETIC.multiply(line.quantity, line.term_multiplier)


def _promise(
    line: QuoteLine, parts: Sequence[_Part], stocks: Mapping[UUID, Stock], asked_for: date
) -> tuple[StockView | None, Source | None]:
    """The promise for a line: that of its item, or the worst of those that it consists of."""
    found: list[tuple[StockView | None, Source | None]] = []
    for part in parts:
        stock = stocks.get(part.item_id)
        needed = ARITHMETIC.multiply(line.quantity, part.quantity)
        found.append((_stock(part, stock, needed, asked_for), stock.source if stock else None))
    return worst_of(found)


def _stock(part: _Part, stock: Stock | None, needed: Decimal, asked_for: date) -> StockView | None:
    if not part.stocked:
        return NOT_STOCKED
    if stock is None:
        return None
    return promise_for(
        available=stock.available_on(asked_for),
        asked_for=asked_for,
        first_day=stock.first_day_for(needed, not_before=asked_for),
    )
