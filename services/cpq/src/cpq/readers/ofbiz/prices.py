"""Prices of products: of a whole, and of a part in a configuration."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from cpq.readers.findings import Findings
from cpq.readers.ofbiz.entities import Entities, Entity
from cpq.readers.ofbiz.windows import Windows
from servicekit.values.currencies import CURRENCIES

WHOLE: Final = ("PURCHASE", "")
PART: Final = ("COMPONENT_PRICE", "PURCHASE", "")
"""Purposes of prices, the first that a product has counts. Source: `ProductConfigWrapper`."""
EVERYWHERE: Final = ("", "_NA_")
LARGEST: Final = Decimal(10) ** 12
FINEST: Final = -6


@dataclass(slots=True)
class Prices:
    """Default prices of products on the day of the reading, in one currency."""

    entities: Entities
    windows: Windows
    findings: Findings
    currency: str | None
    _known: dict[tuple[str, str], Entity] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for row in self.entities.of("ProductPrice"):
            if self.counts(row):
                key = (row["productId"], row["productPricePurposeId"])
                before = self._known.get(key)
                if before is None or before["fromDate"] <= row["fromDate"]:
                    self._known[key] = row

    def counts(self, row: Entity) -> bool:
        """Whether a price counts at all; what does not is a finding."""
        kind, store = row["productPriceTypeId"], row["productStoreGroupId"]
        if kind not in ("", "DEFAULT_PRICE"):
            self.findings.noted(
                "ProductPrice", row.place, f"A {kind} is not what the configurator counts."
            )
        elif store not in EVERYWHERE:
            self.findings.lost("ProductPrice", row.place, f"It is only for the stores {store}.")
        elif row["customPriceCalcService"]:
            self.findings.lost("customPriceCalcService", row.place, "A program works it out.")
        elif row["productPricePurposeId"] not in PART:
            purpose = row["productPricePurposeId"]
            self.findings.noted("ProductPrice", row.place, f"The purpose {purpose} is another's.")
        elif not self.windows.has_begun(row):
            self.findings.changed(
                "ProductPrice",
                row.place,
                f"It holds from {row['fromDate'][:10]} on; read again then.",
            )
        elif not self.windows.has_ended(row) and self.in_currency(row):
            return True
        return False

    def in_currency(self, row: Entity) -> bool:
        """Whether a price is in the model's currency: the first one that is met, if none is set."""
        unit = row["currencyUomId"]
        if unit not in CURRENCIES:
            self.findings.lost("currencyUomId", row.place, f"{unit!r} is no currency.")
            return False
        self.currency = self.currency or unit
        if unit != self.currency:
            self.findings.changed(
                "currencyUomId", row.place, f"The models are in {self.currency}, not in {unit}."
            )
        return unit == self.currency

    def of(self, product: Entity, purposes: tuple[str, ...]) -> Decimal | None:
        """The price of a product by the first purpose that it has; None, with a finding."""
        for purpose in purposes:
            row = self._known.get((product["productId"], purpose))
            if row is not None:
                return self.amount(row)
        self.findings.changed(
            "ProductPrice",
            product.place,
            f"{product['productId']} has no price; in a configuration it costs nothing.",
        )
        return None

    def amount(self, row: Entity) -> Decimal | None:
        """The amount of a price."""
        found = decimal(row["price"])
        if found is None:
            self.findings.lost("price", row.place, f"{row['price'][:40]!r} is no amount.")
        if row["taxInPrice"] == "Y":
            self.findings.changed("taxInPrice", row.place, "The price counts as one without tax.")
        return found


def decimal(said: str) -> Decimal | None:
    """A number that can be meant; None for anything else."""
    try:
        found = Decimal(said)
    except ArithmeticError:
        return None
    if not found.is_finite() or abs(found) > LARGEST:
        return None
    exponent = int(found.normalize().as_tuple().exponent)
    return found + 0 if exponent >= FINEST else None
