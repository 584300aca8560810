"""Three tables: the offers, the products that each is for, and what the products are called."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from cpq.readers.findings import Findings
from cpq.readers.refusals import FileCannotBeRead
from cpq.readers.revenue_cloud.pricing import Prices
from cpq.readers.revenue_cloud.pricing.cells import SKU
from cpq.readers.revenue_cloud.sheets import Row, Sheet, sheet
from cpq.readers.special_offers.offers import Offer, Unread, needed, offer
from cpq.readers.special_offers.shelving import EVERYBODY, Audience, Shelf

OFFERS: Final = "SpecialOffer.csv"
PAIRS: Final = "SpecialOfferProduct.csv"
PRODUCTS: Final = "Product.csv"
_COLUMNS: Final = {
    OFFERS: (
        "SpecialOfferID", "DiscountPct", "Category", "StartDate", "EndDate", "MinQty", "MaxQty",
    ),
    PAIRS: ("SpecialOfferID", "ProductID"),
    PRODUCTS: ("ProductID", "ProductNumber"),
}  # fmt: skip
_TOLD: Final = ("Description", "Type")
"""Columns of offers that decide nothing."""


def read_directory(path: Path, audience: Audience = EVERYBODY) -> Prices:
    """The special offers of a folder. Raises `FileCannotBeRead`, `FileIsTooLarge`, OSError."""
    beside = {one.name.lower(): one for one in path.iterdir() if one.is_file()}
    return read(
        {name: beside[name.lower()].read_bytes() for name in _COLUMNS if name.lower() in beside},
        audience,
    )


def read(files: Mapping[str, bytes], audience: Audience = EVERYBODY) -> Prices:
    """The price books of the three files, by their names.

    `audience` says for which customers the offers of a category are. Raises `FileCannotBeRead`,
    also where one of them is missing, `FileIsTooLarge`.
    """
    findings = Findings()
    missing = [name for name in _COLUMNS if name not in files]
    if missing:
        raise FileCannotBeRead(f"{missing[0]}: the file is missing, which special offers need.")
    tables = {name: sheet(files[name], name, findings) for name in _COLUMNS}
    complete = [_complete(tables[name], name, findings) for name in _COLUMNS]
    if not all(complete):
        return Prices(findings=tuple(findings))
    for column in _TOLD:
        if column not in tables[OFFERS].columns:
            findings.noted(column, f"{OFFERS}:1", "The column is missing; rules do not say it.")
    shelf = Shelf(audience, findings)
    offers = _offers(tables[OFFERS], findings)
    products = _Products(tables[PRODUCTS], findings)
    named: dict[str, set[str]] = {one: set() for one in offers}
    unread: dict[str, list[Row]] = {}
    for row in tables[PAIRS]:
        try:
            number = needed(row, "SpecialOfferID")
            if number not in offers:
                raise Unread("SpecialOfferID", f"{OFFERS} has no offer {number!r}.")
            product = needed(row, "ProductID")
            if product in named[number]:
                findings.noted("ProductID", row.place, "The offer names the product twice.")
                continue
            named[number].add(product)
            found = offers[number]
            if found is None:
                unread.setdefault(number, []).append(row)
            elif sku := products.sku(row, product):
                shelf.put(found, sku, row.place)
        except Unread as why:
            findings.lost(why.column, row.place, why.because)
    for number, rows in unread.items():
        findings.lost(
            "SpecialOfferID",
            rows[0].place,
            f"Offer {number} cannot be read, so its {len(rows)} products go without it.",
        )
    for known in _read(offers):
        shelf.tell(known, len(named[known.id]))
    return Prices(books=tuple(shelf.books()), findings=tuple(findings))


def _read(offers: Mapping[str, Offer | None]) -> Iterator[Offer]:
    return (one for one in offers.values() if one is not None)


def _complete(table: Sheet, name: str, findings: Findings) -> bool:
    """Whether a table has its columns; each that it has not is a finding."""
    missing = [one for one in _COLUMNS[name] if one not in table.columns]
    for column in missing:
        findings.lost(column, f"{name}:1", "The column is missing; no offer can be read.")
    return not missing


def _offers(table: Sheet, findings: Findings) -> dict[str, Offer | None]:
    """The offers by their ids; None for one that is there and cannot be read."""
    found: dict[str, Offer | None] = {}
    for row in table:
        number = row["SpecialOfferID"]
        try:
            if number in found:
                raise Unread("SpecialOfferID", f"Offer {number} is there twice; the first counts.")
            found[needed(row, "SpecialOfferID")] = None
            found[number] = offer(row, findings)
        except Unread as why:
            findings.lost(why.column, row.place, why.because)
    return found


class _Products:
    """The SKUs of products; one that has none is a finding when an offer names it."""

    def __init__(self, table: Sheet, findings: Findings) -> None:
        self._table = table
        self._findings = findings

    def sku(self, row: Row, product: str) -> str | None:
        """The SKU of the product that a row names; None: see the findings. Raises `Unread`."""
        found = self._table.find("ProductID", product)
        if len(found) != 1:
            count = "more than one" if found else "no"
            raise Unread("ProductID", f"{PRODUCTS} has {count} product {product!r}.")
        number = found[0]["ProductNumber"]
        if SKU.match(number):
            return number
        why = f"{number!r} is no SKU of an item" if number else "It is empty"
        self._findings.lost(
            "ProductNumber", found[0].place, f"{why}; the product goes without its offers."
        )
        return None
