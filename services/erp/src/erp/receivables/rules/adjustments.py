"""Write-offs, refunds, discounts and charges: what they book, and their share of the tax."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from erp.receivables.rules.credit_notes import InvoicedTax
from servicekit.errors import Forbidden, InvalidInput, NotFound, RuleBroken
from servicekit.values.decimals import ARITHMETIC
from servicekit.values.money import Money


class AdjustmentKind(StrEnum):
    """What moves an account beside invoices, payments and credit notes."""

    WRITE_OFF = "write-off"
    DISCOUNT = "discount"
    PAYMENT_DIFFERENCE = "payment-difference"
    REFUND = "refund"
    PAYMENT_RETURN = "payment-return"
    DUNNING_FEE = "dunning-fee"
    INTEREST = "interest"
    DOWN_PAYMENT_SETTLEMENT = "down-payment-settlement"


class AdjustmentNotFound(NotFound):
    """The adjustment does not exist, or belongs to another tenant."""

    code = "adjustment-not-found"
    title = "No such adjustment"
    hint = "List them with GET /v1/adjustments."


class AdjustmentIsReversed(RuleBroken):
    """An adjustment is reversed once, and its reversal is not reversed."""

    code = "adjustment-is-reversed"
    title = "The adjustment has been reversed already"
    hint = "Write a new one if the account should show something else."


class AllocationBelongsToItsDocument(RuleBroken):
    """What a write-off or refund settled is not undone without the document itself."""

    code = "allocation-belongs-to-its-document"
    title = "What a write-off, discount or refund settled is undone by reversing it"
    hint = "Reverse the document: POST /v1/adjustments/{id}/reversals."


class NothingIsOpen(RuleBroken):
    """Only what is open is written off or paid back."""

    code = "nothing-is-open"
    title = "No more is written off or refunded than is open"
    hint = "Read the document: it says what is open on it."


class WriteOffExceedsLimit(Forbidden):
    """A person writes off small amounts; larger ones need another permission."""

    code = "write-off-exceeds-limit"
    title = "Writing off more than the company's limit needs a permission of its own"
    hint = "Ask somebody whose role grants erp.receivables.write_off_any."


class AccountForItIsMissing(RuleBroken):
    """The company's chart has no account for what is to be booked."""

    code = "account-for-it-is-missing"
    title = "The company's chart has an account for what is to be booked"
    hint = "Give an account of the chart the role that is named."


class DiscountIsNotDue(InvalidInput):
    """A discount is for paying all of an invoice, less the discount, in time."""

    code = "discount-is-not-due"
    title = "A discount is taken by paying the whole rest of an invoice in time"
    hint = "GET /v1/invoices/{id} lists the discounts with their days; pay at least the rest."


class PolicyNotFound(NotFound):
    """The company does not exist, or belongs to another tenant."""

    code = "receivables-policy-not-found"
    title = "No such company's policy"
    hint = "List the companies with GET /v1/companies."


@dataclass(frozen=True, slots=True)
class TaxShare:
    """What an amount takes of the base and the tax of a category."""

    category: str
    rate: Decimal
    base: Money
    tax: Money


def tax_shares(amount: Money, taxes: Sequence[InvoicedTax]) -> list[TaxShare]:
    """Split a gross amount that lowers an invoice into base and tax of each category.

    The amount spreads over the categories as what is left of the invoice does, and within one the
    tax takes the same share; whoever takes all that is left takes it to the cent. Source: a price
    that is lowered after the sale lowers the tax base (Directive 2006/112/EC, article 90).
    """
    currency = amount.currency
    left = [
        (
            tax,
            Money(tax.base - tax.credited_base, currency),
            Money(tax.tax - tax.credited_tax, currency),
        )
        for tax in taxes
    ]
    total = sum((base + owed for _, base, owed in left), start=Money.zero(currency))
    if amount >= total:
        parts = [base + owed for _, base, owed in left]
    else:
        parts = amount.split([(base + owed).amount for _, base, owed in left])
    shares = []
    for (tax, base, owed), part in zip(left, parts, strict=True):
        gross = base + owed
        if part.is_zero:
            continue
        exact = ARITHMETIC.divide(ARITHMETIC.multiply(owed.amount, part.amount), gross.amount)
        taken = min(Money(exact, currency).round(), owed)
        shares.append(TaxShare(tax.category, tax.rate, part - taken, taken))
    return shares


def is_tolerated(
    difference: Money, whole: Money, *, most: Decimal | None, share: Decimal | None
) -> bool:
    """Whether a difference between what was owed and what was paid is too small to be asked for.

    It is above zero, at most `most` (None: nothing is tolerated), and at most a `share` of the
    `whole` (None: of any), so that a small invoice is not given up for a smaller payment.
    """
    if most is None or difference.amount <= 0 or difference.amount > most:
        return False
    return share is None or difference.amount <= ARITHMETIC.multiply(whole.amount, share)
