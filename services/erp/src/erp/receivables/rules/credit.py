"""Accounts and the credit they give."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

from servicekit.errors import NotFound, RuleBroken
from servicekit.values.money import Money

DEFAULT_PAYMENT_TERMS_DAYS = 30
WARNING_SHARE = Decimal("0.8")
"""From this share of the credit limit on, an account is in the state `warning`."""


class AccountNotFound(NotFound):
    """The receivables account does not exist, or belongs to another tenant."""

    code = "receivables-account-not-found"
    title = "No such receivables account"
    hint = "List the accounts with GET /v1/accounts; a customer gets one from CRM by itself."


class AccountExistsAlready(RuleBroken):
    """A customer has one account in a company."""

    code = "receivables-account-exists-already"
    title = "The customer has an account in this company already"
    hint = "Find it with GET /v1/accounts?customer_id=... and change that one."


class CustomerIsUnknown(RuleBroken):
    """Nothing has been heard of this customer from CRM."""

    code = "customer-is-unknown"
    title = "An account is opened for a customer that CRM has told of"
    hint = "Create the customer in CRM, or wait until its event has arrived."


class ReleaseNotFound(NotFound):
    """The release does not exist, or belongs to another tenant."""

    code = "credit-release-not-found"
    title = "No such release of credit"
    hint = "List them with GET /v1/credit-releases?account_id=..."


class ReleaseEndsBeforeToday(RuleBroken):
    """Credit is released for the time to come."""

    code = "credit-release-ends-before-today"
    title = "A release of credit lasts until today (UTC) or later"
    hint = "Give a day that has not passed."


class CreditState(StrEnum):
    """What a seller may expect: fine, careful, or no further credit."""

    OK = "ok"
    WARNING = "warning"
    BLOCKED = "blocked"


@dataclass(frozen=True, slots=True)
class Exposure:
    """What a customer owes a company and may still owe; amounts in the account's currency.

    `open_items` are posted invoices less what was paid, unallocated payments included, so it
    may be negative. `open_orders` are orders not invoiced yet, with tax: those due within the
    company's horizon, and what has left of any; `delivered` is the part of them that has left.
    `released` is what somebody lets the account owe beyond its limit for a while.
    """

    open_items: Money
    open_orders: Money
    overdue: Money
    credit_limit: Money | None
    credit_stop: bool = False
    released: Money | None = None
    delivered: Money | None = None

    @property
    def total(self) -> Money:
        """Open items plus open orders."""
        return self.open_items + self.open_orders

    @property
    def headroom(self) -> Money | None:
        """Limit and what was released beyond it, less exposure; None without a limit."""
        if self.credit_limit is None:
            return None
        headroom = self.credit_limit - self.total
        return headroom if self.released is None else headroom + self.released

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


def within_horizon(due_on: date, today: date, horizon_days: int | None) -> bool:
    """Whether an order that is due on a day counts as exposure today; without a horizon all do."""
    return horizon_days is None or due_on <= today + timedelta(days=horizon_days)


@dataclass(frozen=True, slots=True)
class OrdersMoved:
    """By how much an account's open orders moved, and the part of them that was delivered."""

    open_orders: Decimal = Decimal(0)
    delivered: Decimal = Decimal(0)

    def __add__(self, other: "OrdersMoved") -> "OrdersMoved":
        return OrdersMoved(self.open_orders + other.open_orders, self.delivered + other.delivered)

    def __neg__(self) -> "OrdersMoved":
        return OrdersMoved(-self.open_orders, -self.delivered)

    def __bool__(self) -> bool:
        return bool(self.open_orders or self.delivered)


NOTHING_MOVED = OrdersMoved()


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
