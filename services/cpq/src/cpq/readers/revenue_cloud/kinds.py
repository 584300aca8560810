"""Kinds of attributes of a catalogue: numbers, dates, texts, truths and pick lists."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from math import gcd

from cpq.configuration.expressions import AttributeOf, Constant
from cpq.configuration.model import Attribute, AttributeType, Option, Table
from cpq.readers import fitting
from cpq.readers.findings import Findings
from cpq.readers.revenue_cloud.folders import Folder
from cpq.readers.revenue_cloud.sheets import Relations, Row, decimal

EPOCH = date(1970, 1, 1)
MOST = Decimal(fitting.LARGEST_DOMAIN)
MOST_OPTIONS = 10_000
LONGEST_TEXT = 10_000
ACTIVE = ("", "active")
PICKLIST = ("Picklist", "AttributePicklist")
"""The names by which rows refer to a pick list."""


@dataclass(frozen=True, slots=True)
class Property:
    """An attribute of a product before it belongs to a node.

    Attributes:
        values: of a number with a pick list: what it may be.
        refused: codes of the pick list that are not offered, with why.
        least, most: the bounds that the rows themselves give a number.
    """

    attribute: Attribute
    place: str
    values: tuple[Decimal, ...] = ()
    refused: tuple[tuple[str, str], ...] = ()
    least: Decimal | None = None
    most: Decimal | None = None

    def table(self, node: str) -> Table | None:
        """What keeps a number to its pick list, where its grid does not."""
        one = self.attribute
        if one.expression is not None or not self.values or one.minimum is None:
            return None
        assert one.maximum is not None
        if len(self.values) == (one.maximum - one.minimum) / one.step + 1:
            return None
        return Table(
            f"{node}:{one.code}:domain",
            (AttributeOf(node, one.code),),
            tuple((value,) for value in self.values),
            message=f"{one.name} may be {', '.join(f'{value:f}' for value in self.values)}.",
            source=self.place,
        )


@dataclass(frozen=True, slots=True)
class Line:
    """An attribute's rows, the nearest to the product first, and its definition."""

    rows: tuple[Row, ...]
    definition: Row

    def __call__(self, column: str) -> str:
        """The nearest cell that is not empty."""
        return next((row[column] for row in (*self.rows, self.definition) if row[column]), "")

    @property
    def place(self) -> str:
        """Where the nearest row stands."""
        return self.rows[0].place

    @property
    def is_read_only(self) -> bool:
        """Whether nobody chooses it."""
        return self("IsReadOnly").lower() == "true"

    def nearest(self, *columns: str) -> Row:
        """The nearest row that says anything in these columns."""
        every = (*self.rows, self.definition)
        return next((row for row in every if any(row[one] for one in columns)), self.rows[0])


@dataclass(slots=True)
class Kinds:
    """Makes attributes by their data type."""

    folder: Folder
    relations: Relations

    @property
    def findings(self) -> Findings:
        """Where findings go."""
        return self.relations.findings

    def property(self, line: Line, blank: Attribute) -> Property | None:
        """The attribute of a definition and the rows that refine it; None after a finding."""
        kind = line.definition["DataType"].lower().replace(" ", "").replace("-", "")
        make = self.kinds().get(kind)
        if make is None:
            self.findings.lost(
                "DataType",
                line.definition.place,
                f"{blank.name} has the type {line.definition['DataType']!r}.",
            )
            return None
        found = make(line, blank)
        if found is not None and line("IsHidden").lower() == "true":
            hidden = replace(found.attribute, visible_when=Constant(False))
            return replace(found, attribute=hidden)
        return found

    def kinds(self) -> dict[str, Callable[[Line, Attribute], Property | None]]:
        """What makes an attribute of each data type."""
        return {
            "picklist": self.picklist,
            **dict.fromkeys(("number", "currency", "percent", "integer", "decimal"), self.number),
            **dict.fromkeys(("checkbox", "boolean"), self.truth),
            "date": self.date,
            **dict.fromkeys(("text", "textarea", "string", "url", "email", "phone"), self.text),
        }

    # ---- truths, texts, dates

    def truth(self, line: Line, blank: Attribute) -> Property:
        said = line("DefaultValue").lower()
        found = replace(blank, type=AttributeType.BOOLEAN)
        if line.is_read_only:
            return Property(replace(found, expression=Constant(said == "true")), line.place)
        if said in ("true", "false"):
            found = replace(found, default=said == "true")
        elif said:
            self.no_default(line, blank, said)
        return Property(found, line.place)

    def text(self, line: Line, blank: Attribute) -> Property:
        longest = self.relations.count(line.rows[0], "MaximumCharacterCount") or 255
        longest = min(longest, LONGEST_TEXT)
        default: str | None = fitting.line(line("DefaultValue")) or None
        if default is not None and len(default) > longest:
            self.no_default(line, blank, default)
            default = None
        for column in ("IsReadOnly", "IsRequired"):
            if line(column).lower() == "true":
                self.findings.changed(
                    column,
                    line.place,
                    f"{blank.name} is free text: anybody may change or empty it.",
                )
        return Property(replace(blank, longest=longest, default=default), line.place)

    def date(self, line: Line, blank: Attribute) -> Property:
        self.findings.noted(
            "DataType", line.definition.place, f"{blank.name} counts the days since 1970-01-01."
        )
        said = line("DefaultValue")
        found = days(said)
        low, high = fitting.DAYS
        default = None if found is None or not low <= found <= high else Decimal(found)
        if said and default is None:
            self.no_default(line, blank, said)
        made = replace(
            blank, type=AttributeType.INTEGER, minimum=low, maximum=high, default=default
        )
        return Property(self.fixed(line, made), line.place)

    # ---- numbers

    def number(self, line: Line, blank: Attribute) -> Property:
        row = line.nearest("MinimumValue", "MaximumValue", "StepValue")
        low = self.relations.number(row, "MinimumValue")
        high = self.relations.number(row, "MaximumValue")
        step = self.relations.number(row, "StepValue")
        said = line("DefaultValue")
        default = decimal(said)
        if low is not None and high is not None and low > high:
            self.findings.lost(
                "MinimumValue", row.place, f"{blank.name} is at least {low} and at most {high}."
            )
            low = high = None
        whole = all(one is None or one % 1 == 0 for one in (low, high, step, default))
        if step is None or step <= 0:
            step = Decimal(1) if whole else Decimal("0.01")
        made = replace(
            blank,
            type=AttributeType.INTEGER if whole else AttributeType.DECIMAL,
            step=step,
            default=default,
        )
        if not line.is_read_only:
            least, most = self.bounds(blank.name, row, low, high, step)
            made = replace(made, minimum=least, maximum=most)
            off = default is not None and not _has(made, default)
            if off or (said and default is None):
                self.no_default(line, blank, said)
                made = replace(made, default=None)
        return Property(self.fixed(line, made), line.place, least=low, most=high)

    def bounds(
        self, name: str, row: Row, low: Decimal | None, high: Decimal | None, step: Decimal
    ) -> tuple[Decimal, Decimal]:
        """Bounds on the grid with no more values than a model takes."""
        width = (MOST - 1) * step
        if low is not None and high is not None and high - low <= width:
            return low, low + (high - low) // step * step
        least = -(MOST / 2 - 1) * step if high is None else high - width
        if low is not None:
            least = low
        most = least + width
        self.findings.changed(
            "MaximumValue",
            row.place,
            f"{name} has no bounds, or very many values; it is taken from {least:f} to {most:f}.",
        )
        return least, most

    def fixed(self, line: Line, made: Attribute) -> Attribute:
        """A number that is only read is its default."""
        if not line.is_read_only:
            return made
        if made.default is None:
            self.findings.changed(
                "IsReadOnly", line.place, f"{made.name} is only read and has no value; it is 0."
            )
        value = Constant(made.default or Decimal(0))
        return replace(
            made, expression=value, minimum=None, maximum=None, step=Decimal(1), default=None
        )

    def no_default(self, line: Line, blank: Attribute, said: str) -> None:
        self.findings.changed(
            "DefaultValue", line.place, f"{blank.name} cannot be {said!r}; nothing is proposed."
        )

    # ---- pick lists

    def picklist(self, line: Line, blank: Attribute) -> Property | None:
        picklists = self.folder.sheet("AttributePicklist")
        picklist = self.relations.one(line.definition, PICKLIST, picklists)
        if picklist is None:
            self.findings.lost(
                "Picklist", line.definition.place, f"{blank.name} has no pick list that there is."
            )
            return None
        rows = self.relations.of(
            self.folder.sheet("AttributePicklistValue"), PICKLIST, picklists, picklist
        )
        offered: dict[str, Row] = {}
        refused: dict[str, str] = {}
        for row in sorted(rows, key=lambda row: (not row["Sequence"], self.sequence(row))):
            code = _code(row)
            if row["Status"].lower() not in ACTIVE:
                said = row.first("DisplayValue", "Name", "Value")
                refused[code] = f"{said} is not offered: the value is {row['Status']}."
                self.findings.noted(
                    "Status", row.place, f"The value is {row['Status']}; it was left out."
                )
            elif not code:
                self.findings.lost("Value", row.place, "The value has no code and no name.")
            elif offered.setdefault(code, row) is not row:
                self.findings.noted("Value", row.place, f"{code} stands in the list already.")
        if not offered or len(offered) > MOST_OPTIONS:
            self.findings.lost(
                "Picklist", picklist.place, f"{blank.name} has {len(offered)} values."
            )
            return None
        default = self.proposed(line, offered, blank)
        left = tuple((code, why) for code, why in refused.items() if code not in offered)
        if picklist["DataType"].lower() == "number":
            found = self.numbers(line, blank, offered, default)
            if found is not None:
                return replace(found, refused=left)
        codes = list(offered)
        if line.is_read_only:
            codes = [default or codes[0]]
        options = tuple(
            Option(code, offered[code].first("DisplayValue", "Name", "Value", "Code"))
            for code in codes
        )
        made = replace(blank, type=AttributeType.ENUMERATION, options=options, default=default)
        return Property(made, line.place, refused=left)

    def sequence(self, row: Row) -> Decimal:
        return self.relations.number(row, "Sequence") or Decimal(0)

    def proposed(self, line: Line, offered: dict[str, Row], blank: Attribute) -> str | None:
        """The code that is proposed: the one that is named, or the pick list's own."""
        said = line("DefaultValue")
        if not said:
            return next((code for code, row in offered.items() if row.flag("IsDefault")), None)
        for column in ("Value", "Code", "Name", "DisplayValue"):
            for code, row in offered.items():
                if row[column] == said:
                    return code
        self.no_default(line, blank, said)
        return None

    def numbers(
        self, line: Line, blank: Attribute, offered: dict[str, Row], default: str | None
    ) -> Property | None:
        """A pick list of numbers: a number on the coarsest grid that has them all.

        None where one is no number, or the grid has more values than a model takes.
        """
        found = {code: decimal(row["Value"]) for code, row in offered.items()}
        ordered = sorted({one for one in found.values() if one is not None})
        if None in found.values():
            return None
        scale = min(int(one.normalize().as_tuple().exponent) for one in ordered)
        unit = Decimal(1).scaleb(min(0, scale))
        steps = [int((one - ordered[0]) / unit) for one in ordered]
        coarse = gcd(*steps) or 1
        if steps[-1] // coarse >= MOST:
            return None
        made = replace(
            blank,
            type=AttributeType.INTEGER if unit == 1 else AttributeType.DECIMAL,
            minimum=ordered[0],
            maximum=ordered[-1],
            step=unit * coarse,
            default=None if default is None else found[default],
        )
        return Property(self.fixed(line, made), line.place, tuple(ordered))


def _has(attribute: Attribute, value: Decimal) -> bool:
    assert attribute.minimum is not None
    assert attribute.maximum is not None
    inside = attribute.minimum <= value <= attribute.maximum
    return inside and (value - attribute.minimum) % attribute.step == 0


def days(said: str) -> int | None:
    """Days from 1970-01-01 to a date or the day of a time; None for another text."""
    try:
        return (date.fromisoformat(said[:10]) - EPOCH).days
    except ValueError:
        return None


def _code(row: Row) -> str:
    said = row.first("Value", "Code", "Name", "DisplayValue")
    return fitting.key(said) if said else ""
