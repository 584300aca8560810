"""What a remembered fact means on a day, and how old it is."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TypeVar
from uuid import UUID

from servicekit.values import Money, Period

Dated = TypeVar("Dated", "ListPrice", "Cost")


@dataclass(frozen=True, slots=True)
class Source:
    """The event a fact came from."""

    event_id: UUID
    event_type: str
    sequence: int
    as_of: datetime
    """The instant for which the producer states the fact (UTC)."""

    def age_seconds(self, now: datetime) -> int:
        """Whole seconds since the fact was stated; never negative, whatever the clocks say."""
        return max(0, int((now - self.as_of).total_seconds()))


@dataclass(frozen=True, slots=True)
class Customer:
    """A customer, as far as a quote needs it."""

    customer_id: UUID
    number: str
    name: str
    tier: str
    currency: str | None
    country: str | None
    active: bool
    external_reference: str | None
    source: Source


@dataclass(frozen=True, slots=True)
class Credit:
    """What a customer owes one company, in the account's currency."""

    account_id: UUID
    customer_id: UUID
    company_id: UUID
    credit_limit: Money | None
    exposure: Money
    overdue: Money
    headroom: Money | None
    state: str
    payment_terms_days: int
    source: Source

    @property
    def currency(self) -> str:
        """The account's currency; it has one with and without a limit."""
        return self.exposure.currency


@dataclass(frozen=True, slots=True)
class Item:
    """An item, as far as a quote needs it."""

    item_id: UUID
    sku: str
    name: str
    unit: str
    quantity_places: int | None
    """Decimal places that a quantity may have; None: the ERP has not said so yet."""
    category: str | None
    tax_category: str
    stocked: bool
    may_be_quoted: bool
    external_reference: str | None
    source: Source


@dataclass(frozen=True, slots=True)
class ListPrice:
    """A list price per unit and the days on which it holds."""

    unit_price: Money
    unit: str
    period: Period


@dataclass(frozen=True, slots=True)
class ListPrices:
    """All list prices of an item."""

    prices: Sequence[ListPrice]
    source: Source

    def on(self, day: date, currency: str) -> ListPrice | None:
        """The price in the currency on that day; of several, the one that began last."""
        return _newest(
            (
                price
                for price in self.prices
                if price.unit_price.currency == currency and day in price.period
            ),
        )


@dataclass(frozen=True, slots=True)
class Cost:
    """What a unit costs a company, and the days on which that holds."""

    company_id: UUID
    unit_cost: Money
    period: Period


@dataclass(frozen=True, slots=True)
class Costs:
    """All standard costs of an item."""

    costs: Sequence[Cost]
    source: Source

    def on(self, day: date, currency: str, company_id: UUID | None) -> Money | None:
        """The unit cost on that day, of the company if one is named.

        Only a cost in the quote's own currency answers: margin across currencies would need a
        rate that nobody has stated.
        """
        found = _newest(
            cost
            for cost in self.costs
            if cost.unit_cost.currency == currency
            and day in cost.period
            and company_id in (None, cost.company_id)
        )
        return None if found is None else found.unit_cost


@dataclass(frozen=True, slots=True)
class CompanyRate:
    """What a company charges on a tax category, and the days on which that holds."""

    category: str
    rate: Decimal
    """A fraction: 0.19 is 19 %."""
    period: Period


@dataclass(frozen=True, slots=True)
class CompanyTax:
    """All rates of a company, which its invoices are taxed by."""

    company_id: UUID
    country: str
    is_default: bool
    rates: Sequence[CompanyRate]
    source: Source

    def on(self, day: date, category: str) -> Decimal | None:
        """The rate of a category on a day; None: the company cannot invoice it then."""
        return next(
            (one.rate for one in self.rates if one.category == category and day in one.period),
            None,
        )


def seller_of(taxes: Sequence[CompanyTax], company_id: UUID | None) -> CompanyTax | None:
    """The company that sells: the one that is named, else the default one; None: not known."""
    for one in taxes:
        if one.company_id == company_id or (company_id is None and one.is_default):
            return one
    return None


@dataclass(frozen=True, slots=True)
class Promise:
    """What is available to promise from a day on."""

    on: date
    available: Decimal


@dataclass(frozen=True, slots=True)
class Stock:
    """What can be promised of an item, in its unit."""

    unit: str
    on_hand: Decimal
    available: Decimal
    promises: Sequence[Promise]
    source: Source

    def available_on(self, day: date) -> Decimal:
        """Available to promise on that day: the last promise that has begun, else what is free."""
        begun = [promise for promise in self.promises if promise.on <= day]
        return max(begun, key=lambda promise: promise.on).available if begun else self.available

    def first_day_for(self, quantity: Decimal, *, not_before: date) -> date | None:
        """The first day from `not_before` on which the quantity can be promised, if any."""
        if self.available_on(not_before) >= quantity:
            return not_before
        return min(
            (p.on for p in self.promises if p.on > not_before and p.available >= quantity),
            default=None,
        )


def _newest(candidates: Iterable[Dated]) -> Dated | None:
    return max(candidates, key=lambda dated: dated.period.start, default=None)


def account_at(accounts: Sequence[Credit], company_id: UUID | None) -> Credit | None:
    """The account at the selling company; if none is named, the one that was opened first."""
    return next((each for each in accounts if company_id in (None, each.company_id)), None)
