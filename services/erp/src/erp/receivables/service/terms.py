"""Payment terms, and the policy of a company."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select

from erp.receivables import queries
from erp.receivables.models import PaymentTermsRow, Policy
from erp.receivables.rules import Discount, PaymentTerms, PolicyNotFound, check_terms
from servicekit.errors import Stale
from servicekit.uow import UnitOfWork
from servicekit.values.decimals import plain


async def add_payment_terms(
    uow: UnitOfWork, *, code: str, name: str, terms: PaymentTerms
) -> PaymentTermsRow:
    """Write payment terms; accounts name them.

    Raises `SharesAreNotTheWhole`, `DiscountIsGivenTwice`, `DiscountsAreOutOfOrder`,
    `PaymentTermsCodeIsTaken`.
    """
    check_terms(terms)
    row = PaymentTermsRow(
        tenant=uow.tenant,
        id=uow.new_id(),
        code=code,
        name=name,
        instalments=[
            {
                "share": plain(part.share),
                "days": part.days,
                "end_of_month": part.end_of_month,
                "discounts": _kept(part.discounts),
            }
            for part in terms.instalments
        ],
        discounts=_kept(terms.discounts),
        active=True,
    )
    uow.add(row)
    await uow.flush()
    uow.audit("receivables.payment-terms.added", "payment-terms", row.id, {"code": code})
    return row


def _kept(discounts: Sequence[Discount]) -> list[dict[str, Any]]:
    return [{"rate": plain(one.rate), "days": one.days, "basis": one.basis} for one in discounts]


async def change_payment_terms(
    uow: UnitOfWork, terms_id: UUID, *, expected: int, changes: dict[str, Any]
) -> PaymentTermsRow:
    """Rename payment terms, or take them out of use; raises `PaymentTermsNotFound`, `Stale`."""
    row = await uow.lock(PaymentTermsRow, terms_id, expected)
    for name, value in changes.items():
        setattr(row, name, value)
    await uow.flush()
    uow.audit("receivables.payment-terms.changed", "payment-terms", terms_id, changes)
    return row


async def change_policy(
    uow: UnitOfWork, company_id: UUID, *, expected: int, changes: dict[str, Any]
) -> Policy:
    """Change how a company treats what it is owed; raises `PolicyNotFound`, `Stale`."""
    row = await uow.session.scalar(
        select(Policy)
        .where(Policy.company_id == company_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if row is None:
        raise PolicyNotFound(f"No company {company_id}.")
    if row.version != expected:
        raise Stale(
            f"version {expected} was expected, but the policy is at version {row.version} by now",
            expected=expected,
            current=row.version,
        )
    before = {name: str(getattr(row, name)) for name in changes}
    for name, value in changes.items():
        setattr(row, name, value)
    await uow.flush()
    uow.audit(
        "receivables.policy.changed",
        "company",
        company_id,
        {"from": before, "to": {name: str(value) for name, value in changes.items()}},
    )
    return await queries.policy(uow.session, company_id)


async def open_policy(uow: UnitOfWork, company_id: UUID) -> None:
    """Give a new company a policy that limits nothing."""
    uow.add(
        Policy(
            tenant=uow.tenant,
            company_id=company_id,
            write_off_limit=None,
            interest_rate=None,
            interest_cap=None,
            interest_basis=365,
            tolerance_amount=None,
            tolerance_share=None,
            horizon_days=None,
        )
    )
    await uow.flush()
