"""Taking back a payment to a supplier that came back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import select

from erp.ledger import service as ledger
from erp.ledger.service import Journal, series_of
from erp.payables import events, queries
from erp.payables.models import PayableItem, PayableMatching, PaymentReturn, Supplier
from erp.payables.queries import PaymentDetail
from erp.payables.rules import ReturnedBeforePaid, SupplierPaymentCameBack
from erp.payables.service.items import match, take_back
from erp.taxes import service as taxes
from servicekit.uow import UnitOfWork

SERIES = "RET"
SOURCE = "supplier-payment-return"
KINDS = {"payment": "payment-return", "discount": "discount-return"}
"""Of each item of a payment the kind of the one that takes it back."""


@dataclass(frozen=True, slots=True)
class CameBack:
    """Why a payment came back; `on` None is today. `code` is the bank's, of ISO 20022."""

    reason: str
    on: date | None = None
    code: str | None = None


async def return_payment(uow: UnitOfWork, payment_id: UUID, came: CameBack) -> PaymentDetail:
    """Book that a payment came back: what it settled is open again, and its entry is reversed.

    The discount that it took goes back with it, and the tax in that; so do realised differences of
    exchange. Everything is taken back at what it was carried at, so that nothing is left of
    either. Raises `SupplierPaymentNotFound`, `SupplierPaymentCameBack`, `ReturnedBeforePaid`.
    """
    paid = (await queries.payment(uow.session, payment_id)).payment
    await uow.lock(Supplier, paid.supplier_id)
    detail = await queries.payment(uow.session, payment_id)
    if detail.returned is not None:
        raise SupplierPaymentCameBack(f"{detail.returned.number} took {paid.number} back.")
    day = came.on or max(uow.now.date(), paid.paid_on)
    if day < paid.paid_on:
        raise ReturnedBeforePaid(f"{paid.number} is of {paid.paid_on}.", field="returned_on")
    items = await queries.items_of(uow.session, payment_id)
    standing = await _standing(uow, items)
    await take_back(uow, standing, day, paid.currency)
    posted_on = await ledger.posting_day(uow, paid.company_id, Journal.CASH, day)
    row = PaymentReturn(
        tenant=uow.tenant,
        id=uow.new_id(),
        company_id=paid.company_id,
        supplier_id=paid.supplier_id,
        payment_id=payment_id,
        series=series_of(SERIES, posted_on),
        serial=0,
        number="",
        returned_on=day,
        posted_on=posted_on,
        reason_code=came.code,
        reason=came.reason,
        created_at=uow.now,
    )
    uow.add(row)
    await uow.flush()
    await uow.session.refresh(row)
    backs = [_opposite(uow, item, row) for item in items]
    uow.add(*backs)
    await uow.flush()
    posted = await ledger.post_entry(
        uow,
        paid.company_id,
        Journal.CASH,
        day,
        await ledger.opposite_of(uow, "supplier-payment", payment_id),
        row.number,
        SOURCE,
        payment_id,
    )
    await taxes.take_back_taxes(
        uow,
        "supplier-payment",
        payment_id,
        source_type=SOURCE,
        source_id=payment_id,
        number=row.number,
        document_on=day,
        posted_on=posted.effective_on,
    )
    for item, back in zip(items, backs, strict=True):
        await match(uow, item, [(back, item.amount)], day)
    uow.publish(events.supplier_payment_returned(paid, row))
    uow.audit(
        "payables.payment.came-back",
        "supplier-payment",
        payment_id,
        {"number": row.number, "reason": came.reason, "code": came.code},
    )
    return await queries.payment(uow.session, payment_id)


async def _standing(uow: UnitOfWork, items: Sequence[PayableItem]) -> list[PayableMatching]:
    undone = select(PayableMatching.undoes).where(PayableMatching.undoes.is_not(None))
    rows = await uow.session.scalars(
        select(PayableMatching).where(
            PayableMatching.debit_item_id.in_([item.id for item in items]),
            PayableMatching.undoes.is_(None),
            PayableMatching.id.not_in(undone),
        )
    )
    return list(rows)


def _opposite(uow: UnitOfWork, item: PayableItem, row: PaymentReturn) -> PayableItem:
    """The item that takes another back, at what that was carried at when it was posted."""
    return PayableItem(
        tenant=uow.tenant,
        id=uow.new_id(),
        company_id=item.company_id,
        supplier_id=item.supplier_id,
        document_kind=KINDS[item.document_kind],
        document_id=row.id,
        side="credit",
        currency=item.currency,
        amount=item.amount,
        open_amount=item.amount,
        due_on=row.returned_on,
        posted_on=row.posted_on,
        base_currency=item.base_currency,
        base_amount=item.base_amount,
        base_open=item.base_amount,
        created_at=uow.now,
    )
