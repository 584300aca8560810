"""Reading what documents say of seller and buyer."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from erp.einvoices.models import (
    BillingDetails,
    DocumentParties,
    LegalDetails,
    PartyStatement,
)
from erp.einvoices.rules import BuyerDetails, Party, SellerDetails, company_identifier


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


@dataclass(frozen=True, slots=True)
class Parties:
    """Seller and buyer of a document as they were when it was issued."""

    seller: Party
    buyer: Party
    seller_details: SellerDetails
    buyer_details: BuyerDetails


async def parties(session: AsyncSession, document_id: UUID, customer_id: UUID) -> Parties:
    """Who an invoice or credit note names; a customer without a name is called by its id."""
    sold, bought = aliased(PartyStatement), aliased(PartyStatement)
    row = (
        await session.execute(
            select(sold.content, bought.content)
            .select_from(DocumentParties)
            .join(sold, sold.digest == DocumentParties.seller)
            .join(bought, bought.digest == DocumentParties.buyer)
            .where(DocumentParties.document_id == document_id)
        )
    ).one()
    said, of_buyer = row
    seller = SellerDetails(**said["details"])
    party = seller.party(said["name"], said["country"], said.get("vat_number"))
    if not (party.vat_id or party.registration):
        party = party.identified(company_identifier(said["code"]))
    buyer = BuyerDetails(**of_buyer["details"])
    named = of_buyer.get("name", str(customer_id))
    bought_by = buyer.party(named, of_buyer.get("country"), of_buyer.get("vat_number"))
    return Parties(party, bought_by, seller, buyer)
