"""Suppliers, their bank details, and approval limits."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends

from erp.ledger import queries as ledger
from erp.ledger.service import (
    AmountHasTooManyDecimals,
    AmountIsTooLarge,
    CompanyNotFound,
    NoCompanyYet,
)
from erp.payables import queries, service
from erp.payables.models import ApprovalLimit, Supplier
from erp.payables.rules import (
    ApprovalLimitNotFound,
    ApproverEnteredIt,
    BankDetailsAreDecided,
    BankDetailsAreWrong,
    BankDetailsNotFound,
    SupplierNotFound,
    SupplierNumberIsTaken,
    VatNumberIsWrong,
)
from erp.payables.schemas import (
    ApprovalLimitIn,
    ApprovalLimitOut,
    BankDetailsIn,
    BankDetailsListOut,
    BankDetailsOut,
    SupplierIn,
    SupplierOut,
    SupplierPatch,
    SupplierTermsIn,
)
from servicekit.http.filters import prefixed
from servicekit.http.paging import Listing, Page, PageOut
from servicekit.http.router import SliceRouter
from servicekit.http.supplied import IfMatch, Reads, Writes

READ, WRITE = "erp.payables.read", "erp.payables.write"
APPROVE, LIMIT = "erp.payables.approve", "erp.payables.limit"

suppliers = SliceRouter(prefix="/v1/suppliers", tags=["payables"])
approval_limits = SliceRouter(prefix="/v1/bill-approval-limits", tags=["payables"])

SUPPLIERS = Listing(
    Supplier,
    sorts={
        "number": Supplier.number,
        "name": Supplier.name,
        "created_at": Supplier.created_at,
    },
    filters={
        "company_id": Supplier.company_id,
        "number": prefixed(Supplier.number),
        "name": prefixed(Supplier.name),
        "country": Supplier.country,
        "vat_number": Supplier.vat_number,
        "active": Supplier.active,
    },
    default_sort="number",
)
LIMITS = Listing(
    ApprovalLimit,
    sorts={"role": ApprovalLimit.role},
    filters={
        "company_id": ApprovalLimit.company_id,
        "role": ApprovalLimit.role,
        "currency": ApprovalLimit.currency,
    },
    default_sort="role",
)


@suppliers.post(
    "",
    permission=WRITE,
    status_code=201,
    refusals=(CompanyNotFound, NoCompanyYet, SupplierNumberIsTaken, VatNumberIsWrong),
)
async def add_supplier(body: SupplierIn, uow: Writes) -> SupplierOut:
    """Add a supplier to a company."""
    company = await ledger.company_or_default(uow.session, body.company_id)
    return SupplierOut.of(
        await service.add_supplier(
            uow, company.id, number=body.number, currency=body.currency, values=body.values()
        )
    )


@suppliers.get("", permission=READ)
async def list_suppliers(
    page: Annotated[Page, Depends(SUPPLIERS)], reads: Reads
) -> PageOut[SupplierOut]:
    """Suppliers, by number unless sorted otherwise."""
    return PageOut.of(await page.fetch(reads, SUPPLIERS.select()), SupplierOut.of)


@suppliers.get("/{supplier_id}", permission=READ, refusals=(SupplierNotFound,))
async def get_supplier(supplier_id: UUID, reads: Reads) -> SupplierOut:
    """A supplier."""
    return SupplierOut.of(await reads.get(Supplier, supplier_id))


@suppliers.patch("/{supplier_id}", permission=WRITE, refusals=(SupplierNotFound, VatNumberIsWrong))
async def change_supplier(
    supplier_id: UUID, body: SupplierPatch, expected: IfMatch, uow: Writes
) -> SupplierOut:
    """Change a supplier, or take it out of use."""
    return SupplierOut.of(
        await service.change_supplier(uow, supplier_id, expected=expected, changes=body.changes())
    )


@suppliers.put("/{supplier_id}/terms", permission=WRITE, refusals=(SupplierNotFound,))
async def set_supplier_terms(
    supplier_id: UUID, body: SupplierTermsIn, expected: IfMatch, uow: Writes
) -> SupplierOut:
    """Set the terms of bills that are entered from now on; those that are there keep theirs."""
    return SupplierOut.of(
        await service.change_supplier(
            uow, supplier_id, expected=expected, changes=body.model_dump()
        )
    )


@suppliers.post(
    "/{supplier_id}/bank-details",
    permission=WRITE,
    status_code=201,
    refusals=(SupplierNotFound, BankDetailsAreWrong),
)
async def enter_bank_details(supplier_id: UUID, body: BankDetailsIn, uow: Writes) -> BankDetailsOut:
    """Enter new bank details; the supplier is not paid until somebody else approves them."""
    return BankDetailsOut.of(
        await service.enter_bank_details(uow, supplier_id, iban=body.iban, bic=body.bic)
    )


@suppliers.get("/{supplier_id}/bank-details", permission=READ, refusals=(SupplierNotFound,))
async def list_bank_details(supplier_id: UUID, reads: Reads) -> BankDetailsListOut:
    """The supplier's last 100 bank details, newest first: only the first may be paid to."""
    await reads.get(Supplier, supplier_id)
    rows = await queries.bank_details(reads.session, supplier_id)
    return BankDetailsListOut(items=[BankDetailsOut.of(row) for row in rows])


@suppliers.post(
    "/{supplier_id}/bank-details/{details_id}/approve",
    permission=APPROVE,
    refusals=(BankDetailsNotFound, BankDetailsAreDecided, ApproverEnteredIt),
)
async def approve_bank_details(supplier_id: UUID, details_id: UUID, uow: Writes) -> BankDetailsOut:
    """Approve bank details that somebody else entered."""
    return BankDetailsOut.of(
        await service.decide_bank_details(uow, supplier_id, details_id, approve=True)
    )


@suppliers.post(
    "/{supplier_id}/bank-details/{details_id}/reject",
    permission=APPROVE,
    refusals=(BankDetailsNotFound, BankDetailsAreDecided),
)
async def reject_bank_details(supplier_id: UUID, details_id: UUID, uow: Writes) -> BankDetailsOut:
    """Reject bank details; the supplier is paid nowhere until others are approved."""
    return BankDetailsOut.of(
        await service.decide_bank_details(uow, supplier_id, details_id, approve=False)
    )


@approval_limits.post(
    "",
    permission=LIMIT,
    refusals=(CompanyNotFound, NoCompanyYet, AmountHasTooManyDecimals, AmountIsTooLarge),
)
async def set_bill_approval_limit(body: ApprovalLimitIn, uow: Writes) -> ApprovalLimitOut:
    """Set what a role may approve; what was set for it before is replaced."""
    company = await ledger.company_or_default(uow.session, body.company_id)
    return ApprovalLimitOut.of(
        await service.set_approval_limit(
            uow, company.id, role=body.role, currency=body.currency, amount=body.amount
        )
    )


@approval_limits.get("", permission=READ)
async def list_bill_approval_limits(
    page: Annotated[Page, Depends(LIMITS)], reads: Reads
) -> PageOut[ApprovalLimitOut]:
    """Approval limits, by role."""
    return PageOut.of(await page.fetch(reads, LIMITS.select()), ApprovalLimitOut.of)


@approval_limits.delete(
    "/{limit_id}", permission=LIMIT, status_code=204, refusals=(ApprovalLimitNotFound,)
)
async def remove_bill_approval_limit(limit_id: UUID, uow: Writes) -> None:
    """Remove a limit: while others stand, the role approves nothing in the currency."""
    await service.remove_approval_limit(uow, limit_id)
