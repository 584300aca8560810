"""Usage: rate cards as rules of price books, and what is granted beside them.

Rates are per unit of what is used, in a currency or in another resource, such as tokens. A rule of
a price book says what is paid in money; other rates, and those that only change the rate of another
product, are values of `cpq.selling` alone.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from cpq.readers import fitting
from cpq.readers.revenue_cloud.pricing.books import Shelf
from cpq.readers.revenue_cloud.pricing.cells import (
    Cells,
    Days,
    amount,
    change,
    days,
    number,
    optional,
    reading,
    scope,
)
from cpq.readers.revenue_cloud.pricing.tables import Unread
from cpq.readers.revenue_cloud.sheets import Row
from cpq.selling import Graduated, Standard, UsagePrice, UsageTier, Volume, written_usage
from servicekit.values import plain
from servicekit.values.currencies import CURRENCIES

ONE: Final = Decimal(1)
_NOTHING: Final = Decimal(0)
_ACTIVE: Final = ("", "active")
_LONGEST: Final = 64
"""Characters of a resource's key and of a unit."""
_NO_KEY: Final = re.compile(r"[^A-Za-z0-9_.:-]+")
_CARDS: Final = "Rate cards"
"""What the draft is called that has the rates which are not active."""


@dataclass(frozen=True, slots=True)
class Adjusted:
    """Usage up to and with `up_to` (None: all other), and how its rate differs from a base rate."""

    up_to: Decimal | None
    change: tuple[tuple[str, str], ...]
    """One of `percent` (a fraction), `amount` (off the rate) and `unit_price` (instead of it)."""


@dataclass(frozen=True, slots=True)
class UsageRate:
    """What one unit of a resource costs that a product lets a customer use.

    Attributes:
        sku: the product.
        resource: the code of what is used.
        unit: in what it is measured.
        paid_in: the currency of the price, or the unit of the resource that is paid with.
        currency: the ISO 4217 code, if it is paid in money.
        model: the key of the selling model; None: any.
        books: the price books that have the rate.
        price: how usage is rated; None: only relative to the rate of another product.
        relative: without a price: how it changes the rate of what the product is bound to.
        active: whether the data set rates by it now.
    """

    sku: str
    resource: str
    unit: str
    paid_in: str
    currency: str | None
    model: str | None
    books: tuple[str, ...]
    price: UsagePrice | None
    relative: tuple[Adjusted, ...]
    active: bool
    days: Days
    place: str


@dataclass(frozen=True, slots=True)
class UsageGrant:
    """Units of a resource that come with a product, for each period of so many months.

    Attributes:
        committed: whether the customer is bound to take them.
        months: of a period; None: it is counted in days.
    """

    sku: str
    resource: str
    quantity: Decimal
    unit: str
    committed: bool
    months: int | None
    place: str


@dataclass(slots=True)
class _Entries:
    """The entries of one case: its base rate, and the tiers that change it."""

    base: tuple[Row, Decimal] | None = None
    tiered: tuple[Row, str, list[Row]] | None = None


_Case = tuple[str, str, str, str | None]


@dataclass(slots=True)
class Usage:
    """Reads rate cards."""

    cells: Cells
    shelf: Shelf
    rates: list[UsageRate] = field(default_factory=list)
    grants: list[UsageGrant] = field(default_factory=list)

    def read(self) -> None:
        """Reads the tables, in the order in which they refer to each other."""
        tables, findings = self.cells.tables, self.cells.findings
        books = self._books()
        tiers: dict[int, list[Row]] = {}
        for row in tables.rows("RateAdjustmentByTier"):
            with reading(row, findings):
                entry = tables.one(row, "RateCardEntry", "RateCardEntry")
                if entry is None:
                    raise Unread("RateCardEntry", "The row names no entry of a rate card.")
                tiers.setdefault(id(entry), []).append(row)
        cases: dict[_Case, _Entries] = {}
        for row in tables.rows("RateCardEntry"):
            with reading(row, findings):
                self._entry(row, tiers.get(id(row), []), cases)
        for case, entries in cases.items():
            first = entries.tiered or entries.base
            if first is not None:
                with reading(first[0], findings):
                    rate = self._rate(first[0], case, entries, books)
                    self.rates.append(rate)
                    self._shelve(rate, books.get(self._card(first[0]).place, []))
        for row in tables.rows("ProductUsageGrant"):
            with reading(row, findings):
                self._grant(row)
        for row in tables.rows("ProductUsageResource"):
            with reading(row, findings):
                self._used(row)

    def _shelve(self, rate: UsageRate, books: Sequence[Row]) -> None:
        """The rate as a rule of each price book that has it; what is not active, of a draft."""
        if rate.price is None:
            return
        if rate.currency is None:
            self.cells.findings.noted(
                "RateUnitOfMeasure",
                rate.place,
                f"{rate.sku} is paid in {rate.paid_in}: price books have no rule for it.",
            )
            return
        resource = _NO_KEY.sub("-", rate.resource).strip("-_.:")
        if not resource or len(resource) > _LONGEST:
            raise Unread("UsageResource", f"{rate.resource!r} is no key of a resource.")
        for row in books:
            book = self.shelf.book(row) if rate.active else self.shelf.beside(row, _CARDS)
            book.add(
                rate.place,
                rate.sku,
                resource,
                rate.model,
                rate.currency,
                kind="usage",
                resource=resource,
                unit=fitting.name(rate.unit)[:_LONGEST].strip(),
                price=written_usage(rate.price),
                **scope(
                    sku=rate.sku,
                    selling_model=rate.model,
                    currency=rate.currency,
                    price_book=self.shelf.scope(row),
                ),
                **rate.days.within(self.shelf.days(row)).written(),
            )

    def _books(self) -> dict[str, list[Row]]:
        """The price books that have each rate card, by the place of the card."""
        found: dict[str, list[Row]] = {}
        tables = self.cells.tables
        for row in tables.rows("PriceBookRateCard"):
            with reading(row, self.cells.findings):
                card = tables.one(row, "RateCard", "RateCard")
                if card is None:
                    raise Unread("RateCard", "The row names no rate card.")
                book = self.shelf.of(row, "PriceBook", "Pricebook2")
                found.setdefault(card.place, []).append(book)
        for card in tables.rows("RateCard", "Name", "Type"):
            if card.place not in found:
                self.cells.findings.noted(
                    "RateCard", card.place, f"No price book has {card['Name']}."
                )
        return found

    def _card(self, row: Row) -> Row:
        card = self.cells.tables.one(row, "RateCard", "RateCard")
        if card is None:
            raise Unread("RateCard", "The row names no rate card.")
        return card

    def _entry(self, row: Row, tiers: list[Row], cases: dict[_Case, _Entries]) -> None:
        cells = self.cells
        sku, model = cells.sold(row, ("Product", "Product2")), cells.model(row)
        resource, paid = _called(row, "UsageResource"), _called(row, "RateUnitOfMeasure")
        kind = self._card(row).first("Type", "RateCardType").lower()
        entries = cases.setdefault((sku, resource, paid, model), _Entries())
        if kind == "base":
            if entries.base is not None:
                raise Unread("RateCard", f"{entries.base[0].place} has another base rate.")
            entries.base = (row, amount(row, "Rate"))
        elif kind in ("tier", "volume"):
            if entries.tiered is not None:
                raise Unread("RateCard", f"{entries.tiered[0].place} has other tiers.")
            if not tiers:
                raise Unread("RateCard", "No row has tiers of the entry.")
            entries.tiered = (row, kind, tiers)
        else:
            raise Unread("RateCard", f"Rates of a card of the type {kind!r}.")
        if row["Status"].lower() not in _ACTIVE:
            cells.findings.noted("Status", row.place, f"The rate of {sku} is {row['Status']}.")

    def _rate(
        self, row: Row, case: _Case, entries: _Entries, books: dict[str, list[Row]]
    ) -> UsageRate:
        sku, resource, paid, model = case
        base = None if entries.base is None else entries.base[1]
        held = days(row).within(days(self._card(row)))
        price: UsagePrice | None = None
        relative: tuple[Adjusted, ...] = ()
        if entries.tiered is None:
            assert base is not None
            price = Standard(base)
        else:
            adjusted = self._tiers(entries.tiered[2])
            if base is None and any(one.change[0][0] != "unit_price" for one in adjusted):
                relative = tuple(adjusted)
                self.cells.findings.changed(
                    "Rate",
                    row.place,
                    f"{sku} has no rate of its own: its tiers change that of what it is bound to.",
                )
            else:
                tiers = tuple(_tier(one, base) for one in adjusted)
                price = Graduated(tiers)
                if entries.tiered[1] == "volume":
                    price = Volume(tiers)
                    self._edges(entries.tiered[2])
        return UsageRate(
            sku=sku,
            resource=resource,
            unit=_called(row, "DefaultUnitOfMeasure", resource),
            paid_in=paid,
            currency=paid if paid in CURRENCIES else None,
            model=model,
            books=tuple(map(self.shelf.named, books.get(self._card(row).place, ()))),
            price=price,
            relative=relative,
            active=row["Status"].lower() in _ACTIVE,
            days=held,
            place=row.place,
        )

    def _tiers(self, rows: Sequence[Row]) -> list[Adjusted]:
        """Tiers that follow on one another from the first unit; what none covers has no change."""
        found: list[Adjusted] = []
        below = _NOTHING
        bands = sorted(rows, key=lambda row: number(row, "LowerBound"))
        shared = _shared(bands)
        for row in bands:
            lower, upper = number(row, "LowerBound"), optional(row, "UpperBound")
            said = tuple(change(row, ("AdjustmentType",), "AdjustmentValue").items())
            if upper is not None and upper <= max(lower, below):
                raise Unread("UpperBound", f"Nothing is between {plain(lower)} and {plain(upper)}.")
            if found and (found[-1].up_to is None or lower < below):
                raise Unread("LowerBound", f"Another tier has {plain(lower)} ({row.place}).")
            if lower > below + ONE:
                found.append(Adjusted(lower if shared else lower - ONE, _UNCHANGED))
            found.append(Adjusted(upper, said))
            below = upper if upper is not None else below
        if found[-1].up_to is not None:
            found.append(Adjusted(None, _UNCHANGED))
        return found

    def _edges(self, rows: Sequence[Row]) -> None:
        """Finds bounds at which all units would have the rate of the next tier."""
        for row in rows:
            if row["UpperBound"] and _shared(rows):
                self.cells.findings.changed(
                    "UpperBound",
                    row.place,
                    f"Exactly {row['UpperBound']} units have this rate, not that of the next tier.",
                )

    def _used(self, row: Row) -> None:
        """A resource that a product lets a customer use: something must say what it costs."""
        sku, resource = self.cells.sold(row), _called(row, "UsageResource")
        known = {(one.sku, one.resource) for one in self.rates}
        known |= {(one.sku, one.resource) for one in self.grants}
        if (sku, resource) not in known:
            self.cells.findings.noted(
                "UsageResource", row.place, f"{sku} uses {resource}, and no rate card has a rate."
            )

    def _grant(self, row: Row) -> None:
        cells = self.cells
        uses = "ProductUsageResource"
        sku = row.first(f"{uses}.Product.StockKeepingUnit", f"{uses}.Product2.StockKeepingUnit")
        resource = row.first(f"{uses}.UsageResource.Code", f"{uses}.UsageResource.Name")
        if not sku or not resource:
            raise Unread(uses, "The row names no product and resource.")
        term, unit = optional(row, "ValidityPeriodTerm"), row["ValidityPeriodUnit"].lower()
        months = {"month": 1, "months": 1, "year": 12, "years": 12}.get(unit)
        if term is None or term % 1 or term < 1 or months is None:
            raise Unread("ValidityPeriodUnit", f"A grant for {row['ValidityPeriodTerm']} {unit}.")
        for column in ("RenewalPolicy.Code", "RolloverPolicy.Code", "DrawdownOrder"):
            if row[column]:
                cells.findings.noted(
                    column, row.place, f"{row[column]}: a grant is counted for one period."
                )
        self.grants.append(
            UsageGrant(
                sku=sku,
                resource=resource,
                quantity=amount(row, "Quantity"),
                unit=row.first("UnitOfMeasure.UnitCode", "UnitOfMeasure.Name"),
                committed=row["Type"].lower() == "commit",
                months=int(term) * months,
                place=row.place,
            )
        )


_UNCHANGED: Final = (("percent", "0"),)


def _shared(rows: Sequence[Row]) -> bool:
    """Whether a tier ends where another begins; else it ends with its last whole unit."""
    uppers = {optional(row, "UpperBound") for row in rows}
    return any(number(row, "LowerBound") in uppers for row in rows)


def _tier(one: Adjusted, base: Decimal | None) -> UsageTier:
    """A tier with its rate; what changes nothing has the base rate."""
    ((kind, said),) = one.change
    value = Decimal(said)
    if kind == "unit_price":
        return UsageTier(one.up_to, value)
    assert base is not None
    rate = base * (1 - value) if kind == "percent" else base - value
    return UsageTier(one.up_to, max(rate, _NOTHING))


def _called(row: Row, base: str, otherwise: str = "") -> str:
    """What a row calls a resource or a unit. Raises `Unread`."""
    found = row.first(f"{base}.UnitCode", f"{base}.Code", f"{base}.Name", f"{base}Id") or otherwise
    if not found:
        raise Unread(base, "The row does not say it.")
    return found
