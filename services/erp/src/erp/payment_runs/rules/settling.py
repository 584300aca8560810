"""What a payment of a supplier settles, and with what."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from servicekit.errors import InvalidInput, NotFound, RuleBroken

ZERO = Decimal(0)
RUN_CURRENCY = "EUR"
"""SEPA credit transfers are in euros (Regulation (EU) No 260/2012)."""


class PaymentRunNotFound(NotFound):
    """The run does not exist, or belongs to another tenant."""

    code = "payment-run-not-found"
    title = "No such payment run"
    hint = "List them with GET /v1/payment-runs."


class NothingToPay(RuleBroken):
    """A run pays somebody."""

    code = "nothing-to-pay"
    title = "There is nothing to pay"
    hint = "GET /v1/payment-proposals says why each open item is not paid."


class ItemIsNotProposed(InvalidInput):
    """Only what the proposal pays can be left out of it."""

    code = "item-is-not-proposed"
    title = "The item is not one that the run would pay"
    hint = "Name items that GET /v1/payment-proposals says are paid."


class ItemIsInAnotherRun(RuleBroken):
    """Nothing is paid twice."""

    code = "item-is-in-another-run"
    title = "An item is in another run that is not finished"
    hint = "Release or cancel the other run first, or leave the item out."


class RunIsNotInThatState(RuleBroken):
    """Runs are approved once proposed, released once approved, and neither twice."""

    code = "run-is-not-in-that-state"
    title = "The run is not in the state for this"
    hint = "Read the run: proposed, approved, then released; cancelled before that."


class FileIsAnother(RuleBroken):
    """What is approved is the file that was looked at."""

    code = "file-is-another"
    title = "The run's file has another hash"
    hint = "Fetch the file, look at it, and approve its SHA-256."


class BooksHaveMoved(RuleBroken):
    """A run is released as it was approved, or not at all."""

    code = "books-have-moved"
    title = "Something was settled since the run was made"
    hint = "Cancel the run, and make it anew from what is open now."


class BankAccountDoesNotPay(InvalidInput):
    """A run pays in euros from an account in use of its company."""

    code = "bank-account-does-not-pay"
    title = "The bank account cannot pay this run"
    hint = "Use an account in euros that is in use."


@dataclass(frozen=True, slots=True)
class RunLine:
    """An item of a payment: a bill with what of it is kept as discount, or a credit.

    `open` is above zero; `discount` is zero for a credit.
    """

    item_id: UUID
    document_id: UUID
    is_credit: bool
    open: Decimal
    discount: Decimal

    @property
    def amount(self) -> Decimal:
        """What it adds to the payment: below zero for a credit."""
        return -self.open if self.is_credit else self.open - self.discount


@dataclass(frozen=True, slots=True)
class Share:
    """How much of a bill something settles; `credit` is the document that does, if one does."""

    bill_id: UUID
    amount: Decimal
    credit: UUID | None = None


@dataclass(frozen=True, slots=True)
class Settling:
    """All that settles the bills of a payment; each bill is settled whole."""

    credits: Sequence[Share]
    discounts: Sequence[Share]
    money: Sequence[Share]


def settling(lines: Sequence[RunLine]) -> Settling:
    """Credits first, then the discount of each bill, and money for the rest.

    Credits sum to less than the bills do, since a payment is above zero.
    """
    left = {line.document_id: line.open - line.discount for line in lines if not line.is_credit}
    netted: list[Share] = []
    for credit in [line for line in lines if line.is_credit]:
        rest = credit.open
        for bill in left:
            part = min(rest, left[bill])
            if part > 0:
                netted.append(Share(bill, part, credit.document_id))
                left[bill] -= part
                rest -= part
    discounts = [
        Share(line.document_id, line.discount)
        for line in lines
        if line.discount and not line.is_credit
    ]
    return Settling(
        netted, discounts, [Share(bill, amount) for bill, amount in left.items() if amount > 0]
    )
