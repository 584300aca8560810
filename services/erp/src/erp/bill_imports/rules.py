"""From a document of EN 16931 to a bill as it is typed in. Pure.

Comments name the business terms (BT) of EN 16931-1:2017.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from uuid import UUID

from servicekit.errors import InvalidInput, NotFound, RuleBroken
from servicekit.values.decimals import plain

ZERO = Decimal(0)
LONGEST_DESCRIPTION = 2_000
MOST_LINES = 500
CATEGORIES = {
    "S": "standard",
    "Z": "zero",
    "E": "exempt",
    # The company's own rate counts: that of its standard category.
    "AE": "standard",
    "K": "standard",
    "G": "zero",
    "O": "zero",
}
"""The tax category of a VAT category. IGIC and IPSI (L, M) are no VAT: those bills are typed."""


class BillImportNotFound(NotFound):
    """The import does not exist, or belongs to another tenant."""

    code = "bill-import-not-found"
    title = "No such import of a bill"
    hint = "List them with GET /v1/bill-imports."


class BillFileIsNotReadable(InvalidInput):
    """A file is UBL 2.1, CII, or a PDF with CII inside."""

    code = "bill-file-is-not-readable"
    title = "The file is no electronic invoice"
    hint = "Send UBL 2.1, CII, or Factur-X; type other bills in with POST /v1/bills."


class BillIsImportedAlready(RuleBroken):
    """A file becomes one bill."""

    code = "bill-is-imported-already"
    title = "The same file was imported before"
    hint = "Look at the bill that it became; reject that first if it is to be entered anew."


class SellerIsNotKnown(RuleBroken):
    """Suppliers are never made up: who is paid is somebody's decision."""

    code = "seller-is-not-known"
    title = "No supplier of the company is the seller of the file"
    hint = (
        "Name the supplier with supplier_id, or say under which number to add it: add_supplier_as."
    )


class BillIsForSomebodyElse(RuleBroken):
    """Only bills to the company are owed by it."""

    code = "bill-is-for-somebody-else"
    title = "The buyer of the file is not the company"
    hint = "Ask the supplier to correct it, or import it into the company that it names."


class BillFileDoesNotTie(InvalidInput):
    """The figures of a file are those of its own arithmetic, or nobody knows what is owed."""

    code = "bill-file-does-not-tie"
    title = "The figures of the file do not tie"
    hint = "Send it back to the supplier: each fault names the rule of EN 16931."


class BillFileIsNotForImport(InvalidInput):
    """Some documents are bills that cannot be booked from their file alone."""

    code = "bill-file-is-not-for-import"
    title = "The file says something that a bill here cannot"
    hint = "Type it in with POST /v1/bills, or ask the supplier for another document."


@dataclass(frozen=True, slots=True)
class ReadLine:
    """A line, or an allowance (below zero) or charge of the document, with its VAT category."""

    description: str
    net_amount: Decimal
    code: str
    percent: Decimal


@dataclass(frozen=True, slots=True)
class ReadTax:
    """What the document states of a VAT category."""

    code: str
    percent: Decimal
    base: Decimal
    tax: Decimal

    @property
    def rate(self) -> Decimal:
        """The rate as a share of one."""
        return self.percent.scaleb(-2)


@dataclass(frozen=True, slots=True)
class ReadBill:
    """What a file says of what is owed; a credit note in positive amounts too.

    `gross` is with tax and the rounding of the payable amount (BT-114), `payable` what of it is
    still to be paid (BT-115), less what was paid before (BT-113).
    """

    number: str
    is_credit_note: bool
    issued_on: date
    due_on: date | None
    currency: str
    lines: tuple[ReadLine, ...]
    taxes: tuple[ReadTax, ...]
    gross: Decimal
    prepaid: Decimal
    payable: Decimal

    def turned(self) -> "ReadBill":
        """The other kind with opposite signs: an invoice below zero is a credit note."""
        return replace(
            self,
            is_credit_note=not self.is_credit_note,
            lines=tuple(replace(each, net_amount=-each.net_amount) for each in self.lines),
            taxes=tuple(replace(each, base=-each.base, tax=-each.tax) for each in self.taxes),
            gross=-self.gross,
            prepaid=-self.prepaid,
            payable=-self.payable,
        )


def with_rounding(bill: ReadBill, rounding: Decimal) -> ReadBill:
    """The bill with the rounding of its payable amount as a line of its own, outside of VAT."""
    if not rounding:
        return bill
    line = ReadLine("Rounding of the payable amount", rounding, "O", ZERO)
    outside = next((tax for tax in bill.taxes if tax.code == "O"), ReadTax("O", ZERO, ZERO, ZERO))
    others = tuple(tax for tax in bill.taxes if tax.code != "O")
    return replace(
        bill,
        lines=(*bill.lines, line),
        taxes=(*others, replace(outside, base=outside.base + rounding)),
        gross=bill.gross + rounding,
    )


def check_bookable(bill: ReadBill) -> None:
    """Refuse what no bill here can say; raises `BillFileIsNotForImport`."""
    for code in [line.code for line in bill.lines] + [tax.code for tax in bill.taxes]:
        if code not in CATEGORIES:
            raise BillFileIsNotForImport(
                f"VAT category {code[:10]!r} is no VAT that is booked here.", field="content"
            )
    if len(bill.lines) > MOST_LINES:
        raise BillFileIsNotForImport(
            f"It has {len(bill.lines)} lines, at most {MOST_LINES} are read.", field="content"
        )
    if not bill.gross:
        raise BillFileIsNotForImport("It is worth nothing in all.", field="content")
    wrong = [tax for tax in bill.taxes if (tax.code == "S") != (tax.percent > 0)]
    if wrong:
        raise BillFileIsNotForImport(
            f"VAT category {wrong[0].code} has a rate of {plain(wrong[0].percent)} %.",
            field="content",
        )


@dataclass(frozen=True, slots=True)
class Seller:
    """Whoever wrote the file, as it says."""

    name: str
    country: str | None
    vat_id: str | None
    iban: str | None


@dataclass(frozen=True, slots=True)
class KnownSupplier:
    """A supplier that may be the seller."""

    id: UUID
    name: str
    vat_number: str | None
    ibans: frozenset[str]


@dataclass(frozen=True, slots=True)
class Match:
    """The supplier that is the seller, and what says so: vat-number, iban or name."""

    supplier_id: UUID
    by: str


def match_seller(seller: Seller, suppliers: Sequence[KnownSupplier]) -> Match | None:
    """The one supplier of the strongest sign: VAT number, bank account, then name.

    A sign that two suppliers share says nothing; nor does a name where the VAT numbers differ.
    """
    vat = compact(seller.vat_id)
    if vat:
        found = [each for each in suppliers if compact(each.vat_number) == vat]
        if len(found) == 1:
            return Match(found[0].id, "vat-number")
    iban = compact(seller.iban)
    others = [each for each in suppliers if not vat or not each.vat_number]
    if iban:
        found = [each for each in others if iban in each.ibans]
        if len(found) == 1:
            return Match(found[0].id, "iban")
    name = _folded(seller.name)
    found = [each for each in others if _folded(each.name) == name]
    return Match(found[0].id, "name") if len(found) == 1 else None


def compact(number: str | None) -> str:
    """A number without blanks and signs, in capitals; empty for none."""
    return "".join(sign for sign in (number or "").upper() if sign.isalnum())


def _folded(name: str) -> str:
    return " ".join(name.casefold().replace(".", " ").replace(",", " ").split())
