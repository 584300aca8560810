"""Small differences between what was owed and what was paid, given up within a company's limit."""

from collections.abc import Collection
from datetime import date
from uuid import UUID

from sqlalchemy import select

from erp.receivables import queries
from erp.receivables.models import Adjustment, Policy
from erp.receivables.queries import AccountRow, ItemRow
from erp.receivables.rules import AdjustmentKind, Settlement, is_tolerated
from erp.receivables.service.accounts import move_exposure
from erp.receivables.service.adjusting import NewAdjustment, lower_debit, write_adjustment
from erp.receivables.service.adjustments import reverse_adjustment
from erp.receivables.service.items import invoices_now, match, open_items
from servicekit.uow import UnitOfWork
from servicekit.values.money import Money

KIND = AdjustmentKind.PAYMENT_DIFFERENCE


async def even_out(
    uow: UnitOfWork,
    account: AccountRow,
    payment_id: UUID,
    number: str,
    paid_documents: Collection[UUID],
    on: date,
) -> None:
    """Give up what a payment leaves open of invoices, or leaves over, within the company's limit.

    The account is locked; limits are in its currency. What is left over is kept only where nothing
    else is owed. Booked to payment differences, with the payment as what it is about; the tax stays
    as it was invoiced. Raises `AccountForItIsMissing`.
    """
    policy = await queries.policy(uow.session, account.company_id)
    if policy.tolerance_amount is None or not paid_documents:
        return
    for invoice in await invoices_now(uow, list(paid_documents)):
        rest = invoice.money(invoice.open_amount)
        if not _tolerated(policy, rest, invoice.money(invoice.gross)):
            continue
        items = await open_items(uow, account.id, [invoice.id], side="debit")
        new = NewAdjustment(
            KIND,
            rest,
            max(on, max(item.posted_on for item in items)),
            f"{invoice.number} was paid short",
            about_id=payment_id,
            reference=number,
        )
        await lower_debit(uow, account, new, invoice.id)
    if await open_items(uow, account.id, side="debit"):
        return
    [credit] = await queries.items_of(uow.session, payment_id)
    over = Money(credit.open_amount, credit.currency)
    if _tolerated(policy, over, Money(credit.amount, credit.currency)):
        await _keep(uow, account, credit, over, number, on)


async def _keep(
    uow: UnitOfWork, account: AccountRow, credit: ItemRow, over: Money, number: str, on: date
) -> None:
    await move_exposure(uow, account.id, open_items=over.amount)
    new = NewAdjustment(
        KIND,
        over,
        max(on, credit.posted_on),
        f"{number} was more than was owed",
        about_id=credit.document_id,
        reference=number,
        flipped=True,
    )
    debit = await write_adjustment(uow, account, new)
    counts = max(debit.posted_on, credit.posted_on)
    await match(uow, account, credit.id, [Settlement(debit.id, over)], [debit], counts)


def _tolerated(policy: Policy, difference: Money, whole: Money) -> bool:
    return is_tolerated(
        difference, whole, most=policy.tolerance_amount, share=policy.tolerance_share
    )


async def take_differences_back(
    uow: UnitOfWork, payment_id: UUID, *, on: date, reason: str
) -> None:
    """Reverse what was given up with a payment that came back."""
    reversed_ids = select(Adjustment.reverses).where(Adjustment.reverses.is_not(None))
    found = await uow.session.scalars(
        select(Adjustment.id)
        .where(
            Adjustment.about_id == payment_id,
            Adjustment.kind == KIND,
            Adjustment.reverses.is_(None),
            Adjustment.id.not_in(reversed_ids),
        )
        .order_by(Adjustment.serial)
    )
    for adjustment_id in found.all():
        await reverse_adjustment(uow, adjustment_id, on=on, reason=reason)
