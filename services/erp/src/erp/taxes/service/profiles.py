"""Use cases of tax profiles and of companies' tax settings."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import delete

from erp.ledger import queries as ledger
from erp.taxes import queries
from erp.taxes.models import CompanyTax, Exemption, TaxProfile
from erp.taxes.queries import TaxProfileDetail
from erp.taxes.rules import DistanceScheme, TaxNumberIsInvalid, checked
from servicekit.errors import Stale
from servicekit.uow import UnitOfWork


@dataclass(frozen=True, slots=True)
class ExemptionInput:
    """A certificate that exempts a customer in a country."""

    country: str
    number: str
    exemption_code: str | None
    reason: str
    valid_from: date
    valid_to: date | None


async def write_tax_profile(
    uow: UnitOfWork,
    account_id: UUID,
    *,
    expected: int,
    country: str,
    region: str,
    business: bool,
    vat_number: str | None,
    exemptions: Sequence[ExemptionInput],
) -> TaxProfileDetail:
    """Write the tax profile of an account; the first with `expected` 0. Certificates are replaced.

    Raises `TaxNumberIsInvalid`, `TaxProfileNotFound` (no such account), `Stale`.
    """
    number = vat_country = None
    if vat_number is not None:
        if not business:
            raise TaxNumberIsInvalid("A consumer has no VAT number.", field="vat_number")
        found = checked(vat_number, country, field="vat_number")
        number, vat_country = found.number, found.country
    facts = {
        "country": country,
        "region": region,
        "business": business,
        "vat_number": number,
        "vat_country": vat_country,
    }
    row = await uow.session.get(TaxProfile, (uow.tenant, account_id), with_for_update=True)
    if row is None:
        if expected:
            raise Stale("The account has no tax profile yet.")
        row = TaxProfile(tenant=uow.tenant, account_id=account_id, **facts)
        uow.add(row)
    else:
        if row.version != expected:
            raise Stale(f"The tax profile is at version {row.version}.")
        for name, value in facts.items():
            setattr(row, name, value)
        row.updated_at = uow.now
    await uow.flush()
    await uow.session.execute(delete(Exemption).where(Exemption.account_id == account_id))
    for position, one in enumerate(exemptions, 1):
        uow.add(
            Exemption(
                tenant=uow.tenant,
                account_id=account_id,
                position=position,
                country=one.country,
                number=one.number,
                exemption_code=one.exemption_code,
                reason=one.reason,
                valid_from=one.valid_from,
                valid_to=one.valid_to,
            )
        )
    await uow.flush()
    uow.audit(
        "taxes.profile.written",
        "tax-profile",
        account_id,
        facts | {"exemptions": [one.number for one in exemptions]},
    )
    return await queries.tax_profile(uow.session, account_id)


async def write_company_settings(
    uow: UnitOfWork,
    company_id: UUID,
    *,
    expected: int,
    scheme: DistanceScheme,
    threshold: Decimal,
    vat_number: str | None,
) -> CompanyTax:
    """Write how a company taxes consumers in other member states; the first with `expected` 0.

    `threshold` is in its base currency. Raises `CompanyNotFound`, `TaxNumberIsInvalid`, `Stale`.
    """
    company = await ledger.company(uow.session, company_id)
    number = (
        None
        if vat_number is None
        else checked(vat_number, company.country, field="vat_number").number
    )
    row = await uow.session.get(CompanyTax, (uow.tenant, company_id), with_for_update=True)
    if row is None:
        if expected:
            raise Stale("The company has no tax settings yet.")
        row = CompanyTax(
            tenant=uow.tenant,
            company_id=company_id,
            scheme=scheme.value,
            threshold=threshold,
            vat_number=number,
        )
        uow.add(row)
    else:
        if row.version != expected:
            raise Stale(f"The tax settings are at version {row.version}.")
        row.scheme, row.threshold, row.vat_number = scheme.value, threshold, number
        row.updated_at = uow.now
    await uow.flush()
    uow.audit(
        "taxes.company.written",
        "company",
        company_id,
        {"scheme": scheme.value, "threshold": threshold, "vat_number": number},
    )
    return row
