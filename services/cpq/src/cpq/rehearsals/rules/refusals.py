"""What a rehearsal refuses."""

from servicekit.errors import InvalidInput, Kind, Refusal, RuleBroken


class RehearsalIsTooLarge(InvalidInput):
    """A dry run has an end within the time of a request."""

    code = "rehearsal-is-too-large"
    title = "There are more quotes than one dry run looks at"
    hint = "Ask for fewer days, for one customer or currency, or for fewer states."


class RehearsalTakesTooLong(Refusal):
    """Other dry runs are under way, or the quotes are very long."""

    code = "rehearsal-takes-too-long"
    kind = Kind.UNAVAILABLE
    title = "The dry run took longer than it may"
    hint = "Ask for fewer days or for one customer, or try again when there is less to do."


class QuoteChangedMeanwhile(RuleBroken):
    """A quote is priced as it stood when the dry run began, or not at all."""

    code = "quote-changed-meanwhile"
    title = "The quote was changed while the dry run looked at others"
    hint = "Ask once more."
