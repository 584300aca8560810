"""Reading what documents say of seller and buyer."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from erp.einvoices.models import BillingDetails, LegalDetails
from erp.einvoices.rules import BuyerDetails, SellerDetails


@dataclass(frozen=True, slots=True)
class SellerRow:
    """A company's details; version 0: nothing has been told yet."""

    company_id: UUID
    details: SellerDetails
    version: int


@dataclass(frozen=True, slots=True)
class BuyerRow:
    """An account's details; version 0: nothing has been told yet."""

    account_id: UUID
    details: BuyerDetails
    version: int


async def seller(session: AsyncSession, company_id: UUID) -> SellerRow:
    """The company as its documents show it."""
    row = await session.scalar(select(LegalDetails).where(LegalDetails.company_id == company_id))
    if row is None:
        return SellerRow(company_id, SellerDetails(), 0)
    return SellerRow(company_id, SellerDetails(**row.content), row.version)


async def buyer(session: AsyncSession, account_id: UUID) -> BuyerRow:
    """The customer of an account as documents show it."""
    row = await session.scalar(
        select(BillingDetails).where(BillingDetails.account_id == account_id)
    )
    if row is None:
        return BuyerRow(account_id, BuyerDetails(), 0)
    return BuyerRow(account_id, BuyerDetails(**row.content), row.version)
