"""What taxes refuse, beside what is wrong with rates and numbers."""

from servicekit.errors import InvalidInput, NotFound, RuleBroken


class TaxProfileNotFound(NotFound):
    """The account has no tax profile, or there is no such account."""

    code = "tax-profile-not-found"
    title = "No such tax profile"
    hint = 'PUT /v1/accounts/{id}/tax-profile writes one; the first with If-Match: "0".'


class CompanyTaxNotFound(NotFound):
    """The company has not said how it taxes sales over borders."""

    code = "company-tax-settings-not-found"
    title = "The company has no tax settings of its own"
    hint = 'PUT /v1/company-tax-settings/{company_id} writes them; the first with If-Match: "0".'


class VatReturnNotFound(NotFound):
    """The return does not exist, or belongs to another tenant."""

    code = "vat-return-not-found"
    title = "No such VAT return"
    hint = "List the returns with GET /v1/vat-returns."


class VatReturnOverlaps(RuleBroken):
    """No day is declared twice."""

    code = "vat-return-overlaps"
    title = "The VAT returns of a company have no day in common"
    hint = "GET /v1/vat-returns shows what is filed; what came late goes into the next one."


class VatPeriodIsNotOver(RuleBroken):
    """A return is filed once its period is over."""

    code = "vat-period-is-not-over"
    title = "A VAT return is filed after the last day of its period"
    hint = "GET /v1/vat-return-previews shows the figures so far."


class VatPeriodEndsBeforeItBegins(InvalidInput):
    """A period has a day at least."""

    code = "vat-period-ends-before-it-begins"
    title = "The period of a VAT return ends on its first day or later"
    hint = "period_to is the last day of the period."


class WithholdingRateNotFound(NotFound):
    """The kind has no rate on that day."""

    code = "withholding-rate-not-found"
    title = "No such withholding rate"
    hint = "List the rates with GET /v1/withholding-rates."


class WithholdingRatesOverlap(RuleBroken):
    """No day has two."""

    code = "withholding-rates-overlap"
    title = "A kind of withholding has one rate in a country on a day"
    hint = "GET /v1/withholding-rates?country=...&kind=... shows when each begins and ends."


class RateFileIsUnreadable(InvalidInput):
    """A file of rates has a form that we know."""

    code = "rate-file-is-unreadable"
    title = "A file of tax rates has `rates` by country, or `items` by country with days"
    hint = "Send the file as it is, in `file`; `dry_run` shows what would come of it."


class RateFileHasErrors(RuleBroken):
    """All of a file is taken, or nothing."""

    code = "rate-file-has-errors"
    title = "Every entry of a file of tax rates can be read"
    hint = "Send it with dry_run to see each finding; correct these, or leave their countries out."
