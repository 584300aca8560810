"""How products are sold over time: selling models, proration, ramps.

Amounts are never involved: a price is for one period of its selling model.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from cpq.readers import fitting
from cpq.readers.revenue_cloud.pricing.cells import MODEL, Cells, number, reading
from cpq.readers.revenue_cloud.pricing.tables import Unread
from cpq.readers.revenue_cloud.sheets import Row
from cpq.selling import Proration, SellingKind, SellingModel, TermUnit

KINDS: Final = {
    "onetime": SellingKind.ONE_OFF,
    "termdefined": SellingKind.TERMED,
    "evergreen": SellingKind.EVERGREEN,
}
UNITS: Final = {
    "month": TermUnit.MONTH,
    "months": TermUnit.MONTH,
    "monthly": TermUnit.MONTH,
    "quarter": TermUnit.QUARTER,
    "quarterly": TermUnit.QUARTER,
    "semi-annual": TermUnit.HALF_YEAR,
    "semiannual": TermUnit.HALF_YEAR,
    "annual": TermUnit.YEAR,
    "year": TermUnit.YEAR,
    "yearly": TermUnit.YEAR,
}
LONGEST_TERM: Final = 1200
"""Pricing terms, in units."""


@dataclass(frozen=True, slots=True)
class Way:
    """One of the ways in which a product is sold.

    Attributes:
        sku: the product.
        model: the key of the selling model.
        default: whether it is taken where nobody chooses.
        proration: what a part of a period counts for; None: it is sold once.
    """

    sku: str
    model: str
    default: bool
    proration: Proration | None


@dataclass(frozen=True, slots=True)
class Ramp:
    """A product that may be sold in segments, each with its own quantity and price.

    Attributes:
        sku: the product.
        model: the key of the selling model; None: any.
        unit: how long a segment is; None: whoever sells cuts the term.
    """

    sku: str
    model: str | None
    unit: TermUnit | None


@dataclass(slots=True)
class Ways:
    """Selling models and what belongs to them."""

    cells: Cells
    models: dict[str, SellingModel] = field(default_factory=dict)
    """By key."""
    ways: list[Way] = field(default_factory=list)
    ramps: list[Ramp] = field(default_factory=list)
    prorations: dict[str, Proration] = field(default_factory=dict)
    """By the name of the policy."""

    def read(self) -> None:
        """Reads the tables, in the order in which they refer to each other."""
        tables, findings = self.cells.tables, self.cells.findings
        for row in tables.rows(MODEL, "Name", "SellingModelType"):
            # A table that only repeats the names of another says nothing.
            if row["SellingModelType"] or row.first("Name") not in self.models:
                with reading(row, findings):
                    self._model(row)
        for row in tables.rows("ProrationPolicy", "Name"):
            with reading(row, findings):
                self._policy(row)
        for row in tables.rows("ProductSellingModelOption"):
            with reading(row, findings):
                self._way(row)
        for row in tables.rows("ProductRampSegment"):
            with reading(row, findings):
                self._ramp(row)

    def _model(self, row: Row) -> None:
        key = self.cells.model_key(row)
        kind = KINDS.get(row["SellingModelType"].lower().replace("-", ""))
        if kind is None:
            raise Unread("SellingModelType", f"{key} is sold {row['SellingModelType']!r}.")
        if row["Status"].lower() not in ("", "active"):
            self.cells.findings.noted("Status", row.place, f"{key} is {row['Status']}.")
        if kind is SellingKind.ONE_OFF:
            self.models[key] = SellingModel(key, kind)
            return
        unit = UNITS.get(row["PricingTermUnit"].lower())
        if unit is None:
            raise Unread("PricingTermUnit", f"{key} counts by {row['PricingTermUnit']!r}.")
        count = Decimal(1) if not row["PricingTerm"] else number(row, "PricingTerm")
        if count < 1 or count % 1 or count > LONGEST_TERM:
            raise Unread("PricingTerm", f"{key} is for {row['PricingTerm']} periods.")
        self.models[key] = SellingModel(key, kind, unit, int(count))

    def _policy(self, row: Row) -> None:
        name = row["Name"]
        kind = row["ProrationPolicyType"].lower()
        if kind not in ("", "standardtimeperiods"):
            raise Unread("ProrationPolicyType", f"{name} counts by {row['ProrationPolicyType']!r}.")
        partly = row.flag("ArePartialPeriodsAllowed")
        self.prorations[name] = Proration.PERIOD_DAYS if partly else Proration.NONE
        if row["RemainderStrategy"]:
            self.cells.findings.noted(
                "RemainderStrategy",
                row.place,
                f"{row['RemainderStrategy']}: amounts of periods are not rounded one by one, so"
                " that nothing remains.",
            )

    def _way(self, row: Row) -> None:
        cells = self.cells
        sku, model = cells.sold(row), cells.model(row)
        if model is None:
            raise Unread(MODEL, "The row names no selling model.")
        sold = self.models.get(model)
        if sold is None:
            raise Unread(MODEL, f"{model} is not read.")
        policy = cells.tables.one(row, "ProrationPolicy", "ProrationPolicy")
        proration = None
        if sold.kind is not SellingKind.ONE_OFF:
            proration = Proration.NONE
            if policy is None:
                cells.findings.noted(
                    "ProrationPolicy", row.place, f"{sku} has none: begun periods count whole."
                )
            elif policy["Name"] not in self.prorations:
                raise Unread("ProrationPolicy", f"{policy['Name']} is not read.")
            else:
                proration = self.prorations[policy["Name"]]
        self.ways.append(Way(sku, model, row.flag("IsDefault"), proration))

    def _ramp(self, row: Row) -> None:
        cells = self.cells
        sku, model, kind = cells.sold(row), cells.model(row), row["SegmentType"].lower()
        if kind not in ("yearly", "custom"):
            raise Unread(
                "SegmentType",
                f"{fitting.line(row['SegmentType'])!r} for {row['TrialDuration'] or 'some'}"
                f" {row['DurationType'] or 'time'}: a ramp has segments of whole periods only.",
            )
        self.ramps.append(Ramp(sku, model, TermUnit.YEAR if kind == "yearly" else None))

    def unpriced(self, priced: set[tuple[str, str | None]]) -> None:
        """Finds ways to sell that no price book has a price for."""
        for row in self.cells.tables.rows("ProductSellingModelOption"):
            try:
                sku, model = self.cells.sku(row), self.cells.model(row)
            except Unread:
                continue
            if sku is not None and not {(sku, model), (sku, None)} & priced:
                self.cells.findings.noted(
                    MODEL, row.place, f"{sku} is sold as {model}, and no price book has a price."
                )
