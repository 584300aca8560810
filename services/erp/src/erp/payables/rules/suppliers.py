"""What a supplier is, and what its numbers must be."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from schwifty import BIC, IBAN
from schwifty.exceptions import SchwiftyException
from stdnum.util import get_cc_module

from servicekit.errors import InvalidInput, NotFound, RuleBroken


class SupplierNotFound(NotFound):
    """The supplier does not exist, or belongs to another tenant."""

    code = "supplier-not-found"
    title = "No such supplier"
    hint = "List the suppliers with GET /v1/suppliers."


class SupplierNumberIsTaken(RuleBroken):
    """A number names one supplier of a company."""

    code = "supplier-number-is-taken"
    title = "Another supplier of the company has this number"
    hint = "Use the supplier that is there, or give this one another number."


class SupplierIsInactive(RuleBroken):
    """Nothing new is entered for a supplier that is not in use."""

    code = "supplier-is-inactive"
    title = "The supplier is not active"
    hint = "Activate it with PATCH /v1/suppliers/{id}, or choose another one."


class VatNumberIsWrong(InvalidInput):
    """A VAT number has the form and the check digits of its country."""

    code = "vat-number-is-wrong"
    title = "The VAT number is not one"
    hint = "Copy it from the bill, with the country's letters in front, such as DE136695976."


class BankDetailsAreWrong(InvalidInput):
    """An IBAN or BIC has its form, and the IBAN its check digits."""

    code = "bank-details-are-wrong"
    title = "The IBAN or BIC is not one"
    hint = "Copy it from the supplier's own papers."


class BankDetailsNotFound(NotFound):
    """The bank details do not exist, or belong to another supplier."""

    code = "bank-details-not-found"
    title = "No such bank details"
    hint = "Read the supplier's bank details with GET /v1/suppliers/{id}/bank-details."


class BankDetailsAreDecided(RuleBroken):
    """Bank details are approved or rejected once."""

    code = "bank-details-are-decided"
    title = "The bank details are decided on already"
    hint = "Enter them anew to change them."


class ApproverEnteredIt(RuleBroken):
    """Four eyes: whoever enters something does not approve it."""

    code = "approver-entered-it"
    title = "Whoever entered it does not approve it"
    hint = "Have somebody else approve it."


def checked_vat_number(number: str) -> str:
    """The VAT number in its compact form; raises `VatNumberIsWrong`.

    Only countries whose rule is known are held to it (python-stdnum); no register is asked.
    """
    compact = "".join(sign for sign in number.upper() if sign.isalnum())
    prefix = compact[:2].lower()
    if not prefix.isalpha():
        raise VatNumberIsWrong(f"{number!r} does not begin with a country.", field="vat_number")
    module: Any = get_cc_module({"el": "gr", "xi": "gb"}.get(prefix, prefix), "vat")
    if module is not None and not (module.is_valid(compact) or module.is_valid(compact[2:])):
        raise VatNumberIsWrong(f"{number!r} is not a number of its country.", field="vat_number")
    return compact


def checked_bank_details(iban: str, bic: str | None) -> tuple[str, str | None]:
    """IBAN and BIC in their compact forms; raises `BankDetailsAreWrong`."""
    try:
        account = IBAN(iban)
    except SchwiftyException as wrong:
        raise BankDetailsAreWrong(str(wrong), field="iban") from wrong
    if bic is None:
        return str(account), None
    try:
        return str(account), str(BIC(bic))
    except SchwiftyException as wrong:
        raise BankDetailsAreWrong(str(wrong), field="bic") from wrong


def check_four_eyes(entered_by: str, approved_by: str) -> None:
    """Raises `ApproverEnteredIt`; the database holds the same."""
    if entered_by == approved_by:
        raise ApproverEnteredIt(f"{approved_by} entered it.")


def due_days(
    issued_on: date, terms_days: int, discount_days: int | None, discount_rate: Decimal | None
) -> tuple[date, date | None]:
    """The day a bill is due, and the last one on which its early discount is taken."""
    discount_on = (
        issued_on + timedelta(days=discount_days)
        if discount_days is not None and discount_rate
        else None
    )
    return issued_on + timedelta(days=terms_days), discount_on
