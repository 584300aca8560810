"""Price adjustment schedules: by attribute, inside a bundle, by volume."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from cpq.configuration.model import Attribute, AttributeType
from cpq.readers import fitting
from cpq.readers.findings import Findings
from cpq.readers.revenue_cloud.attributes import Attributes
from cpq.readers.revenue_cloud.kinds import days as days_since_1970
from cpq.readers.revenue_cloud.pricing.books import Book, Shelf
from cpq.readers.revenue_cloud.pricing.cells import (
    Cells,
    Days,
    change,
    days,
    number,
    optional,
    reading,
    scope,
)
from cpq.readers.revenue_cloud.pricing.tables import Unread
from cpq.readers.revenue_cloud.sheets import Relations, Row, decimal
from servicekit.values import plain

OPERATORS: Final = {
    "equals": "eq",
    "notequals": "ne",
    "lessthan": "lt",
    "lessthanorequals": "lte",
    "greaterthan": "gt",
    "greaterthanorequals": "gte",
}
METHODS: Final = {"": "range", "range": "range", "slab": "slab"}
ONE: Final = Decimal(1)
_ADJUSTED = ("AdjustmentType",)


@dataclass(frozen=True, slots=True)
class _Schedule:
    """What a row of an adjustment is given in: its document, its case, its days."""

    row: Row
    name: str
    book: Book
    price_book: str | None
    days: Days


@dataclass(frozen=True, slots=True)
class _Tier:
    row: Row
    lower: Decimal
    upper: Decimal | None
    change: dict[str, str]


class Adjustments:
    """Reads the rows of schedules. What is in a schedule that is not active stays a draft."""

    def __init__(self, cells: Cells, shelf: Shelf) -> None:
        self.cells = cells
        self.shelf = shelf
        folder = cells.tables.described()
        # The catalogue's reader has told of everything that is odd about attributes.
        self._attributes = Attributes(folder, Relations(Findings()))
        self._of_rules: dict[int, list[Row]] = {}

    def read(self) -> None:
        """Reads the three kinds of adjustments."""
        findings, tables = self.cells.findings, self.cells.tables
        for row in tables.rows("PriceAdjustmentSchedule", "Name"):
            if not row.flag("IsActive"):
                findings.noted(
                    "IsActive",
                    row.place,
                    f"{row['Name']} is not active: what it gives is a draft of its own.",
                )
        for row in tables.rows("AttributeAdjustmentCondition"):
            with reading(row, findings):
                rule = tables.one(row, "AttributeBasedAdjRule", "AttributeBasedAdjRule")
                if rule is None:
                    raise Unread("AttributeBasedAdjRule", "The row names no rule.")
                self._of_rules.setdefault(id(rule), []).append(row)
        for row in tables.rows("AttributeBasedAdjustment"):
            with reading(row, findings):
                self._attribute(row)
        for row in tables.rows("BundleBasedAdjustment"):
            with reading(row, findings):
                self._bundle(row)
        self._volumes()

    def _schedule(self, row: Row, *kinds: str) -> _Schedule:
        """The schedule of a row. Raises `Unread`."""
        found = self.cells.tables.one(row, "PriceAdjustmentSchedule", "PriceAdjustmentSchedule")
        if found is None:
            raise Unread("PriceAdjustmentSchedule", "The row names no schedule.")
        for one in (row, found):
            if one["ScheduleType"] and one["ScheduleType"].lower() not in kinds:
                raise Unread("ScheduleType", f"{one['ScheduleType']!r} is another kind of it.")
        book = self.shelf.of(found, "Pricebook2", "Pricebook")
        name = found.first("Name", "Id")
        active = found.flag("IsActive")
        document = self.shelf.book(book) if active else self.shelf.beside(book, name)
        held = days(row).within(days(found)).within(self.shelf.days(book))
        return _Schedule(found, name, document, self.shelf.scope(book), held)

    # ---- by attribute

    def _attribute(self, row: Row) -> None:
        cells = self.cells
        schedule = self._schedule(row, "attribute")
        cells.term(row)
        sku, model, currency = cells.sold(row), cells.model(row), cells.code(row)
        rule = cells.tables.one(row, "AttributeBasedAdjRule", "AttributeBasedAdjRule")
        if rule is None:
            raise Unread("AttributeBasedAdjRule", "The row names no rule.")
        conditions = self._conditions(row, rule, cells.product(row), sku)
        schedule.book.add(
            row.place,
            schedule.name,
            sku,
            model,
            currency,
            rule.first("Name", "Id"),
            kind="attribute",
            conditions=conditions,
            change=change(row, _ADJUSTED, "AdjustmentValue"),
            **scope(
                sku=sku, selling_model=model, currency=currency, price_book=schedule.price_book
            ),
            **schedule.days.written(),
        )

    def _conditions(
        self, row: Row, rule: Row, product: Row | None, sku: str
    ) -> list[dict[str, Any]]:
        """All conditions of a rule for a product. Raises `Unread` unless all can be read."""
        found = [
            self._condition(one, product)
            for one in self._of_rules.get(id(rule), ())
            if self.cells.sku(one) in (None, sku)
        ]
        count = optional(row, "AttributeCount")
        if not found or (count is not None and count != len(found)):
            raise Unread(
                "AttributeBasedAdjRule",
                f"{len(found)} conditions were found, and {row['AttributeCount'] or 'some'} are"
                " meant.",
            )
        return found

    def _condition(self, row: Row, product: Row | None) -> dict[str, Any]:
        operator = OPERATORS.get(row["Operator"].lower().replace(" ", ""))
        if operator is None:
            raise Unread("Operator", f"{row['Operator']!r} is no comparison.")
        definition = self.cells.tables.one(row, "AttributeDefinition", "AttributeDefinition")
        if definition is None:
            raise Unread("AttributeDefinition", "The condition names no attribute.")
        code = fitting.key(definition.first("DeveloperName", "Code", "Name"))
        known = None
        if product is not None:
            every = (one.attribute for one in self._attributes.of(product))
            known = next((one for one in every if one.code == code), None)
        if known is None:
            self.cells.findings.noted(
                "AttributeDefinition", row.place, f"The product has no attribute {code}."
            )
        return {"attribute": code, "compares": operator, **self._value(row, known)}

    def _value(self, row: Row, attribute: Attribute | None) -> dict[str, Any]:
        """What is compared with, in the form of the attribute's own values."""
        kind = None if attribute is None else attribute.type
        for column in ("IntegerValue", "DoubleValue"):
            if row[column]:
                return {"number": plain(number(row, column))}
        for column in ("DateValue", "DateTimeValue"):
            if row[column]:
                counted = days_since_1970(row[column])
                if counted is None:
                    raise Unread(column, f"{row[column]!r} is no day.")
                return {"number": str(counted)}
        said = row["StringValue"]
        if not said and not row["BooleanValue"]:
            raise Unread("StringValue", "The condition compares with nothing.")
        truth = row["BooleanValue"].lower() or said.lower()
        if (row["BooleanValue"] and not said) or kind is AttributeType.BOOLEAN:
            if truth not in ("true", "false"):
                raise Unread("BooleanValue", f"{truth!r} is neither true nor false.")
            return {"flag": truth == "true"}
        if kind in (AttributeType.INTEGER, AttributeType.DECIMAL):
            found = decimal(said)
            if found is None:
                raise Unread("StringValue", f"{said!r} is no number.")
            return {"number": plain(found)}
        if attribute is not None and kind is AttributeType.ENUMERATION:
            by_name = {one.name: one.code for one in attribute.options}
            by_name |= {one.code: one.code for one in attribute.options}
            if said not in by_name:
                self.cells.findings.noted(
                    "StringValue", row.place, f"{said!r} is no value of {attribute.code}."
                )
            said = by_name.get(said, said)
        return {"text": said}

    # ---- inside a bundle

    def _bundle(self, row: Row) -> None:
        cells = self.cells
        schedule = self._schedule(row, "bundle")
        cells.term(row)
        sku, model, currency = cells.sold(row), cells.model(row), cells.code(row)
        parent, root = cells.sku(row, ("ParentProduct",)), cells.sku(row, ("RootBundle",))
        parent_model = cells.model(row, "ParentProductSellingModel")
        root_model = cells.model(row, "RootProductSellingModel")
        bundle = root or parent
        if bundle is None:
            raise Unread("RootBundle", "The row names no bundle.")
        schedule.book.add(
            row.place,
            schedule.name,
            sku,
            model,
            currency,
            row.first("Name", "Id"),
            kind="bundle",
            bundle_sku=bundle,
            change=change(row, _ADJUSTED, "AdjustmentValue"),
            **scope(
                parent_sku=parent,
                parent_selling_model=parent_model,
                bundle_selling_model=root_model if root else None,
                sku=sku,
                selling_model=model,
                currency=currency,
                price_book=schedule.price_book,
            ),
            **schedule.days.written(),
        )

    # ---- by volume

    def _volumes(self) -> None:
        """Tiers of one schedule, product, selling model, currency and days are one rule."""
        cases: dict[tuple[object, ...], tuple[_Schedule, list[_Tier]]] = {}
        for row in self.cells.tables.rows("PriceAdjustmentTier"):
            with reading(row, self.cells.findings):
                cells, schedule = self.cells, self._schedule(row, "volume")
                cells.term(row)
                lower, upper = number(row, "LowerBound"), optional(row, "UpperBound")
                if lower < 0 or (upper is not None and upper < lower):
                    raise Unread("UpperBound", f"Nothing is between {lower} and {upper}.")
                tier = _Tier(
                    row, lower, upper, change(row, ("TierType", "AdjustmentType"), "TierValue")
                )
                case = (cells.sku(row), cells.model(row), cells.code(row))
                key = (schedule.row.place, *case, schedule.days)
                cases.setdefault(key, (schedule, []))[1].append(tier)
        for (_, sku, model, currency, _), (schedule, tiers) in cases.items():
            tiers.sort(key=lambda one: one.lower)
            first = tiers[0].row
            with reading(first, self.cells.findings):
                self._volume(schedule, tiers, str(currency), _text(sku), _text(model))

    def _volume(
        self,
        schedule: _Schedule,
        tiers: Sequence[_Tier],
        currency: str,
        sku: str | None,
        model: str | None,
    ) -> None:
        method = METHODS.get(schedule.row["AdjustmentMethod"].lower())
        if method is None:
            raise Unread("AdjustmentMethod", f"{schedule.row['AdjustmentMethod']!r} is no method.")
        schedule.book.add(
            tiers[0].row.place,
            schedule.name,
            sku,
            model,
            currency,
            kind="quantity",
            method=method,
            within="line",
            tiers=self._banded(tiers),
            **scope(
                sku=sku, selling_model=model, currency=currency, price_book=schedule.price_book
            ),
            **schedule.days.written(),
        )

    def _banded(self, tiers: Sequence[_Tier]) -> list[dict[str, Any]]:
        """Tiers as bands whose upper bounds are the first quantities beyond.

        The format says both: a bound at which the next tier begins is that tier's, any other is
        the last quantity of its own tier. Quantities between two whole ones are the lower tier's.
        """
        found: list[dict[str, Any]] = []
        nexts = [*(one.lower for one in tiers[1:]), None]
        for tier, after in zip(tiers, nexts, strict=True):
            upper = tier.upper
            if upper is None or (after is not None and after <= upper):
                if after is not None and after < (tier.upper or after + ONE):
                    self.cells.findings.changed(
                        "UpperBound",
                        tier.row.place,
                        f"It ends where the next tier begins: {plain(after)}.",
                    )
                upper = after
            else:
                upper += ONE
            if upper is not None and upper <= tier.lower:
                self.cells.findings.lost(
                    "LowerBound", tier.row.place, "Another tier begins at the same quantity."
                )
                continue
            band = {"lower": plain(tier.lower), "change": tier.change}
            found.append(band if upper is None else {**band, "upper": plain(upper)})
        return found


def _text(said: object) -> str | None:
    return None if said is None else str(said)
