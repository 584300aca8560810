"""Telling what documents say of seller and buyer."""

from dataclasses import asdict
from typing import Any
from uuid import UUID

import schwifty
import stdnum.eu.vat
from schwifty.exceptions import SchwiftyException

from erp.einvoices import queries
from erp.einvoices.models import BillingDetails, LegalDetails
from erp.einvoices.queries import BuyerRow, SellerRow
from erp.einvoices.rules import (
    BuyerDetails,
    DetailsHaveChanged,
    NumberIsWrong,
    PartyDetails,
    SellerDetails,
)
from erp.ledger import queries as ledger
from erp.receivables import queries as receivables
from servicekit.uow import UnitOfWork


async def tell_seller(
    uow: UnitOfWork, company_id: UUID, details: SellerDetails, *, expected: int
) -> SellerRow:
    """Replace a company's details; documents show them from now on.

    `expected` is the version that was read, 0 where there is none. Raises `CompanyNotFound`,
    `NumberIsWrong`, `DetailsHaveChanged`.
    """
    await ledger.company(uow.session, company_id)
    _check(details)
    if details.iban:
        try:
            schwifty.IBAN(details.iban, validate_bban=True)
        except SchwiftyException as error:
            raise NumberIsWrong(f"The IBAN is wrong: {error}", field="iban") from error
    if details.bic:
        try:
            schwifty.BIC(details.bic)
        except SchwiftyException as error:
            raise NumberIsWrong(f"The BIC is wrong: {error}", field="bic") from error
    row = await uow.session.get(LegalDetails, (uow.tenant, company_id), with_for_update=True)
    _check_version(row, expected)
    if row is None:
        uow.add(LegalDetails(company_id=company_id, content=_told(details)))
    else:
        row.content = _told(details)
    uow.audit("einvoices.legal-details.told", "company", company_id)
    await uow.flush()
    return await queries.seller(uow.session, company_id)


async def tell_buyer(
    uow: UnitOfWork, account_id: UUID, details: BuyerDetails, *, expected: int
) -> BuyerRow:
    """Replace an account's details; documents show them from now on.

    `expected` is the version that was read, 0 where there is none. Raises `AccountNotFound`,
    `NumberIsWrong`, `DetailsHaveChanged`.
    """
    await receivables.account(uow.session, account_id)
    _check(details)
    row = await uow.session.get(BillingDetails, (uow.tenant, account_id), with_for_update=True)
    _check_version(row, expected)
    if row is None:
        uow.add(BillingDetails(account_id=account_id, content=_told(details)))
    else:
        row.content = _told(details)
    uow.audit("einvoices.billing-details.told", "account", account_id)
    await uow.flush()
    return await queries.buyer(uow.session, account_id)


def _check_version(row: LegalDetails | BillingDetails | None, expected: int) -> None:
    known = 0 if row is None else row.version
    if known != expected:
        raise DetailsHaveChanged(f"Version {expected} was expected, it is {known} by now.")


def _check(details: PartyDetails) -> None:
    """Numbers of the European Union have checksums; of others only the form is known."""
    number = details.vat_id
    if number is None or number[:2].lower() not in stdnum.eu.vat.MEMBER_STATES | {"el"}:
        return
    if not stdnum.eu.vat.is_valid(number):
        raise NumberIsWrong(f"{number} is no VAT number.", field="vat_id")


def _told(details: PartyDetails) -> dict[str, Any]:
    return {name: value for name, value in asdict(details).items() if value is not None}
