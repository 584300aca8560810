"""Tax and totals of a document, credit, and how payments settle open items."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from servicekit.errors import InvalidInput, NotFound, RuleBroken
from servicekit.values.decimals import ARITHMETIC, round_to
from servicekit.values.money import Money, round_together

DEFAULT_PAYMENT_TERMS_DAYS = 30
WARNING_SHARE = Decimal("0.8")
"""From this share of the credit limit on, an account is in the state `warning`."""


class AccountNotFound(NotFound):
    """The receivables account does not exist, or belongs to another tenant."""

    code = "receivables-account-not-found"
    title = "No such receivables account."
    hint = "List the accounts with GET /v1/accounts; a customer gets one from CRM by itself."


class AccountExistsAlready(RuleBroken):
    """A customer has one account in a company."""

    code = "receivables-account-exists-already"
    title = "The customer has an account in this company already."
    hint = "Find it with GET /v1/accounts?customer_id=... and change that one."


class CustomerIsUnknown(RuleBroken):
    """Nothing has been heard of this customer from CRM."""

    code = "customer-is-unknown"
    title = "An account is opened for a customer that CRM has told of."
    hint = "Create the customer in CRM, or wait until its event has arrived."


class InvoiceNotFound(NotFound):
    """The invoice does not exist, or belongs to another tenant."""

    code = "invoice-not-found"
    title = "No such invoice."
    hint = "List the invoices with GET /v1/invoices."


class PaymentNotFound(NotFound):
    """The payment does not exist, or belongs to another tenant."""

    code = "payment-not-found"
    title = "No such payment."
    hint = "List the payments with GET /v1/payments."


class InvoiceHasNoLines(InvalidInput):
    """An invoice asks for something."""

    code = "invoice-has-no-lines"
    title = "An invoice has at least one line."
    hint = "Add a line."


class InvoiceIsNegative(RuleBroken):
    """An invoice does not owe the customer money."""

    code = "invoice-is-negative"
    title = "The net and the tax base of an invoice are not below zero."
    hint = "What is owed to the customer is a credit note, not an invoice."


class CurrencyIsNotTheAccounts(RuleBroken):
    """An account is kept in one currency."""

    code = "currency-is-not-the-accounts"
    title = "Documents of a receivables account are in the account's currency."
    hint = "Use the account's currency, or open an account in a company that trades in the other."


class TaxRateIsMissing(RuleBroken):
    """Tax is never guessed."""

    code = "tax-rate-is-missing"
    title = "A tax category has a rate in the company's country on the invoice date."
    hint = "Add the rate with POST /v1/tax-rates, or use another tax category."


class TaxRateExistsAlready(RuleBroken):
    """A category has one rate a day."""

    code = "tax-rate-exists-already"
    title = "A tax category has one rate in a country from a day on."
    hint = "Give another first day; a rate holds until the next one of its category begins."


class DocumentHasNoAccount(InvalidInput):
    """A document names the account, or the customer."""

    code = "document-has-no-account"
    title = "An invoice or payment names an account or a customer."
    hint = "Give account_id, or customer_id (and company_id unless it is the default company)."


class AllocationExceedsPayment(InvalidInput):
    """A payment settles at most its own amount."""

    code = "allocation-exceeds-payment"
    title = "Allocations do not exceed what is left of the payment."
    hint = "Lower the allocations so that their sum is at most the payment's rest."


class AllocationExceedsOpenItem(RuleBroken):
    """An invoice is paid once."""

    code = "allocation-exceeds-open-item"
    title = "An allocation does not exceed what is open on the invoice."
    hint = "Allocate at most the open amount; the rest may stay unallocated."


class ItemIsNotOpen(RuleBroken):
    """Only open items of the same account are paid."""

    code = "item-is-not-open"
    title = "A payment settles open invoices of its own account."
    hint = "List them with GET /v1/accounts/{id}/open-items."


class InvoiceIsAllocatedTwice(InvalidInput):
    """A payment names each invoice once."""

    code = "invoice-is-allocated-twice"
    title = "A list of allocations names each invoice once."
    hint = "Add up the amounts for the invoice."


class CreditState(StrEnum):
    """What a seller may expect: fine, careful, or no further credit."""

    OK = "ok"
    WARNING = "warning"
    BLOCKED = "blocked"


@dataclass(frozen=True, slots=True)
class Exposure:
    """What a customer owes a company and may still owe; amounts in the account's currency.

    `open_items` are posted invoices less what was paid, unallocated payments included, so it
    may be negative. `open_orders` are orders not invoiced yet, with tax.
    """

    open_items: Money
    open_orders: Money
    overdue: Money
    credit_limit: Money | None
    credit_stop: bool = False

    @property
    def total(self) -> Money:
        """Open items plus open orders."""
        return self.open_items + self.open_orders

    @property
    def headroom(self) -> Money | None:
        """Limit less exposure, negative when exceeded; None without a limit."""
        return None if self.credit_limit is None else self.credit_limit - self.total

    @property
    def state(self) -> CreditState:
        """Blocked when stopped by hand or over the limit; warning near the limit or overdue."""
        headroom = self.headroom
        if self.credit_stop or (headroom is not None and headroom.is_negative):
            return CreditState.BLOCKED
        near = self.credit_limit is not None and self.total >= self.credit_limit * WARNING_SHARE
        # A limit of zero is near its end from the start, but nothing is owed yet.
        if (near and not self.total.is_zero) or self.overdue > Money.zero(self.overdue.currency):
            return CreditState.WARNING
        return CreditState.OK


@dataclass(frozen=True, slots=True)
class CreditReason:
    """Why an order is held: a stable code and a sentence for people."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class CreditDecision:
    """The answer to "may this customer owe that much more"; without reasons it is yes."""

    reasons: tuple[CreditReason, ...]

    @property
    def granted(self) -> bool:
        """Whether nothing speaks against it."""
        return not self.reasons


def decide_credit(exposure: Exposure, order_gross: Money) -> CreditDecision:
    """Whether the order fits into the credit of the account.

    Overdue items alone hold nothing: they show as `warning`, and a person may stop the account.
    """
    reasons: list[CreditReason] = []
    if exposure.credit_stop:
        reasons.append(CreditReason("credit-stop", "The account is stopped by hand."))
    if order_gross.currency != exposure.open_items.currency:
        reasons.append(
            CreditReason(
                "currency-differs",
                f"The order is in {order_gross.currency}, the account in "
                f"{exposure.open_items.currency}: its credit cannot be judged.",
            )
        )
        return CreditDecision(tuple(reasons))
    headroom = exposure.headroom
    if headroom is not None and order_gross > headroom:
        reasons.append(
            CreditReason(
                "credit-limit-exceeded",
                f"The order is {order_gross}, the credit headroom {headroom}.",
            )
        )
    return CreditDecision(tuple(reasons))


@dataclass(frozen=True, slots=True)
class TaxableLine:
    """What tax and totals need of a document line; `net_amount` is not rounded."""

    net_amount: Decimal
    tax_category: str


@dataclass(frozen=True, slots=True)
class CategoryTax:
    """Tax of one category: `tax` = round(`base` x `rate`)."""

    category: str
    rate: Decimal
    base: Money
    tax: Money


@dataclass(frozen=True, slots=True)
class DocumentTotals:
    """The rounded figures of a document; `gross` = `net` + `tax`.

    `shown` are the line amounts as printed: rounded by largest remainder so that they sum to
    `net`. The bases of the categories sum to `net` as well.
    """

    net: Money
    tax: Money
    gross: Money
    taxes: tuple[CategoryTax, ...]
    shown: tuple[Money, ...]


def document_totals(
    lines: Sequence[TaxableLine], rates: Mapping[str, Decimal], currency: str
) -> DocumentTotals:
    """Round a document by the house policy: net once, tax once per category.

    The net is the rounded sum of the unrounded lines; the bases of the categories are that net,
    split by largest remainder, so that bases and net agree on paper (EN 16931 BR-CO-13 and
    BR-CO-17). `rates` gives the fraction of each category. Raises `TaxRateIsMissing`.
    """
    if not lines:
        nothing = Money.zero(currency)
        return DocumentTotals(nothing, nothing, nothing, (), ())
    sums: dict[str, Money] = {}
    for line in lines:
        amount = Money(line.net_amount, currency)
        known = sums.get(line.tax_category)
        sums[line.tax_category] = amount if known is None else known + amount
    categories = sorted(sums)
    bases = round_together([sums[category] for category in categories])
    taxes = []
    for category, base in zip(categories, bases, strict=True):
        rate = rates.get(category)
        if rate is None:
            raise TaxRateIsMissing(
                f"There is no rate for the tax category {category!r} on that day."
            )
        taxes.append(CategoryTax(category, rate, base, (base * rate).round()))
    net = sum(bases, start=Money.zero(currency))
    tax = sum((part.tax for part in taxes), start=Money.zero(currency))
    shown = round_together([Money(line.net_amount, currency) for line in lines])
    return DocumentTotals(net, tax, net + tax, tuple(taxes), tuple(shown))


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


@dataclass(frozen=True, slots=True)
class OpenItem:
    """An invoice on which something is owed."""

    invoice_id: UUID
    due_on: date
    open: Money


@dataclass(frozen=True, slots=True)
class Settlement:
    """The part of a payment that goes to an invoice."""

    invoice_id: UUID
    amount: Money


def settle_oldest(payment: Money, items: Sequence[OpenItem]) -> tuple[list[Settlement], Money]:
    """Pay the oldest debt first; return the settlements and what is left over.

    Due dates decide, as they do in dunning. The id breaks ties: the same payment must always
    touch the same invoices.
    """
    left, settlements = payment, list[Settlement]()
    for item in sorted(items, key=lambda item: (item.due_on, item.invoice_id)):
        if left.is_zero:
            break
        paid = min(left, item.open)
        if not paid.is_zero:
            settlements.append(Settlement(item.invoice_id, paid))
            left -= paid
    return settlements, left


def settle_named(
    payment: Money, wanted: Sequence[Settlement], items: Sequence[OpenItem]
) -> tuple[list[Settlement], Money]:
    """Pay exactly what was named; return the settlements and what is left over.

    Raises `InvoiceIsAllocatedTwice`, `ItemIsNotOpen`, `AllocationExceedsOpenItem`,
    `AllocationExceedsPayment`.
    """
    open_by_invoice = {item.invoice_id: item.open for item in items}
    left, seen = payment, set[UUID]()
    for position, settlement in enumerate(wanted):
        field = f"allocations.{position}"
        if settlement.invoice_id in seen:
            raise InvoiceIsAllocatedTwice(
                f"Invoice {settlement.invoice_id} is named twice.", field=f"{field}.invoice_id"
            )
        seen.add(settlement.invoice_id)
        open_amount = open_by_invoice.get(settlement.invoice_id)
        if open_amount is None:
            raise ItemIsNotOpen(
                f"Invoice {settlement.invoice_id} is not open on this account.",
                field=f"{field}.invoice_id",
            )
        if settlement.amount > open_amount:
            raise AllocationExceedsOpenItem(
                f"{settlement.amount} is more than the open {open_amount}.",
                field=f"{field}.amount",
            )
        if settlement.amount > left:
            raise AllocationExceedsPayment(
                f"{settlement.amount} is more than the {left} left of the payment.",
                field=f"{field}.amount",
            )
        left -= settlement.amount
    return list(wanted), left


AGEING_BOUNDS = (0, 30, 60, 90, 120)
AGEING_BUCKETS = ("current", "1-30", "31-60", "61-90", "91-120", "over-120")


def ageing_bucket(due: date, as_of: date) -> str:
    """The bucket of an open item by the days since its due date."""
    late = (as_of - due).days
    for bound, bucket in zip(AGEING_BOUNDS, AGEING_BUCKETS, strict=False):
        if late <= bound:
            return bucket
    return AGEING_BUCKETS[-1]
