"""Summing a rehearsal up, quote by quote: the same whatever their order, and flat in memory."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from uuid import UUID

from cpq.rehearsals.rules.outcomes import (
    NOTHING,
    UNMOVED,
    CurrencyTotal,
    CustomerTotal,
    ItemKey,
    ItemTotal,
    QuoteOutcome,
    Reason,
    RuleTotal,
    Sides,
    Sort,
    UnpricedQuote,
    by_difference,
    rules_by_difference,
)
from servicekit.values.decimals import ARITHMETIC


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What past quotes would have cost; each list in an order of its own that never changes."""

    totals: tuple[CurrencyTotal, ...]
    quotes: tuple[QuoteOutcome, ...]
    customers: tuple[CustomerTotal, ...]
    items: tuple[ItemTotal, ...]
    rules: tuple[RuleTotal, ...]
    unpriced: tuple[UnpricedQuote, ...]

    @property
    def rows(self) -> int:
        """How many rows it has."""
        lists = (self.quotes, self.customers, self.items, self.rules, self.unpriced)
        return sum(map(len, lists))

    def ordered(self, sort: Sort) -> Rehearsal:
        """The same, by difference."""
        return Rehearsal(
            self.totals,
            tuple(by_difference(self.quotes, sort)),
            tuple(by_difference(self.customers, sort)),
            tuple(by_difference(self.items, sort)),
            tuple(rules_by_difference(self.rules, sort)),
            self.unpriced,
        )


@dataclass(slots=True)
class _Sum:
    quotes: int = 0
    changed: int = 0
    dearer: int = 0
    cheaper: int = 0
    net: Sides = UNMOVED
    gross: Sides = UNMOVED
    unpriced: int = 0
    quoted: Decimal = NOTHING
    newest: QuoteOutcome | None = None

    def add(self, outcome: QuoteOutcome) -> None:
        self.quotes += 1
        self.changed += outcome.changed
        self.dearer += outcome.net.difference > 0
        self.cheaper += outcome.net.difference < 0
        self.net, self.gross = self.net.plus(outcome.net), self.gross.plus(outcome.gross)
        if self.newest is None or _age(self.newest) < _age(outcome):
            self.newest = outcome


@dataclass(slots=True)
class _OfItem:
    quotes: int = 0
    changed: int = 0
    net: Sides = UNMOVED


@dataclass(slots=True)
class Tally:
    """What has been summed up so far."""

    _quotes: list[QuoteOutcome] = field(default_factory=list)
    _unpriced: list[UnpricedQuote] = field(default_factory=list)
    _currencies: dict[str, _Sum] = field(default_factory=dict)
    _customers: dict[tuple[UUID, str], _Sum] = field(default_factory=dict)
    _items: dict[tuple[ItemKey, str], _OfItem] = field(default_factory=dict)
    _rules: dict[tuple[str, str, str, str], tuple[int, Decimal]] = field(default_factory=dict)

    def add(
        self,
        outcome: QuoteOutcome,
        items: Mapping[ItemKey, Sides],
        reasons: Iterable[Reason] = (),
    ) -> None:
        """Count a quote in; `items` are its lines that count, rounded so that they sum to it."""
        self._quotes.append(outcome)
        currency = outcome.currency
        self._currencies.setdefault(currency, _Sum()).add(outcome)
        self._customers.setdefault((outcome.customer_id, currency), _Sum()).add(outcome)
        for item, net in items.items():
            of_item = self._items.setdefault((item, currency), _OfItem())
            of_item.quotes += 1
            of_item.changed += bool(net.difference)
            of_item.net = of_item.net.plus(net)
        for reason in reasons:
            at = (reason.step, reason.rule, reason.version, currency)
            number, difference = self._rules.get(at, (0, NOTHING))
            self._rules[at] = (number + 1, ARITHMETIC.add(difference, reason.difference))

    def refuse(self, quote: UnpricedQuote) -> None:
        """Count a quote that could not be priced; it is in no sum but its own."""
        self._unpriced.append(quote)
        total = self._currencies.setdefault(quote.currency, _Sum())
        total.unpriced += 1
        total.quoted = ARITHMETIC.add(total.quoted, quote.quoted)

    def result(self) -> Rehearsal:
        """Everything, by number, currency and name."""
        return Rehearsal(
            totals=tuple(
                CurrencyTotal(
                    currency, of.quotes, of.changed, of.dearer, of.cheaper, of.net, of.gross,
                    of.unpriced, of.quoted,
                )
                for currency, of in sorted(self._currencies.items())
            ),
            quotes=tuple(sorted(self._quotes, key=lambda one: (one.number, one.quote_id))),
            customers=tuple(
                CustomerTotal(
                    customer_id, of.newest.customer_number, of.newest.customer_name, currency,
                    of.quotes, of.changed, of.net, of.gross,
                )
                for (customer_id, currency), of in sorted(
                    self._customers.items(), key=lambda one: one[0]
                )
                if of.newest is not None
            ),
            items=tuple(
                ItemTotal(item, currency, of.quotes, of.changed, of.net)
                for (item, currency), of in sorted(
                    self._items.items(), key=lambda one: (one[0][0].sku, one[0])
                )
            ),
            rules=tuple(RuleTotal(*at, *made) for at, made in sorted(self._rules.items())),
            unpriced=tuple(sorted(self._unpriced, key=lambda one: (one.number, one.quote_id))),
        )  # fmt: skip


def _age(outcome: QuoteOutcome) -> tuple[object, ...]:
    return (outcome.priced_on, outcome.number, outcome.quote_id)
