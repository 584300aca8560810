"""Why a statement is not made."""

from servicekit.errors import InvalidInput, Kind, NotFound, Refusal


class StatementLineNotFound(NotFound):
    """Only parts have postings of their own; subtotals are the sum of parts."""

    code = "statement-line-not-found"
    title = "The statement has no such line with accounts"
    hint = "Take the links of the statement's lines; a subtotal has those of its parts."


class PeriodIsBackwards(InvalidInput):
    """A period starts before it ends."""

    code = "statement-period-is-backwards"
    title = "A statement's first day is not after its last one"
    hint = "Exchange the two days, or leave the first one out."


class InstantsAreAmbiguous(InvalidInput):
    """Columns as reported have instants of their own."""

    code = "statement-instants-are-ambiguous"
    title = "A statement as reported has no other instant"
    hint = "Leave known_at out, or ask for the view restated."


class StatementIsTooLong(Refusal):
    """A PDF of very many lines takes more memory than one request may have."""

    code = "statement-too-long"
    kind = Kind.INVALID
    title = "The statement has too many lines for a PDF"
    hint = "Ask for it as xlsx or csv, which have no such limit."
