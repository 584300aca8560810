"""What a bill must be: its figures, its approval, its states."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from servicekit.errors import InvalidInput, NotFound, RuleBroken
from servicekit.values.decimals import plain
from servicekit.values.money import Money, minor_units

ZERO = Decimal(0)


class BillKind(StrEnum):
    """A bill is owed to the supplier, a credit note by it."""

    BILL = "bill"
    CREDIT_NOTE = "credit-note"


class BillStatus(StrEnum):
    """Drafts and approved bills are not in the books yet; posted ones never change."""

    DRAFT = "draft"
    APPROVED = "approved"
    POSTED = "posted"
    REJECTED = "rejected"


SERIES = {BillKind.BILL: "BIL", BillKind.CREDIT_NOTE: "SCN"}


class BillNotFound(NotFound):
    """The bill does not exist, or belongs to another tenant."""

    code = "bill-not-found"
    title = "No such bill"
    hint = "List the bills with GET /v1/bills."


class BillIsEnteredAlready(RuleBroken):
    """A number of a supplier's is entered once."""

    code = "bill-is-entered-already"
    title = "The supplier's bill of this number is entered already"
    hint = "Look at the bill that is there; reject it first if it was entered wrongly."


class BillDoesNotTie(InvalidInput):
    """Lines and taxes of a bill sum to its totals."""

    code = "bill-does-not-tie"
    title = "The figures of the bill do not sum to its totals"
    hint = "Type lines, taxes and totals as the bill shows them."


class StatedTaxIsOff(InvalidInput):
    """The tax of a bill is base times rate, to within what its rounding explains."""

    code = "stated-tax-is-off"
    title = "The tax on the bill is not its base times the rate"
    hint = "Check rate and tax; where the supplier erred, ask for a corrected bill."


class BillIsNotInThatState(RuleBroken):
    """Drafts are approved, approved bills are posted, and neither twice."""

    code = "bill-is-not-in-that-state"
    title = "The bill is not in the state for this"
    hint = "Read the bill: drafts are approved, approved bills posted, posted ones kept."


class ApprovalExceedsLimit(RuleBroken):
    """Nobody approves more than a role of theirs allows."""

    code = "approval-exceeds-limit"
    title = "The bill is above what the approver may approve"
    hint = "Have somebody with a higher limit approve it."


class ApprovalLimitNotFound(NotFound):
    """The approval limit does not exist."""

    code = "approval-limit-not-found"
    title = "No such approval limit"
    hint = "List the limits with GET /v1/bill-approval-limits."


class BillAccountIsWrong(InvalidInput):
    """A line of a bill is booked to an account of the company that documents do not own."""

    code = "bill-account-is-wrong"
    title = "The line's account is not one that bills are booked to"
    hint = "Name an account of the company that is no control account, or name an item."


class ReferenceIsWrong(InvalidInput):
    """A structured reference has its form and check digits (ISO 11649)."""

    code = "payment-reference-is-wrong"
    title = "The structured payment reference is not one"
    hint = "Copy it from the bill, such as RF18539007547034, or leave it out."


@dataclass(frozen=True, slots=True)
class BillLineInput:
    """A line as the bill shows it, without tax, in the bill's currency at its minor units.

    A discount or charge is a line of its own, of either sign. With an item the goods are expected
    or here, and clear what was received; else `account_id` names the cost.
    """

    description: str
    net_amount: Decimal
    tax_category: str
    tax_rate: Decimal
    account_id: UUID | None = None
    item_id: UUID | None = None
    quantity: Decimal | None = None
    cost_center: str | None = None
    project: str | None = None


@dataclass(frozen=True, slots=True)
class StatedTax:
    """The tax of one category and rate, as the bill states it."""

    category: str
    rate: Decimal
    base: Decimal
    tax: Decimal


def tolerance(currency: str, lines: int) -> Decimal:
    """By how much a stated tax may be off: half a minor unit for each line, one at least.

    Who rounds per line is off by half a unit on each; EN 16931 rounds per category.
    """
    unit = Decimal(1).scaleb(-minor_units(currency))
    return max(unit, unit * lines / 2)


def check_bill(
    lines: Sequence[BillLineInput], taxes: Sequence[StatedTax], currency: str
) -> tuple[Decimal, Decimal]:
    """Net and tax of a bill whose figures tie; both may be parts of either sign, their sum not.

    Raises `BillDoesNotTie`, `StatedTaxIsOff`.
    """
    bases: defaultdict[tuple[str, Decimal], Decimal] = defaultdict(Decimal)
    counts: defaultdict[tuple[str, Decimal], int] = defaultdict(int)
    for line in lines:
        bases[line.tax_category, line.tax_rate] += line.net_amount
        counts[line.tax_category, line.tax_rate] += 1
    stated = {(tax.category, tax.rate): tax for tax in taxes}
    if len(stated) < len(taxes) or stated.keys() != bases.keys():
        raise BillDoesNotTie(
            "Taxes name each category and rate of the lines once, and no other.", field="taxes"
        )
    for at, tax in enumerate(taxes):
        key = tax.category, tax.rate
        if tax.base != bases[key]:
            raise BillDoesNotTie(
                f"The lines of {tax.category} at {plain(tax.rate)} sum to {plain(bases[key])},"
                f" not {plain(tax.base)}.",
                field=f"taxes.{at}.base",
            )
        exact = (Money(tax.base, currency) * tax.rate).round().amount
        if abs(exact - tax.tax) > tolerance(currency, counts[key]):
            raise StatedTaxIsOff(
                f"{plain(tax.base)} at {plain(tax.rate)} is {plain(exact)}, not {plain(tax.tax)}.",
                field=f"taxes.{at}.tax",
            )
    net = sum(bases.values(), start=ZERO)
    tax_total = sum((tax.tax for tax in taxes), start=ZERO)
    if net + tax_total <= 0:
        raise BillDoesNotTie("A bill or credit note is above zero in all.", field="lines")
    return net, tax_total


def check_limit(
    gross: Decimal,
    currency: str,
    limits: Mapping[tuple[str, str], Decimal | None],
    roles: Collection[str],
) -> None:
    """Whether somebody with `roles` may approve `gross`; raises `ApprovalExceedsLimit`.

    `limits` are those of the company, by role and currency; None: without limit. A company
    without limits leaves it to permissions; one that has some allows nothing else.
    """
    if not limits:
        return
    own = [limits[role, currency] for role in roles if (role, currency) in limits]
    if not any(limit is None or gross <= limit for limit in own):
        most = max((limit for limit in own if limit is not None), default=ZERO)
        raise ApprovalExceedsLimit(
            f"The bill is over {plain(gross)} {currency}, the limit is {plain(most)} {currency}."
        )


def checked_reference(reference: str) -> str:
    """A structured reference in its compact form (ISO 11649); raises `ReferenceIsWrong`."""
    compact = "".join(reference.upper().split())
    digits = "".join(
        str(int(sign, 36))
        for sign in compact[4:] + compact[:4]
        if sign.isascii() and sign.isalnum()
    )
    if (
        not compact.startswith("RF")
        or not 5 <= len(compact) <= 25
        or not compact.isalnum()
        or int(digits or "0") % 97 != 1
    ):
        raise ReferenceIsWrong(f"{reference!r} is not one.", field="payment_reference")
    return compact
