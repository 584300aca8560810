"""List prices, prices that are shares of others, and costs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from cpq.readers.revenue_cloud.pricing.books import Shelf
from cpq.readers.revenue_cloud.pricing.cells import Cells, Days, amount, days, reading, scope
from cpq.readers.revenue_cloud.pricing.tables import Unread
from cpq.readers.revenue_cloud.sheets import Row, decimal
from servicekit.values import plain

_FORMULAS: Final = (
    re.compile(r"PERCENTAGE\((?P<price>\w+),(?P<hundredths>[0-9.]+)\)", re.IGNORECASE),
    re.compile(r"(?P<price>[A-Za-z]\w*)\*(?P<fraction>[0-9.]+)"),
    re.compile(r"(?P<fraction>[0-9.]+)\*(?P<price>[A-Za-z]\w*)"),
)
"""A share of one price, without spaces."""
_PRICES: Final = {
    "totalprice": ("net", False),
    "netunitprice": ("net", True),
    "listprice": ("list", True),
    "unitprice": ("list", True),
}
"""Prices of a contributing line that a formula may name: net or listed, and whether of one unit."""
_ONE, _HUNDRED = Decimal(1), Decimal(100)

Case = tuple[str, str, str | None, str]
"""A price book's name, a product, a selling model, a currency."""


@dataclass(frozen=True, slots=True)
class _Formula:
    """A share of one price of the contributing lines."""

    fraction: Decimal
    basis: str
    per_unit: bool


@dataclass(slots=True)
class _Share:
    """Rows that derive one price."""

    book: Row
    place: str
    days: Days
    formula: _Formula
    contributors: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Lists:
    """Reads what products cost, and what they cost us."""

    cells: Cells
    shelf: Shelf
    priced: set[Case] = field(default_factory=set)
    """Cases with a price, listed or derived."""
    _derived: set[Case] = field(default_factory=set)

    def read(self) -> None:
        """Reads the tables, in the order in which they refer to each other."""
        self._read_derived()
        for row in self.cells.tables.rows("PricebookEntry"):
            with reading(row, self.cells.findings):
                self._entry(row)
        self._read_costs()

    # ---- list prices

    def _entry(self, row: Row) -> None:
        cells, shelf = self.cells, self.shelf
        book = shelf.of(row, "Pricebook2", "Pricebook")
        sku, model, currency = cells.sold(row), cells.model(row), cells.code(row)
        price = amount(row, "UnitPrice")
        case = (shelf.named(book), sku, model, currency)
        if not row.flag("IsActive", otherwise=True):
            cells.findings.noted("IsActive", row.place, f"The price of {sku} is not active.")
            return
        if row.flag("IsDerived"):
            if case not in self._derived:
                raise Unread("IsDerived", f"No row that is read says what {sku} is derived from.")
            if price:
                cells.findings.changed(
                    "UnitPrice", row.place, f"{plain(price)} beside a derived price is not used."
                )
            return
        self.priced.add(case)
        shelf.book(book).add(
            row.place,
            sku,
            model,
            currency,
            kind="list",
            unit_price=plain(price),
            **scope(sku=sku, selling_model=model, currency=currency, price_book=shelf.scope(book)),
            **shelf.days(book).written(),
        )

    # ---- derived prices

    def _read_derived(self) -> None:
        """Rows for one case and the same days are one share of all that they name."""
        shares: dict[tuple[Case, Days], _Share] = {}
        for row in self.cells.tables.rows("PricebookEntryDerivedPrice"):
            with reading(row, self.cells.findings):
                self._contributor(row, shares)
        for (case, _), one in shares.items():
            _, sku, model, currency = case
            self._derived.add(case)
            self.priced.add(case)
            self.shelf.book(one.book).add(
                one.place,
                sku,
                model,
                currency,
                "derived",
                kind="derived",
                fraction=plain(one.formula.fraction),
                basis=one.formula.basis,
                per_unit=one.formula.per_unit,
                within="quote",
                contributors=sorted(one.contributors),
                **scope(
                    sku=sku,
                    selling_model=model,
                    currency=currency,
                    price_book=self.shelf.scope(one.book),
                ),
                **one.days.written(),
            )

    def _contributor(self, row: Row, shares: dict[tuple[Case, Days], _Share]) -> None:
        cells = self.cells
        book = self.shelf.of(row, "Pricebook", "PriceBook", "Pricebook2")
        sku = cells.sold(row, ("Product", "Product2"))
        model, currency = cells.model(row), cells.code(row)
        formula = self._formula(row)
        source = row["PricingSource"].lower()
        contributor = None
        if source in ("", "product"):
            contributor = cells.sold(row, ("ContributingProduct",))
        elif source != "header":
            raise Unread("PricingSource", f"{row['PricingSource']!r} is no part of a document.")
        held = days(row).within(self.shelf.days(book))
        reach = row["DerivedPricingScope"].lower()
        if reach == "nontransactional":
            raise Unread("DerivedPricingScope", "What a customer has already is no line.")
        if reach == "both":
            cells.findings.changed(
                "DerivedPricingScope",
                row.place,
                "It counts the lines of the document, and nothing that the customer has already.",
            )
        case = (self.shelf.named(book), sku, model, currency)
        share = shares.setdefault((case, held), _Share(book, row.place, held, formula))
        if share.formula != formula:
            raise Unread("Formula", f"Another contributor has another one ({share.place}).")
        # A price that is derived from everything names nothing.
        if contributor is None and share.contributors:
            raise Unread("PricingSource", f"{share.place} derives it from single products.")
        if contributor is not None:
            share.contributors.add(contributor)

    def _formula(self, row: Row) -> _Formula:
        said = "".join(row["Formula"].split())
        found = next((match for one in _FORMULAS if (match := one.fullmatch(said))), None)
        if found is None:
            raise Unread("Formula", f"{row['Formula']!r} is no share of one price.")
        price = found["price"]
        if price.lower() not in _PRICES:
            raise Unread("Formula", f"{price} is no price of a line.")
        parts = found.groupdict()
        written = parts.get("fraction") or parts.get("hundredths") or ""
        fraction = decimal(written)
        if fraction is not None and "hundredths" in parts:
            fraction /= _HUNDRED
        if fraction is None or not 0 <= fraction <= _ONE:
            raise Unread("Formula", f"{written} is no share.")
        basis, per_unit = _PRICES[price.lower()]
        if price.lower() == "unitprice":
            self.cells.findings.changed(
                "Formula", row.place, "UnitPrice is taken as the list price of a unit."
            )
        self.cells.findings.noted(
            "Formula", row.place, f"{price} is that of one period; the line's own term is due."
        )
        return _Formula(fraction, basis, per_unit)

    # ---- costs

    def _read_costs(self) -> None:
        tables = self.cells.tables
        used: dict[str, list[Row]] = {}
        for book in self.shelf.rows:
            with reading(book, self.cells.findings):
                found = tables.one(book, "CostBook", "CostBook")
                if found is not None:
                    used.setdefault(found.place, []).append(book)
        for row in tables.rows("CostBookEntry"):
            with reading(row, self.cells.findings):
                self._cost(row, used)

    def _cost(self, row: Row, used: dict[str, list[Row]]) -> None:
        cells, shelf = self.cells, self.shelf
        costs = cells.tables.one(row, "CostBook", "CostBook")
        if costs is None:
            raise Unread("CostBook", "The row names no cost book.")
        name = costs.first("Name", "Id")
        users = used.get(costs.place, [])
        sku, currency, cost = cells.sold(row), cells.code(row), amount(row, "Cost")
        held = days(row).within(days(costs))
        whose: Iterator[str | None] = iter((None,))
        if shelf.several and users:
            whose = (shelf.named(book) for book in users)
        elif not users and not costs.flag("IsDefault"):
            raise Unread("CostBook", f"No price book has the costs of {name}.")
        book = shelf.get(name, active=True)
        for one in whose:
            book.add(
                row.place,
                "cost",
                sku,
                currency,
                one,
                kind="cost",
                unit_price=plain(cost),
                **scope(sku=sku, currency=currency, price_book=one),
                **held.written(),
            )
