"""What is credited of an invoice: never more than it asked for, and to the cent in the end."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from servicekit.errors import InvalidInput, NotFound, RuleBroken
from servicekit.taxation import (
    DocumentTotals,
    TakenPart,
    TaxableLine,
    part_totals,
    shown_bases,
)
from servicekit.values.decimals import ARITHMETIC, plain, round_to
from servicekit.values.money import Money

ZERO = Decimal(0)
AMOUNT_PLACES = 10


class CreditNoteNotFound(NotFound):
    """The credit note does not exist, or belongs to another tenant."""

    code = "credit-note-not-found"
    title = "No such credit note"
    hint = "List the credit notes with GET /v1/credit-notes."


class CreditExceedsInvoice(RuleBroken):
    """An invoice is credited once."""

    code = "credit-exceeds-invoice"
    title = "No more is credited than was invoiced and not credited yet"
    hint = "Credit at most what is left; leave the lines out to credit all of it."


class NothingToCredit(RuleBroken):
    """A credit note is worth something."""

    code = "nothing-to-credit"
    title = "A credit note is worth more than nothing"
    hint = "Look at the credit notes that the invoice has: GET /v1/credit-notes?invoice_id=..."


class LineIsNotOnInvoice(InvalidInput):
    """A credit note of an invoice credits its lines."""

    code = "line-is-not-on-invoice"
    title = "The invoice has no such line"
    hint = "Lines are named by their position: GET /v1/invoices/{id}."


class CreditedBeforeInvoiced(RuleBroken):
    """A credit note follows its invoice."""

    code = "credited-before-invoiced"
    title = "A credit note is dated on its invoice's day or later"
    hint = "Give a later day, or none for today."


@dataclass(frozen=True, slots=True)
class InvoicedLine:
    """A line of an invoice and what credit notes took of it; amounts are unrounded."""

    position: int
    quantity: Decimal
    net_amount: Decimal
    tax_category: str
    credited_quantity: Decimal = ZERO
    credited_amount: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class InvoicedTax:
    """What an invoice shows of a tax category, and what its credit notes show together."""

    category: str
    rate: Decimal
    base: Decimal
    tax: Decimal
    credited_base: Decimal = ZERO
    credited_tax: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class CreditWish:
    """What is to be credited of a line: so much of its quantity, or an amount. One of the two."""

    position: int
    quantity: Decimal | None = None
    amount: Decimal | None = None


@dataclass(frozen=True, slots=True)
class CreditedLine:
    """What is credited of a line; without a quantity its price was lowered."""

    position: int
    quantity: Decimal | None
    net_amount: Decimal


def plan_credit(
    lines: Sequence[InvoicedLine], wishes: Sequence[CreditWish] | None
) -> list[CreditedLine]:
    """What a credit note takes of each line; None takes all that is left.

    The amount of a quantity is what the credited share of the line is worth in total, less the
    share before it: quantities add up to the line whatever their number, and the last of it takes
    all that is left of the amount. Raises `LineIsNotOnInvoice`, `CreditExceedsInvoice`,
    `NothingToCredit`.
    """
    if wishes is None:
        planned = [
            CreditedLine(line.position, quantity if quantity > 0 else None, amount)
            for line in lines
            for quantity in [line.quantity - line.credited_quantity]
            for amount in [line.net_amount - line.credited_amount]
            if amount > 0
        ]
    else:
        known = {line.position: line for line in lines}
        planned = [_wished(at, wish, known) for at, wish in enumerate(wishes)]
    if not planned:
        raise NothingToCredit("All of the invoice is credited.")
    return planned


def _wished(at: int, wish: CreditWish, known: dict[int, InvoicedLine]) -> CreditedLine:
    line = known.get(wish.position)
    if line is None:
        raise LineIsNotOnInvoice(
            f"The invoice has no line {wish.position}.", field=f"lines.{at}.position"
        )
    left = line.net_amount - line.credited_amount
    if wish.quantity is None:
        amount = wish.amount or ZERO
        if amount > left:
            raise CreditExceedsInvoice(
                f"{plain(left)} is left of line {line.position}.", field=f"lines.{at}.amount"
            )
        return CreditedLine(line.position, None, amount)
    after = line.credited_quantity + wish.quantity
    if after > line.quantity:
        raise CreditExceedsInvoice(
            f"{plain(line.quantity - line.credited_quantity)} is left of line {line.position}.",
            field=f"lines.{at}.quantity",
        )
    if after == line.quantity:
        return CreditedLine(line.position, wish.quantity, left)
    share = _share(line, after) - _share(line, line.credited_quantity)
    return CreditedLine(line.position, wish.quantity, min(share, left))


def _share(line: InvoicedLine, quantity: Decimal) -> Decimal:
    product = ARITHMETIC.multiply(line.net_amount, quantity)
    return round_to(ARITHMETIC.divide(product, line.quantity), AMOUNT_PLACES)


def credit_totals(
    planned: Sequence[CreditedLine],
    lines: Sequence[InvoicedLine],
    taxes: Sequence[InvoicedTax],
    currency: str,
) -> DocumentTotals:
    """The figures of a credit note over part of an invoice, at the invoice's rates.

    Parts of an invoice are rounded as parts of an order are (`part_totals`): each takes its own,
    no more than is left, and the last of a category all that is left. What the invoice shows
    decides, also where it is itself a part that took a residue: the difference to its own lines
    counts as taken before. Raises `NothingToCredit`.
    """
    category = {line.position: line.tax_category for line in lines}
    whole = [TaxableLine(line.net_amount, line.tax_category) for line in lines]
    bases = shown_bases(whole, currency)
    earlier = []
    for tax in taxes:
        own = [line for line in lines if line.tax_category == tax.category]
        net = sum((line.net_amount for line in own), start=ZERO)
        credited = sum((line.credited_amount for line in own), start=ZERO)
        shown = (Money(net, currency) * tax.rate).round().amount
        earlier.append(
            TakenPart(
                tax.category,
                tax.rate,
                credited,
                bases[tax.category].amount - tax.base + tax.credited_base,
                shown - tax.tax + tax.credited_tax,
            )
        )
    totals = part_totals(
        [TaxableLine(part.net_amount, category[part.position]) for part in planned],
        {tax.category: tax.rate for tax in taxes},
        currency,
        whole=whole,
        earlier=earlier,
    )
    if totals.gross.is_zero:
        raise NothingToCredit("What is to be credited rounds to nothing.")
    return totals
