"""What decides the tax of a sale: numbers, profiles, settings."""

from typing import Annotated
from uuid import UUID

from fastapi import Query

from erp.ledger import queries as ledger
from erp.ledger.service import CompanyNotFound, NoCompanyYet
from erp.taxes import queries, service
from erp.taxes.rules import (
    CompanyTaxNotFound,
    Supply,
    TaxNumberIsInvalid,
    TaxProfileNotFound,
    TaxRateIsMissing,
    check_number,
    treat,
)
from erp.taxes.schemas import (
    CompanyTaxIn,
    CompanyTaxOut,
    TaxNumberCheckIn,
    TaxNumberCheckOut,
    TaxProfileIn,
    TaxProfileOut,
    TreatmentOut,
)
from servicekit.http.router import SliceRouter
from servicekit.http.schemas import Code, DayIn
from servicekit.http.supplied import IfMatch, Now, Reads, Writes

READ, WRITE = "erp.taxes.read", "erp.taxes.write"

number_checks = SliceRouter(prefix="/v1/tax-number-checks", tags=["taxes"])
profiles = SliceRouter(prefix="/v1/accounts", tags=["taxes"])
companies = SliceRouter(prefix="/v1/company-tax-settings", tags=["taxes"])


@number_checks.post("", permission=READ)
async def check_tax_number(body: TaxNumberCheckIn, uow: Writes) -> TaxNumberCheckOut:
    """Check a VAT number by form and checksum; all of the EU, GB, CH and NO."""
    return TaxNumberCheckOut.of(check_number(body.number, body.country))


@profiles.get("/{account_id}/tax-profile", permission=READ, refusals=(TaxProfileNotFound,))
async def get_tax_profile(account_id: UUID, reads: Reads) -> TaxProfileOut:
    """Where a customer is taxed, and as what. Without a profile: as at home."""
    return TaxProfileOut.of(await queries.tax_profile(reads.session, account_id))


@profiles.put(
    "/{account_id}/tax-profile",
    permission=WRITE,
    refusals=(TaxProfileNotFound, TaxNumberIsInvalid),
)
async def write_tax_profile(
    account_id: UUID, body: TaxProfileIn, expected: IfMatch, uow: Writes
) -> TaxProfileOut:
    """Write where a customer is taxed, and as what; from now on, not backwards.

    The first version is written with `If-Match: "0"`.
    """
    return TaxProfileOut.of(
        await service.write_tax_profile(
            uow,
            account_id,
            expected=expected,
            country=body.country,
            region=body.region,
            business=body.business,
            vat_number=body.vat_number,
            exemptions=body.certificates(),
        )
    )


@profiles.get(
    "/{account_id}/tax-treatment",
    permission=READ,
    refusals=(CompanyNotFound, NoCompanyYet, TaxRateIsMissing, TaxProfileNotFound),
)
async def get_tax_treatment(
    account_id: UUID,
    reads: Reads,
    now: Now,
    company_id: UUID | None = None,
    on: DayIn | None = None,
    tax_category: Annotated[Code, Query()] = "standard",
    supply: Annotated[Supply, Query()] = Supply.GOODS,
) -> TreatmentOut:
    """Which tax a sale to the account would bear on a day, and why."""
    if not await queries.account_exists(reads.session, account_id):
        raise TaxProfileNotFound(f"There is no account {account_id}.")
    company = await ledger.company_or_default(reads.session, company_id)
    sale = await queries.sale_to(reads.session, company.id, account_id, on or now.date())
    return TreatmentOut.of(treat(sale, tax_category, supply))


@companies.get("/{company_id}", permission=READ, refusals=(CompanyTaxNotFound,))
async def get_company_tax_settings(company_id: UUID, reads: Reads) -> CompanyTaxOut:
    """How a company taxes consumers in other member states. Without settings: by the threshold."""
    row = await queries.company_tax_settings(reads.session, company_id)
    if row is None:
        raise CompanyTaxNotFound(f"The company {company_id} has none.")
    return CompanyTaxOut.of(row)


@companies.put("/{company_id}", permission=WRITE, refusals=(CompanyNotFound, TaxNumberIsInvalid))
async def write_company_tax_settings(
    company_id: UUID, body: CompanyTaxIn, expected: IfMatch, uow: Writes
) -> CompanyTaxOut:
    """Write how a company taxes consumers in other member states.

    The first version is written with `If-Match: "0"`.
    """
    return CompanyTaxOut.of(
        await service.write_company_settings(
            uow,
            company_id,
            expected=expected,
            scheme=body.scheme,
            threshold=body.threshold,
            vat_number=body.vat_number,
        )
    )
