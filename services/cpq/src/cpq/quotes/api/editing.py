"""Editing many lines of a draft at once, by hand or from a spreadsheet."""

from uuid import UUID

from cpq.quotes import service
from cpq.quotes.api.quotes import WRITE, Shown, shown
from cpq.quotes.models import Quote
from cpq.quotes.rules import (
    LineIsNotOptional,
    QuoteIsNotDraft,
    QuoteNotFound,
    SheetCannotBeRead,
    SheetHasErrors,
)
from cpq.quotes.schemas import (
    EditsIn,
    SelectionIn,
    SheetPreviewOut,
    SpreadsheetIn,
    asked_rows,
)
from cpq.quotes.service import QUOTING_REFUSALS
from servicekit.errors import Refusal
from servicekit.http import BULK_BODY_BYTES, IfMatch, Minimal, Reads, SliceRouter, Writes
from servicekit.workshop import TooMuchWork

editing = SliceRouter(prefix="/v1/quotes", tags=["quotes"])

_EDITING: tuple[type[Refusal], ...] = (
    QuoteNotFound,
    QuoteIsNotDraft,
    *QUOTING_REFUSALS,
)


@editing.patch("/{quote_id}/lines", permission=WRITE, refusals=_EDITING)
async def edit_quote_lines(
    quote_id: UUID, body: EditsIn, expected: IfMatch, uow: Writes, minimal: Minimal
) -> Shown:
    """Change, remove, add and order lines of a draft, all or nothing, and price it anew.

    Lines are named by their keys, or selected by group, category or SKU: "15 % off all bicycles"
    is one edit. What is removed takes its parts with it.
    """
    return await shown(
        minimal, uow, await service.edit_lines(uow, quote_id, body.edits(), expected=expected)
    )


@editing.post(
    "/{quote_id}/selection",
    permission=WRITE,
    refusals=(*_EDITING, LineIsNotOptional),
)
async def select_quote_options(
    quote_id: UUID, body: SelectionIn, expected: IfMatch, uow: Writes, minimal: Minimal
) -> Shown:
    """Take or leave optional lines and alternatives of a draft.

    An alternative that is taken leaves out the others of its set.
    """
    selected = await service.select_options(uow, quote_id, body.selected, expected=expected)
    return await shown(minimal, uow, selected)


@editing.query(
    "/{quote_id}/spreadsheet/preview",
    permission=WRITE,
    refusals=(QuoteNotFound, QuoteIsNotDraft, SheetCannotBeRead, TooMuchWork),
    max_body_bytes=BULK_BODY_BYTES,
)
async def preview_quote_spreadsheet(
    quote_id: UUID, body: SpreadsheetIn, reads: Reads
) -> SheetPreviewOut:
    """Read a sheet of lines and say of each row what it would add, or what is wrong with it."""
    rows = await service.read_sheet(body.content, body.format, body.sheet)
    checked = await service.check_sheet(reads, quote_id, asked_rows(rows))
    quote = await reads.get(Quote, quote_id)
    return SheetPreviewOut.of(checked, quote.currency)


@editing.post(
    "/{quote_id}/spreadsheet",
    permission=WRITE,
    refusals=(*_EDITING, SheetCannotBeRead, SheetHasErrors, TooMuchWork),
    max_body_bytes=BULK_BODY_BYTES,
)
async def add_quote_spreadsheet(
    quote_id: UUID, body: SpreadsheetIn, expected: IfMatch, uow: Writes, minimal: Minimal
) -> Shown:
    """Add the lines of a sheet to a draft; a sheet with errors adds nothing."""
    rows = await service.read_sheet(body.content, body.format, body.sheet)
    added = await service.add_sheet(uow, quote_id, asked_rows(rows), expected=expected)
    return await shown(minimal, uow, added)
