"""What an invoice must be. Its figures are the tax kernel's (servicekit.taxation)."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal

from servicekit.errors import InvalidInput, NotFound, RuleBroken
from servicekit.taxation import DocumentTotals, TaxableLine
from servicekit.values.decimals import ARITHMETIC, round_to


class InvoiceNotFound(NotFound):
    """The invoice does not exist, or belongs to another tenant."""

    code = "invoice-not-found"
    title = "No such invoice"
    hint = "List the invoices with GET /v1/invoices."


class InvoiceHasNoLines(InvalidInput):
    """An invoice asks for something."""

    code = "invoice-has-no-lines"
    title = "An invoice has at least one line"
    hint = "Add a line."


class InvoiceIsNegative(RuleBroken):
    """An invoice does not owe the customer money."""

    code = "invoice-is-negative"
    title = "The net and the tax base of an invoice are not below zero"
    hint = "What is owed to the customer is a credit note, not an invoice."


class PaidInTheAccountsCurrency(RuleBroken):
    """What arrives in the account's own currency settles as much as it is."""

    code = "paid-in-the-accounts-currency"
    title = "What arrived in another currency is not in the account's"
    hint = "Leave `paid` out: `amount` is what arrived."


class CurrencyIsNotTheAccounts(RuleBroken):
    """An account is kept in one currency."""

    code = "currency-is-not-the-accounts"
    title = "Documents of a receivables account are in the account's currency"
    hint = "Use the account's currency, or open an account in a company that trades in the other."


class DocumentHasNoAccount(InvalidInput):
    """A document names the account, or the customer."""

    code = "document-has-no-account"
    title = "An invoice or payment names an account or a customer"
    hint = "Give account_id, or customer_id (and company_id unless it is the default company)."


def check_invoice(lines: Sequence[TaxableLine], totals: DocumentTotals) -> None:
    """Refuse what cannot be an invoice; raises `InvoiceHasNoLines`, `InvoiceIsNegative`."""
    if not lines:
        raise InvoiceHasNoLines("The invoice has no lines.", field="lines")
    if any(part.base.is_negative for part in totals.taxes) or totals.net.is_negative:
        raise InvoiceIsNegative(f"The net of the invoice is {totals.net}.", field="lines")


def net_of_line(quantity: Decimal, net_unit_price: Decimal) -> Decimal:
    """Quantity times price, to the ten decimals that a line keeps; not rounded to a currency."""
    return round_to(ARITHMETIC.multiply(quantity, net_unit_price), 10)


def due_on(issued_on: date, payment_terms_days: int) -> date:
    """The day an invoice is to be paid: so many calendar days after its date."""
    return issued_on + timedelta(days=payment_terms_days)
