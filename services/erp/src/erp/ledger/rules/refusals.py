"""Which laws of the books were broken."""

from servicekit.errors import InvalidInput, NotFound, RuleBroken


class CompanyNotFound(NotFound):
    """The company does not exist, or belongs to another tenant."""

    code = "company-not-found"
    title = "No such company"
    hint = "List the companies with GET /v1/companies."


class CompanyCodeIsTaken(RuleBroken):
    """Company codes are unique within a tenant."""

    code = "company-code-is-taken"
    title = "Another company already has this code"
    hint = "Choose another code."


class NoCompanyYet(RuleBroken):
    """Something needs the tenant's default company, and there is none."""

    code = "no-company-yet"
    title = "There is no company to book in"
    hint = "Create one first with POST /v1/companies."


class AccountIsUnknown(InvalidInput):
    """A line names an account that the company's chart does not have."""

    code = "ledger-account-unknown"
    title = "The account is not in the company's chart"
    hint = "List the chart with GET /v1/ledger-accounts?company_id=..."


class AccountIsControlled(RuleBroken):
    """A control account moves only with the documents behind it."""

    code = "ledger-account-is-controlled"
    title = "A control account is not posted to by hand"
    hint = "Post the invoice, payment or stock move; its journal entry follows by itself."


class EntryNeedsTwoLines(InvalidInput):
    """Double entry needs at least two lines."""

    code = "entry-needs-two-lines"
    title = "An entry has at least two lines"
    hint = "Add the other side of the booking."


class EntryIsNotBalanced(InvalidInput):
    """Debit and credit are equal in every currency of an entry."""

    code = "entry-not-balanced"
    title = "Debit and credit of an entry are equal in each currency"
    hint = "Correct the amounts so that each currency sums to zero."


class LineHasOneSide(InvalidInput):
    """A line is a debit or a credit, above zero."""

    code = "entry-line-needs-one-side"
    title = "A line has either a debit or a credit, above zero"
    hint = "Give exactly one of the two, and no zero lines; a negative debit is a credit."


class AmountHasTooManyDecimals(InvalidInput):
    """Posted amounts are whole minor units of their currency."""

    code = "amount-has-too-many-decimals"
    title = "A posted amount has no more decimals than its currency"
    hint = "Round the amount to the currency's minor units first."


class AmountIsTooLarge(InvalidInput):
    """Sums over many documents must still fit, so a single amount is bounded."""

    code = "amount-is-too-large"
    title = "A posted amount is below one trillion"
    hint = "Look for a misplaced decimal point; split the amount if it is right."


class BookedInTheFuture(RuleBroken):
    """The balances of today count every entry, so none is of a later day."""

    code = "booked-in-the-future"
    title = "Entries, invoices, payments and allocations are dated today (UTC) or earlier"
    hint = "Correct the day, or record it when it has come."


class EntryNotFound(NotFound):
    """The entry does not exist, or belongs to another tenant."""

    code = "journal-entry-not-found"
    title = "No such journal entry"
    hint = "List the entries with GET /v1/journal-entries."


class EntryIsReversedAlready(RuleBroken):
    """An entry is reversed once."""

    code = "journal-entry-is-reversed-already"
    title = "The entry has been reversed already"
    hint = "Post a new entry if the books should show something else."


class EntryHasADocument(RuleBroken):
    """What a document booked is corrected by a document."""

    code = "journal-entry-has-a-document"
    title = "An entry that a document booked is not reversed by hand"
    hint = "Correct the document; its journal entry follows by itself."


class PeriodIsClosed(RuleBroken):
    """What is closed is not posted to."""

    code = "period-is-closed"
    title = "The day is closed for this journal"
    hint = "Post on the first open day, or ask who closed the period for an exception."


class LockIsFinal(RuleBroken):
    """A final lock is for ever."""

    code = "lock-is-final"
    title = "A final lock only moves forward"
    hint = "Correct closed periods by entries of open ones."


class LockReachesToday(RuleBroken):
    """The day itself stays open: late documents need a day to land on."""

    code = "lock-reaches-today"
    title = "Only days that are over are closed"
    hint = "Close until yesterday (UTC) at the latest."


class LedgerClosesLast(RuleBroken):
    """The general journal is never closed further than a journal that feeds it."""

    code = "ledger-closes-last"
    title = "The general journal closes after sales, purchases, cash and stock"
    hint = "Close those journals up to the same day first, or together."


class LockExceptionNotFound(NotFound):
    """The exception does not exist, or belongs to another company."""

    code = "lock-exception-not-found"
    title = "No such exception to a lock"
    hint = "List them with GET /v1/companies/{id}/lock-exceptions."


class ExceptionForOneself(RuleBroken):
    """Who lets somebody post into a closed period is somebody else."""

    code = "exception-for-oneself"
    title = "An exception to a lock is granted by another person"
    hint = "Ask somebody else who may close periods."


class ExceptionIsTooLong(InvalidInput):
    """An exception ends by itself, and soon."""

    code = "exception-is-too-long"
    title = "An exception to a lock ends in the future, within 31 days"
    hint = "Name an earlier end; grant another one later if it is still needed."


class DimensionIsUnknown(InvalidInput):
    """A line names a cost centre, project or region that the company does not have."""

    code = "dimension-unknown"
    title = "The company has no active dimension of this code"
    hint = "List them with GET /v1/dimensions?company_id=..."


class DimensionExists(RuleBroken):
    """Codes are unique among the dimensions of a kind."""

    code = "dimension-exists"
    title = "The company has a dimension of this kind and code already"
    hint = "Choose another code, or change the one that exists."


class DimensionNotFound(NotFound):
    """The dimension does not exist, or belongs to another tenant."""

    code = "dimension-not-found"
    title = "No such dimension"
    hint = "List them with GET /v1/dimensions."


class InstantHasNotCome(InvalidInput):
    """What will be known is not known."""

    code = "instant-has-not-come"
    title = "A report shows what was known by now or earlier"
    hint = "Leave known_at out for what is known now."


class RoleHasNoAccount(RuleBroken):
    """Postings ask the chart for an account by its role."""

    code = "role-has-no-account"
    title = "No account of the chart has the role that the posting needs"
    hint = "Give the role to an account of the company's chart, then try again."


class NoEndOfFiscalYear(InvalidInput):
    """A year ends on the last day of its last month."""

    code = "no-end-of-fiscal-year"
    title = "A fiscal year ends on the day before the next one begins"
    hint = "Name the last day of a fiscal year of the company that is over."


class DraftNotFound(NotFound):
    """The draft does not exist, or belongs to another tenant."""

    code = "entry-draft-not-found"
    title = "No such draft of a journal entry"
    hint = "List them with GET /v1/journal-entry-drafts."


class DraftIsDecided(RuleBroken):
    """A draft is decided once."""

    code = "entry-draft-is-decided"
    title = "The draft has been decided already"
    hint = "Write a new draft."


class EntryNeedsApproval(RuleBroken):
    """Above the company's limit two people stand behind an entry."""

    code = "entry-needs-approval"
    title = "An entry of this size is approved by another person"
    hint = "Write it as a draft with POST /v1/journal-entry-drafts and have it approved."


class OwnWorkIsNotApproved(RuleBroken):
    """Who enters does not approve."""

    code = "own-work-is-not-approved"
    title = "What one has entered is approved by somebody else"
    hint = "Ask another person who may approve."


class OthersWorkIsNotWithdrawn(RuleBroken):
    """Only who entered a draft takes it back; others reject it."""

    code = "others-work-is-not-withdrawn"
    title = "A draft is withdrawn by who entered it"
    hint = "Reject it instead."


class TemplateNotFound(NotFound):
    """The template does not exist, or belongs to another tenant."""

    code = "entry-template-not-found"
    title = "No such template of journal entries"
    hint = "List them with GET /v1/journal-entry-templates."


class TemplateExists(RuleBroken):
    """Names are unique among the templates of a company."""

    code = "entry-template-exists"
    title = "The company has a template of this name already"
    hint = "Choose another name."


class TemplateIsApproved(RuleBroken):
    """A template is approved once."""

    code = "entry-template-is-approved"
    title = "The template has been approved already"
    hint = "Stop it and make another one if it should post something else."


class RecurrenceMakesNoSense(InvalidInput):
    """What recurs begins some day, and does not end before."""

    code = "recurrence-makes-no-sense"
    title = "A recurring entry has a first day and an interval, and ends no earlier"
    hint = "Give first_on and every_months together, or neither; ends_on is not before first_on."
