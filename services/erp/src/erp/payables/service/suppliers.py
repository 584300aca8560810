"""Suppliers, their bank details, and who may approve how much."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import select, text

from erp.ledger import queries as ledger
from erp.ledger.service import check_amount
from erp.payables import queries
from erp.payables.models import ApprovalLimit, BankDetails, Supplier
from erp.payables.rules import (
    BankDetailsAreDecided,
    BankDetailsNotFound,
    SupplierNumberIsTaken,
    check_four_eyes,
    checked_bank_details,
    checked_vat_number,
)
from servicekit.uow import UnitOfWork


async def add_supplier(
    uow: UnitOfWork, company_id: UUID, *, number: str, currency: str | None, values: dict[str, Any]
) -> Supplier:
    """Add a supplier of a company; `values` are its other members, as `models.Supplier` has them.

    `currency` None is the company's. Raises `CompanyNotFound`, `SupplierNumberIsTaken`,
    `VatNumberIsWrong`.
    """
    company = await ledger.company(uow.session, company_id)
    taken = await uow.session.scalar(
        select(Supplier.id).where(Supplier.company_id == company_id, Supplier.number == number)
    )
    if taken is not None:
        raise SupplierNumberIsTaken(f"{number!r} is in use.", field="number")
    row = Supplier(
        tenant=uow.tenant,
        id=uow.new_id(),
        company_id=company_id,
        number=number,
        currency=currency or company.base_currency,
        active=True,
        **_checked(values),
    )
    uow.add(row)
    await uow.flush()
    uow.audit("payables.supplier.added", "supplier", row.id, {"number": number})
    return row


async def change_supplier(
    uow: UnitOfWork, supplier_id: UUID, *, expected: int, changes: dict[str, Any]
) -> Supplier:
    """Change a supplier; raises `SupplierNotFound`, `Stale`, `VatNumberIsWrong`."""
    row = await uow.lock(Supplier, supplier_id, expected)
    changes = _checked(changes)
    before = {name: getattr(row, name) for name in changes}
    for name, value in changes.items():
        setattr(row, name, value)
    await uow.flush()
    uow.audit(
        "payables.supplier.changed",
        "supplier",
        supplier_id,
        {
            name: {"from": str(before[name]), "to": str(value)}
            for name, value in changes.items()
            if name != "name"
        },
    )
    return row


def _checked(values: dict[str, Any]) -> dict[str, Any]:
    if values.get("vat_number") is None:
        return values
    return values | {"vat_number": checked_vat_number(values["vat_number"])}


async def enter_bank_details(
    uow: UnitOfWork, supplier_id: UUID, *, iban: str, bic: str | None
) -> BankDetails:
    """Enter where a supplier is to be paid; nobody is paid until somebody else approves it.

    What still waits is rejected: the newest counts. Raises `SupplierNotFound`,
    `BankDetailsAreWrong`.
    """
    await uow.lock(Supplier, supplier_id)
    iban, bic = checked_bank_details(iban, bic)
    for waiting in await queries.bank_details(uow.session, supplier_id):
        if waiting.status == "waiting":
            _decide(uow, waiting, "rejected")
    await uow.flush()
    row = BankDetails(
        tenant=uow.tenant,
        id=uow.new_id(),
        supplier_id=supplier_id,
        iban=iban,
        bic=bic,
        status="waiting",
        entered_by=uow.principal.subject,
        entered_at=uow.now,
        decided_by=None,
        decided_at=None,
    )
    uow.add(row)
    await uow.flush()
    uow.audit("payables.bank-details.entered", "supplier", supplier_id, {"details": row.id})
    return row


async def decide_bank_details(
    uow: UnitOfWork, supplier_id: UUID, details_id: UUID, *, approve: bool
) -> BankDetails:
    """Approve or reject bank details that somebody else entered.

    Whoever entered them may reject them. Raises `BankDetailsNotFound`, `BankDetailsAreDecided`,
    `ApproverEnteredIt`.
    """
    row = await uow.lock(BankDetails, details_id)
    if row.supplier_id != supplier_id:
        raise BankDetailsNotFound(f"No bank details {details_id} of this supplier.")
    if row.status != "waiting":
        raise BankDetailsAreDecided(f"They are {row.status}.")
    if approve:
        check_four_eyes(row.entered_by, uow.principal.subject)
    _decide(uow, row, "approved" if approve else "rejected")
    await uow.flush()
    return row


def _decide(uow: UnitOfWork, row: BankDetails, status: str) -> None:
    row.status, row.decided_by, row.decided_at = status, uow.principal.subject, uow.now
    uow.audit(
        f"payables.bank-details.{status}", "supplier", row.supplier_id, {"details": str(row.id)}
    )


async def set_approval_limit(
    uow: UnitOfWork, company_id: UUID, *, role: str, currency: str, amount: Decimal | None
) -> ApprovalLimit:
    """Say up to which gross a role approves bills; None: without limit.

    Raises `CompanyNotFound`, `AmountHasTooManyDecimals`, `AmountIsTooLarge`.
    """
    await ledger.company(uow.session, company_id)
    if amount is not None:
        check_amount(amount, currency, field="amount")
    # Two people who set a first limit at once: the second waits here and then sees the first.
    await uow.session.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))"),
        {"key": f"payables_approval_limit:{company_id}:{role}:{currency}"},
    )
    row = await uow.session.scalar(
        select(ApprovalLimit)
        .where(
            ApprovalLimit.company_id == company_id,
            ApprovalLimit.role == role,
            ApprovalLimit.currency == currency,
        )
        .with_for_update()
    )
    if row is None:
        row = ApprovalLimit(
            tenant=uow.tenant, id=uow.new_id(), company_id=company_id, role=role, currency=currency
        )
        uow.add(row)
    row.amount = amount
    await uow.flush()
    uow.audit(
        "payables.approval-limit.set",
        "company",
        company_id,
        {"role": role, "currency": currency, "amount": amount},
    )
    return row


async def remove_approval_limit(uow: UnitOfWork, limit_id: UUID) -> None:
    """Remove a limit: the role approves nothing in the currency while others are limited.

    Raises `ApprovalLimitNotFound`.
    """
    row = await uow.lock(ApprovalLimit, limit_id)
    uow.audit(
        "payables.approval-limit.removed",
        "company",
        row.company_id,
        {"role": row.role, "currency": row.currency},
    )
    await uow.session.delete(row)
    await uow.flush()
