"""What single cells of price tables say: SKUs, currencies, days, amounts, changes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from cpq.readers import fitting
from cpq.readers.findings import Findings
from cpq.readers.revenue_cloud.pricing.tables import Tables, Unread
from cpq.readers.revenue_cloud.sheets import Row, decimal
from servicekit.values import plain
from servicekit.values.currencies import CURRENCIES

SKU: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._/+-]{0,63}\Z")
LONGEST_MODEL: Final = 80
PRODUCT: Final = ("Product2", "Product")
"""The names by which rows refer to a product."""
MODEL: Final = "ProductSellingModel"
_FIRST, _LAST = date(1900, 1, 1), date(2200, 12, 31)
_HUNDRED = Decimal(100)
_TIMES = re.compile(r"(.*[+-]\d{2})(\d{2})\Z")


@dataclass(frozen=True, slots=True)
class Days:
    """The days on which something holds: from `first` (None: ever) up to, not including, `end`."""

    first: date | None = None
    end: date | None = None

    def within(self, other: Days) -> Days:
        """The days of both. Raises `Unread` where there are none."""
        firsts = [one for one in (self.first, other.first) if one is not None]
        ends = [one for one in (self.end, other.end) if one is not None]
        found = Days(max(firsts, default=None), min(ends, default=None))
        if found.first and found.end and found.end <= found.first:
            raise Unread("EffectiveTo", "It holds on no day.")
        return found

    def written(self) -> dict[str, str]:
        """As rules of price books say them."""
        found = {"valid_from": self.first, "valid_to": self.end}
        return {name: day.isoformat() for name, day in found.items() if day is not None}


@contextmanager
def reading(row: Row, findings: Findings) -> Iterator[None]:
    """A row that cannot be read is left out, and told by its place and column."""
    try:
        yield
    except Unread as why:
        findings.lost(why.column, row.place, why.because)


def days(row: Row, first: str = "EffectiveFrom", last: str = "EffectiveTo") -> Days:
    """The days from one column to another, by UTC; a day on which something ends counts whole."""
    begins, ends = _moment(row, first), _moment(row, last)
    end = None
    if ends is not None:
        midnight = isinstance(ends, datetime) and not any(
            (ends.hour, ends.minute, ends.second, ends.microsecond)
        )
        end = _day(ends) if midnight else _day(ends) + timedelta(days=1)
    return Days(None if begins is None else _day(begins)).within(Days(end=end))


def _moment(row: Row, column: str) -> date | datetime | None:
    said = row[column]
    if not said:
        return None
    try:
        if len(said) == 10:
            found: date | datetime = date.fromisoformat(said)
        else:
            moment = datetime.fromisoformat(_TIMES.sub(r"\1:\2", said.replace("Z", "+00:00")))
            found = moment.astimezone(UTC) if moment.tzinfo else moment
    except (ValueError, OverflowError):
        raise Unread(column, f"{said!r} is no day and no time.") from None
    if not _FIRST <= _day(found) <= _LAST:
        raise Unread(column, f"{said!r} is before {_FIRST} or after {_LAST}.")
    return found


def _day(moment: date | datetime) -> date:
    return moment.date() if isinstance(moment, datetime) else moment


def number(row: Row, column: str) -> Decimal:
    """A number that must be there. Raises `Unread`."""
    found = optional(row, column)
    if found is None:
        raise Unread(column, "It is empty.")
    return found


def optional(row: Row, column: str) -> Decimal | None:
    """A number, or none. Raises `Unread` for another text."""
    if not row[column]:
        return None
    found = decimal(row[column])
    if found is None:
        raise Unread(column, f"{row[column]!r} is no number that can be meant.")
    return found


def amount(row: Row, column: str) -> Decimal:
    """An amount of money, not below zero. Raises `Unread`."""
    found = number(row, column)
    if found < 0:
        raise Unread(column, f"{row[column]} is below nothing.")
    return found


def change(row: Row, kinds: Iterable[str], value: str) -> dict[str, str]:
    """How a price changes: a discount where the value is above zero, a surcharge below.

    `kinds` are the columns that may say how, the first that does decides: a percentage (15 is
    15 %), an amount off each unit, or a price instead. Raises `Unread`.
    """
    column = next((one for one in kinds if row[one]), "")
    kind = row[column].lower().replace("adjustment", "")
    found = number(row, value)
    if kind == "percentage":
        if found > _HUNDRED:
            raise Unread(value, f"Nobody takes off {plain(found)} %.")
        return {"percent": plain(found / _HUNDRED)}
    if kind == "amount":
        return {"amount": plain(found)}
    if kind == "override":
        return {"unit_price": plain(amount(row, value))}
    raise Unread(column or value, f"{row[column]!r} is no way to change a price.")


@dataclass(slots=True)
class Cells:
    """Reads cells that refer to other tables.

    Attributes:
        currency: of amounts in tables without a currency; None: unknown.
    """

    tables: Tables
    currency: str | None
    _models: dict[str, str] | None = None

    @property
    def findings(self) -> Findings:
        """Where findings go."""
        return self.tables.findings

    def code(self, row: Row) -> str:
        """The currency of a row's amounts, an ISO 4217 code. Raises `Unread`."""
        found = row["CurrencyIsoCode"] or self.currency
        if not found:
            raise Unread("CurrencyIsoCode", "Nothing says the currency of the amount.")
        if found not in CURRENCIES:
            raise Unread("CurrencyIsoCode", f"{found!r} is no currency of ISO 4217.")
        return found

    def product(self, row: Row, bases: Iterable[str] = PRODUCT) -> Row | None:
        """The product that a row is about; None: it is about none, or is told by its SKU alone."""
        for base in bases:
            try:
                found = self.tables.one(row, base, "Product2")
            except Unread:
                if row[f"{base}.StockKeepingUnit"]:
                    return None
                raise
            if found is not None:
                return found
        return None

    def sku(self, row: Row, bases: Iterable[str] = PRODUCT) -> str | None:
        """The SKU of the product that a row is about; None: it is about none. Raises `Unread`."""
        bases = tuple(bases)
        product = self.product(row, bases)
        if product is not None:
            found = product.first("StockKeepingUnit", "ProductCode", "Name", "Id")
        else:
            columns = [f"{base}.StockKeepingUnit" for base in bases]
            found = row.first(*columns)
            if not found:
                return None
            self.findings.noted(
                columns[0], row.place, f"No table has the product {found}; its SKU is kept."
            )
        if not SKU.match(found):
            raise Unread(f"{bases[0]}.StockKeepingUnit", f"{found!r} is no SKU of an item.")
        return found

    def sold(self, row: Row, bases: Iterable[str] = PRODUCT) -> str:
        """The SKU of the product that a row is about. Raises `Unread` where it is about none."""
        bases = tuple(bases)
        found = self.sku(row, bases)
        if found is None:
            raise Unread(f"{bases[0]}.StockKeepingUnit", "The row names no product.")
        return found

    def model(self, row: Row, base: str = MODEL) -> str | None:
        """The key of the selling model that a row names; None: any. Raises `Unread`."""
        found = self.tables.one(row, base, MODEL)
        return None if found is None else self.model_key(found)

    def model_key(self, model: Row) -> str:
        """What a selling model is called: its name, with its type where two have the name."""
        name = model.first("Name", "Id")
        if self._models is None:
            self._models = {}
            for row in self.tables.rows(MODEL, "Name", "SellingModelType"):
                kind = row["SellingModelType"]
                known = self._models.setdefault(row["Name"], kind)
                if kind and known != kind:
                    self._models[row["Name"]] = ""
        ambiguous = self._models.get(name) == "" and model["SellingModelType"]
        said = f"{name} ({model['SellingModelType']})" if ambiguous else name
        return fitting.key(said, LONGEST_MODEL)

    def term(self, row: Row) -> None:
        """The term of an adjustment must be that of its selling model. Raises `Unread`."""
        model = self.tables.one(row, MODEL, MODEL)
        if model is None:
            return
        for column in ("PricingTerm", "PricingTermUnit", "SellingModelType"):
            if row[column] and model[column] and row[column] != model[column]:
                raise Unread(
                    column,
                    f"It is for {row[column]}, and {self.model_key(model)} for {model[column]}.",
                )


def scope(**said: str | None) -> dict[str, Any]:
    """The case of a rule, without what it does not say."""
    return {name: value for name, value in said.items() if value is not None}
