"""Taking back a customer's payment that came back: a chargeback, a direct debit returned."""

from datetime import date
from uuid import UUID

from sqlalchemy import select

from erp.receivables import events, queries
from erp.receivables.models import Adjustment, Matching, OpenItemRow
from erp.receivables.queries import PaymentRow
from erp.receivables.rules import (
    AdjustmentKind,
    PaymentCameBack,
    PaymentIsUsedElsewhere,
    ReceivedAfterReturn,
    Settlement,
)
from erp.receivables.service.accounts import lock_account, move_exposure
from erp.receivables.service.adjusting import NewAdjustment, write_adjustment
from erp.receivables.service.adjustments import reverse_adjustment
from erp.receivables.service.items import FREE_DEBITS, match, take_back
from erp.receivables.service.tolerance import take_differences_back
from servicekit.uow import UnitOfWork
from servicekit.values.money import Money


async def return_payment(
    uow: UnitOfWork, payment_id: UUID, *, on: date | None, reason: str, code: str | None
) -> PaymentRow:
    """Book that a payment came back: what it settled is owed again, and its entry is reversed.

    Discounts that it took go back with it, and so do realised differences of exchange. `on` None
    is today; `code` is the bank's (ISO 20022). Raises `PaymentNotFound`, `PaymentCameBack`,
    `PaymentIsUsedElsewhere`, `ReceivedAfterReturn`.
    """
    account = await lock_account(uow, (await queries.payment(uow.session, payment_id)).account_id)
    paid = await queries.payment(uow.session, payment_id)
    kind = AdjustmentKind.PAYMENT_RETURN
    about = select(Adjustment).where(Adjustment.about_id == payment_id, Adjustment.kind == kind)
    back = await uow.session.scalar(about)
    if back is not None:
        raise PaymentCameBack(f"{back.number} took {paid.number} back.")
    day = on or max(uow.now.date(), paid.received_on)
    if day < paid.received_on:
        raise ReceivedAfterReturn(f"{paid.number} is of {paid.received_on}.", field="returned_on")
    await take_differences_back(uow, payment_id, on=day, reason=reason)
    [credit] = await queries.items_of(uow.session, payment_id)
    undone = select(Matching.undoes).where(Matching.undoes.is_not(None))
    standing = (
        await uow.session.scalars(
            select(Matching).where(
                Matching.credit_item_id == credit.id,
                Matching.undoes.is_(None),
                Matching.id.not_in(undone),
            )
        )
    ).all()
    found = await queries.settled_with(uow.session, [payment_id])
    settled = [one for one in found if one.undone_on is None]
    for one in settled:
        if one.debit_kind not in FREE_DEBITS:
            raise PaymentIsUsedElsewhere(f"A {one.debit_kind} was made of {paid.number}.")
    if standing:
        await take_back(uow, account, standing, day)
    amount = Money(paid.amount, paid.currency)
    await move_exposure(uow, account.id, open_items=paid.amount)
    debit = await write_adjustment(
        uow,
        account,
        NewAdjustment(
            kind,
            amount,
            day,
            reason,
            about_id=payment_id,
            reference=code,
            takes_back=payment_id,
            worth=await uow.session.scalar(
                select(OpenItemRow.base_amount).where(OpenItemRow.id == credit.id)
            ),
        ),
    )
    counts = max(day, debit.posted_on, credit.posted_on)
    await match(uow, account, credit.id, [Settlement(debit.id, amount)], [debit], counts)
    uow.publish(events.payment_returned(paid, day, reason, code))
    # Who does not pay is given nothing for paying early; both were booked at one instant.
    taken = await uow.session.scalars(
        select(Adjustment.id).where(
            Adjustment.kind == AdjustmentKind.DISCOUNT,
            Adjustment.about_id.in_([one.debit_document_id for one in settled]),
            Adjustment.created_at == paid.created_at,
            Adjustment.reverses.is_(None),
            Adjustment.id.not_in(
                select(Adjustment.reverses).where(Adjustment.reverses.is_not(None))
            ),
        )
    )
    for discount in taken.all():
        await reverse_adjustment(uow, discount, on=day, reason=reason)
    return await queries.payment(uow.session, payment_id)
