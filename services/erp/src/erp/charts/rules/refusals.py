"""Why a chart is not read or not taken."""

from servicekit.errors import InvalidInput, RuleBroken


class ChartCannotBeRead(InvalidInput):
    """The file is not what its beginning says, or not text at all."""

    code = "chart-cannot-be-read"
    title = "A file of the chart cannot be read"
    hint = "Correct the line that the detail names, and send the file again."


class ChartLayoutIsUnknown(InvalidInput):
    """Layouts are told by what is in a file, never by its name."""

    code = "chart-layout-unknown"
    title = "No reader knows the layout of the file"
    hint = "See GET /v1/chart-layouts for the layouts that are read and how they are told."


class ChartIsTooLarge(InvalidInput):
    """A chart has thousands of accounts, not millions."""

    code = "chart-too-large"
    title = "The chart is too large to be read"
    hint = "Send the accounts and taxes alone, without translations and other data."


class ChartIsBroken(InvalidInput):
    """Errors among the findings refuse the whole chart: nothing of it is taken."""

    code = "chart-is-broken"
    title = "The chart has errors, so nothing of it is taken"
    hint = "Send it with dry_run to have every finding with its line; correct them in the file."


class BooksAreNotEmpty(RuleBroken):
    """A chart takes the place of another only before anything is posted."""

    code = "books-are-not-empty"
    title = "A chart does not take the place of one that has entries"
    hint = "Import with mode `add`, which leaves the accounts that exist as they are."


class ChartContradictsTheBooks(RuleBroken):
    """An account that exists is what it is."""

    code = "chart-contradicts-the-books"
    title = "An account of the chart is of another kind in the company's books"
    hint = "Change its code in the file, or leave it out there."


class RoleAccountUnknown(InvalidInput):
    """Roles are given to accounts of the chart, by their code."""

    code = "role-account-unknown"
    title = "A role names no account of the chart"
    hint = "Name the code of an account of the file; PUT /v1/ledger-accounts/{id}/role does others."
