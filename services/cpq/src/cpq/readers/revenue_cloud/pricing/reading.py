"""The prices of a Revenue Cloud data set: books, ways to sell, usage rates, and what is left."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cpq.readers.findings import Finding, Findings
from cpq.readers.revenue_cloud.folders import load
from cpq.readers.revenue_cloud.pricing.adjustments import Adjustments
from cpq.readers.revenue_cloud.pricing.books import Book, Shelf
from cpq.readers.revenue_cloud.pricing.cells import Cells
from cpq.readers.revenue_cloud.pricing.lists import Lists
from cpq.readers.revenue_cloud.pricing.selling import Ramp, Way, Ways
from cpq.readers.revenue_cloud.pricing.tables import Tables, tables
from cpq.readers.revenue_cloud.pricing.usage import Usage, UsageGrant, UsageRate
from cpq.selling import SellingModel
from servicekit.values.currencies import MINOR_UNITS


@dataclass(frozen=True, slots=True)
class Prices:
    """What a data set says of prices.

    Attributes:
        books: documents of price books; those that are not active stay drafts.
        models: selling models, by key.
        ways: how each product is sold.
        ramps: products that may be sold in segments.
        rates: what usage costs.
        grants: usage that comes with products.
        findings: what is not said as the data set says it, by file, line and field.
    """

    books: tuple[Book, ...] = ()
    models: tuple[SellingModel, ...] = ()
    ways: tuple[Way, ...] = ()
    ramps: tuple[Ramp, ...] = ()
    rates: tuple[UsageRate, ...] = ()
    grants: tuple[UsageGrant, ...] = ()
    findings: tuple[Finding, ...] = ()


def read_directory(path: Path, currency: str | None = None) -> Prices:
    """The prices of a folder. Raises `FileCannotBeRead`, `FileIsTooLarge`."""
    return read(load(path), currency)


def read(files: Mapping[str, bytes], currency: str | None = None) -> Prices:
    """The prices among files, by their path in a folder; nothing where there are none.

    `currency` is that of amounts in tables that name none; None: that of the data set's own table
    of currencies. Raises `FileCannotBeRead`, `FileIsTooLarge`.
    """
    findings = Findings()
    found = tables(files, findings)
    if not found:
        return Prices()
    cells = Cells(found, currency or _corporate(found))
    shelf = Shelf(found)
    ways, lists, usage = Ways(cells), Lists(cells, shelf), Usage(cells, shelf)
    ways.read()
    lists.read()
    Adjustments(cells, shelf).read()
    usage.read()
    ways.unpriced({(sku, model) for _, sku, model, _ in lists.priced})
    return Prices(
        books=tuple(shelf.documents()),
        models=tuple(ways.models.values()),
        ways=tuple(ways.ways),
        ramps=tuple(ways.ramps),
        rates=tuple(usage.rates),
        grants=tuple(usage.grants),
        findings=tuple(findings),
    )


def _corporate(found: Tables) -> str | None:
    """The company's own currency, where a table of currencies says it."""
    corporate = None
    for row in found.rows("CurrencyType", "IsoCode"):
        code = row["IsoCode"]
        if row.flag("IsCorporate"):
            corporate = code
        if row["ConversionRate"] and not row.flag("IsCorporate"):
            found.findings.noted(
                "ConversionRate", row.place, f"Prices in {code} are written, never converted."
            )
        places = MINOR_UNITS.get(code)
        if row["DecimalPlaces"] and str(places) != row["DecimalPlaces"]:
            found.findings.changed(
                "DecimalPlaces", row.place, f"{code} has {places} minor units by ISO 4217."
            )
    return corporate
