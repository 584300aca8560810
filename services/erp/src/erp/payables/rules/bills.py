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


class BillVatCode(StrEnum):
    """The VAT category that a bill states (EN 16931, BT-151)."""

    STANDARD = "S"
    ZERO_RATED = "Z"
    EXEMPT = "E"
    REVERSE_CHARGE = "AE"
    INTRA_COMMUNITY = "K"
    EXPORT = "G"
    OUT_OF_SCOPE = "O"


SELF_ASSESSED = frozenset({BillVatCode.REVERSE_CHARGE, BillVatCode.INTRA_COMMUNITY})
"""Whoever buys owes the tax, and deducts it (VAT directive, articles 194 to 199a and 200)."""
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


class VatCodeDoesNotFit(InvalidInput):
    """Only what is taxed at a rate has tax on the bill."""

    code = "vat-code-does-not-fit"
    title = "The VAT code does not go with the rate"
    hint = "S has a rate above zero; Z, E, AE, K, G and O have none on the bill."


class SelfAssessedRateIsMissing(InvalidInput):
    """Tax that the company owes itself needs the rate of its own country."""

    code = "self-assessed-rate-is-missing"
    title = "The company's country has no such rate on the day of the bill"
    hint = "Name a tax category that has a rate there, or add one with POST /v1/tax-rates."


class WithholdingDoesNotFit(InvalidInput):
    """What is withheld of a bill has a rate on its day, and leaves something to pay."""

    code = "withholding-does-not-fit"
    title = "Tax cannot be withheld of the bill as the supplier's kind of payment says"
    hint = "Change the supplier's withholding_kind, or add a rate with POST /v1/withholding-rates."


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
    """A line of a bill is booked to an account that takes lines and that documents do not own."""

    code = "bill-account-is-wrong"
    title = "The line's account is not one that bills are booked to"
    hint = "Name an account in use that is no heading and no control account, or name an item."


class BillItemIsUnknown(InvalidInput):
    """A line of a bill names an item that is there."""

    code = "bill-item-is-unknown"
    title = "The line's item does not exist"
    hint = "List the items with GET /v1/items, or name an account of cost instead."


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
    vat_code: BillVatCode | None = None

    @property
    def taxed(self) -> tuple[BillVatCode, str, Decimal]:
        """Which of the bill's taxes it belongs to."""
        return vat_code_of(self.vat_code, self.tax_category, self.tax_rate)


@dataclass(frozen=True, slots=True)
class StatedTax:
    """The tax of one VAT code, category and rate, as the bill states it."""

    category: str
    rate: Decimal
    base: Decimal
    tax: Decimal
    vat_code: BillVatCode | None = None

    @property
    def taxed(self) -> tuple[BillVatCode, str, Decimal]:
        """Which lines it is the tax of."""
        return vat_code_of(self.vat_code, self.category, self.rate)


def vat_code_of(
    code: BillVatCode | None, category: str, rate: Decimal
) -> tuple[BillVatCode, str, Decimal]:
    """Code, category and rate; where the code is left out they say which it is."""
    if code is None:
        exempt = BillVatCode.EXEMPT if category == "exempt" else BillVatCode.ZERO_RATED
        code = BillVatCode.STANDARD if rate else exempt
    return code, category, rate


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

    Raises `BillDoesNotTie`, `StatedTaxIsOff`, `VatCodeDoesNotFit`.
    """
    bases: defaultdict[tuple[BillVatCode, str, Decimal], Decimal] = defaultdict(Decimal)
    counts: defaultdict[tuple[BillVatCode, str, Decimal], int] = defaultdict(int)
    for line in lines:
        bases[line.taxed] += line.net_amount
        counts[line.taxed] += 1
    stated = {tax.taxed: tax for tax in taxes}
    if len(stated) < len(taxes) or stated.keys() != bases.keys():
        raise BillDoesNotTie(
            "Taxes name each VAT code, category and rate of the lines once, and no other.",
            field="taxes",
        )
    for at, tax in enumerate(taxes):
        key = tax.taxed
        if (key[0] is BillVatCode.STANDARD) != (tax.rate > 0):
            raise VatCodeDoesNotFit(
                f"{key[0]} does not go with a rate of {plain(tax.rate)}.",
                field=f"taxes.{at}.vat_code",
            )
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
