"""Which open items a payment run pays, and the reason for each."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from itertools import groupby
from uuid import UUID

from servicekit.errors import InvalidInput, NotFound, RuleBroken
from servicekit.values.money import Money

ZERO = Decimal(0)


class NextRunIsNotLater(InvalidInput):
    """What waits must be paid by a run that comes after this one."""

    code = "next-run-is-not-later"
    title = "The next run is not after this one"
    hint = "Give a `next_pay_on` after `pay_on`."


class PayDayIsPast(InvalidInput):
    """Banks do not execute transfers in the past."""

    code = "pay-day-is-past"
    title = "The day of payment is past"
    hint = "Give a `pay_on` from today (UTC) on, or leave it out."


class CompanyBankAccountNotFound(NotFound):
    """The bank account does not exist, or belongs to another tenant."""

    code = "company-bank-account-not-found"
    title = "No such bank account of a company"
    hint = "List them with GET /v1/company-bank-accounts."


class CompanyBankAccountIsThere(RuleBroken):
    """A company has a bank account once."""

    code = "company-bank-account-is-there"
    title = "The company has this bank account already"
    hint = "Use the one that is there; PATCH puts it back into use."


class Reason(StrEnum):
    """Why an item is in a proposal (the first three), or not."""

    DUE = "due"
    DISCOUNT = "discount-would-be-lost"
    CREDIT = "credit"
    NOT_DUE = "not-due"
    DISPUTED = "disputed"
    IN_A_RUN = "in-another-run"
    LEFT_OUT = "left-out"
    NOTHING_TO_NET = "nothing-to-net"
    NO_BANK_DETAILS = "no-approved-bank-details"
    NOT_POSITIVE = "net-is-not-positive"


@dataclass(frozen=True, slots=True)
class Candidate:
    """What is open on a document, above zero, in the proposal's currency at its minor units.

    A bill has a `due_on`; credit notes and payments that settle nothing yet have none (`due_on`
    is None) and lessen what is paid. `discount_rate` is the share of the gross that is kept by
    paying on or before `discount_on`.
    """

    item_id: UUID
    supplier_id: UUID
    open: Decimal
    due_on: date | None
    discount_on: date | None = None
    discount_rate: Decimal | None = None
    disputed: bool = False
    barred: Reason | None = None
    """Why it is not looked at: another run has it, or somebody left it out."""


@dataclass(frozen=True, slots=True)
class Proposed:
    """An item, whether it is paid, and why; `discount` is kept if it is."""

    candidate: Candidate
    paid: bool
    reason: Reason
    discount: Decimal

    @property
    def amount(self) -> Decimal:
        """What it adds to the payment: below zero for a credit, zero if it is not paid."""
        if not self.paid:
            return ZERO
        worth = self.candidate.open - self.discount
        return -worth if self.candidate.due_on is None else worth


@dataclass(frozen=True, slots=True)
class Payout:
    """A supplier's items, and what it is paid for them: zero, or above."""

    supplier_id: UUID
    lines: Sequence[Proposed]

    @property
    def amount(self) -> Decimal:
        """The sum of the lines."""
        return sum((line.amount for line in self.lines), start=ZERO)

    @property
    def discount(self) -> Decimal:
        """What is kept for paying early."""
        return sum((line.discount for line in self.lines), start=ZERO)


def check_days(pay_on: date, next_pay_on: date, today: date) -> None:
    """Raises `PayDayIsPast`, `NextRunIsNotLater`."""
    if pay_on < today:
        raise PayDayIsPast(f"{pay_on} is before {today}.", field="pay_on")
    if next_pay_on <= pay_on:
        raise NextRunIsNotLater(f"{next_pay_on} is not after {pay_on}.", field="next_pay_on")


def propose(
    candidates: Sequence[Candidate],
    *,
    currency: str,
    pay_on: date,
    next_pay_on: date,
    payable: Collection[UUID],
) -> list[Payout]:
    """What a run of `pay_on` pays; `payable` are the suppliers with approved bank details.

    A bill is paid that would be late, or lose its early discount, on `next_pay_on`. The
    supplier's credits lessen that; where nothing is left to pay, nothing of the supplier's is
    paid. Candidates come in order of suppliers; every one of them is in the result, once.
    """
    return [
        Payout(
            supplier,
            _decided(
                [_own(item, currency, pay_on, next_pay_on) for item in items], supplier in payable
            ),
        )
        for supplier, items in groupby(candidates, key=lambda item: item.supplier_id)
    ]


def _own(item: Candidate, currency: str, pay_on: date, next_pay_on: date) -> Proposed:
    """The decision that the item alone gives."""
    if item.barred is not None:
        return Proposed(item, False, item.barred, ZERO)
    if item.disputed:
        return Proposed(item, False, Reason.DISPUTED, ZERO)
    if item.due_on is None:
        return Proposed(item, True, Reason.CREDIT, ZERO)
    discount = ZERO
    if item.discount_on is not None and item.discount_rate and pay_on <= item.discount_on:
        discount = (Money(item.open, currency) * item.discount_rate).round().amount
    if item.due_on < next_pay_on:
        return Proposed(item, True, Reason.DUE, discount)
    if discount and item.discount_on is not None and item.discount_on < next_pay_on:
        return Proposed(item, True, Reason.DISCOUNT, discount)
    return Proposed(item, False, Reason.NOT_DUE, ZERO)


def _decided(lines: Sequence[Proposed], payable: bool) -> list[Proposed]:
    """The decisions once the supplier's other items are known."""
    out: Reason | None = None
    only_credits = all(line.candidate.due_on is None for line in lines if line.paid)
    if only_credits:
        out = Reason.NOTHING_TO_NET
    elif not payable:
        out = Reason.NO_BANK_DETAILS
    elif sum((line.amount for line in lines), start=ZERO) <= 0:
        out = Reason.NOT_POSITIVE
    if out is None:
        return list(lines)
    return [Proposed(line.candidate, False, out, ZERO) if line.paid else line for line in lines]
