"""What clients send to edit, copy and compare quotes."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import Base64Bytes, Field, StringConstraints, model_validator

from cpq.quotes import service
from cpq.quotes.schemas.ramps import LineKey
from cpq.quotes.schemas.requests import (
    MOST_LINES,
    GroupKey,
    QuoteLineIn,
)
from cpq.quotes.schemas.terms import TermIn
from cpq.quotes.schemas.usage import UsageSamples
from servicekit.http import (
    AmountIn,
    Code,
    CurrencyCode,
    DayIn,
    FractionIn,
    In,
    Name,
    Out,
    QuantityIn,
    Reason,
)
from servicekit.values import plain

MOST_SPREADSHEET_BYTES = 8_000_000


class LineChangesIn(In):
    """Members of lines to change; absent ones stay, null clears one."""

    quantity: QuantityIn | None = None
    """Above zero, in the item's unit."""
    agreed_unit_price: AmountIn | None = None
    agreed_reason: Reason | None = None
    """Why the price was agreed; required with it."""
    discount_fraction: FractionIn | None = None
    """The manual discount: "0.15" is 15 %."""
    discount_reason: Reason | None = None
    """Why the discount is given; required with it."""
    parent: LineKey | None = None
    """The key of the line that this one is a part of."""
    group: GroupKey | None = None
    """The key of the group that it stands in."""
    optional: bool | None = None
    """The customer may leave it out."""
    selected: bool | None = None
    """It is part of what is offered."""
    alternative_of: LineKey | None = None
    """The key of the line that it may replace."""
    selling_model: Annotated[str | None, StringConstraints(min_length=1, max_length=80)] = None
    """How it is sold, by the key that price rules use."""
    term: TermIn | None = None
    """How long it runs; null: it is sold once."""
    usage_samples: UsageSamples | None = None
    """All events of usage, by resource, whose cost the line shall say."""

    @model_validator(mode="after")
    def _what_is_always_there(self) -> Self:
        for name in ("quantity", "discount_fraction", "optional", "selected"):
            if name in self.model_fields_set and getattr(self, name) is None:
                raise ValueError(f"{name} cannot be cleared")
        return self

    def changes(self) -> dict[str, object]:
        """The members for the use case."""
        named: dict[str, object] = {name: getattr(self, name) for name in self.model_fields_set}
        if "discount_fraction" in named:
            named["discount"] = named.pop("discount_fraction") or Decimal(0)
        if self.term is not None:
            named["term"] = self.term.term()
        return named


class LineSelectorIn(In):
    """Which lines: those that fulfil everything that is said. Nothing said: all of them."""

    keys: Annotated[list[LineKey] | None, Field(max_length=MOST_LINES)] = None
    """Only these lines; a key that no line has is refused."""
    groups: Annotated[list[GroupKey] | None, Field(max_length=100)] = None
    """Only lines of these groups; what no line has is refused, here and below."""
    categories: Annotated[list[Code] | None, Field(max_length=100)] = None
    """Only items of these categories."""
    skus: Annotated[list[Code] | None, Field(max_length=MOST_LINES)] = None
    """Only these items."""

    def selector(self) -> service.LineSelector:
        """The selector for the use case."""
        return service.LineSelector(self.keys, self.groups, self.categories, self.skus)


class LineEditIn(In):
    """The same change of all lines that are selected."""

    of: LineSelectorIn
    """Which lines."""
    set: LineChangesIn
    """What to change of each."""


class EditsIn(In):
    """Edits of a draft's lines, done together or not at all.

    Changes come first, then removals, then additions, then the new order.
    """

    change: Annotated[list[LineEditIn], Field(max_length=MOST_LINES)] = []  # noqa: RUF012
    """Changes, one after the other."""
    remove: LineSelectorIn | None = None
    """Lines to take out, with everything that is part of them; null: none."""
    add: Annotated[list[QuoteLineIn], Field(max_length=MOST_LINES)] = []  # noqa: RUF012
    """Lines to add at the end."""
    order: Annotated[list[LineKey] | None, Field(max_length=MOST_LINES)] = None
    """The keys of all lines in their new order; null: as they stand."""

    def edits(self) -> service.LineEdits:
        """The edits for the use case."""
        return service.LineEdits(
            changes=[(edit.of.selector(), edit.set.changes()) for edit in self.change],
            remove=self.remove.selector() if self.remove else None,
            add=[line.wish() for line in self.add],
            order=self.order,
        )


class CloneIn(In):
    """Whom the copy is for."""

    customer_id: UUID | None = None
    """Null: the same customer."""
    currency: CurrencyCode | None = None
    """Null: the same currency, or for another customer that customer's."""
    requested_on: DayIn | None = None
    """When the customer wants the goods."""


class CancelIn(In):
    """Why nothing comes of it."""

    reason: Reason | None = None
    """Why the quote is cancelled."""


class KeepIn(In):
    """What to call a version."""

    label: Name | None = None
    """What people call it, such as "before the discount"."""


class SelectionIn(In):
    """Which options and alternatives are taken."""

    selected: Annotated[dict[LineKey, bool], Field(min_length=1, max_length=MOST_LINES)]
    """By the key of the line: true takes it, false leaves it out."""


class SpreadsheetIn(In):
    """A sheet of lines: a row each, under a row of headings.

    Headings are `sku`, `quantity`, and any of `key`, `parent`, `group`, `discount`,
    `discount_reason`, `agreed_unit_price`, `agreed_reason`, `optional`, `selected`,
    `alternative_of`, `months`, `start_on`, `selling_model`. Cells keep the rules of a line's
    members; a number that may be read in two ways, such as `1,000`, is an error of its row.
    """

    content: Annotated[
        Base64Bytes, Field(max_length=MOST_SPREADSHEET_BYTES, json_schema_extra={"format": "byte"})
    ]
    """The file, in base64."""
    format: Literal["xlsx", "csv"]
    """What kind of file it is."""
    sheet: Name | None = None
    """The sheet of a workbook; null: the first."""


class SheetRowOut(Out):
    """A row of a sheet, as it was understood or why it was not."""

    row: int
    """Its number in the sheet, from 1."""
    sku: str | None
    quantity: str | None
    error: str | None
    """What to correct; null: the row is fine."""
    column: str | None
    """The heading of the cell that is wrong."""


class SheetPreviewOut(Out):
    """What a sheet would add."""

    rows: list[SheetRowOut]
    """Every row that says something."""
    good: int
    """Rows that would be added."""
    bad: int
    """Rows that have to be corrected first."""
    net: str | None
    """What the good rows cost together, without tax, each priced by itself; null: none."""

    @classmethod
    def of(cls, checked: Sequence[service.CheckedRow], currency: str) -> Self:
        """Render them."""
        rows = [
            SheetRowOut(
                row=each.row.number,
                sku=_shown(each.row.said.get("sku")),
                quantity=_shown(each.row.said.get("quantity")),
                error=each.error.message if each.error else None,
                column=each.error.column if each.error else None,
            )
            for each in checked
        ]
        bad = sum(row.error is not None for row in rows)
        return cls(rows=rows, good=len(rows) - bad, bad=bad, net=service.net_of(checked, currency))


def _shown(cell: object) -> str | None:
    if cell is None:
        return None
    return plain(cell) if isinstance(cell, Decimal) else str(cell)[:200]
