"""Open items of suppliers, and settling one with another."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import select

from erp.ledger import service as ledger
from erp.ledger.service import check_amount
from erp.payables import queries
from erp.payables.models import PayableItem, PayableMatching, Supplier
from erp.payables.queries import SupplierAllocation
from erp.payables.rules import (
    AllocationBelongsToItsReturn,
    OwedItem,
    SupplierAllocationIsUndone,
    SupplierAllocationUndoneTooEarly,
    SupplierPaymentNotFound,
    settle,
)
from erp.payables.service.differences import realise
from servicekit.uow import UnitOfWork

Wanted = Sequence[tuple[UUID, Decimal]]
"""Bills, and how much of each is settled."""


async def add_items(
    uow: UnitOfWork,
    *,
    company_id: UUID,
    supplier_id: UUID,
    document_id: UUID,
    currency: str,
    parts: Sequence[tuple[str, Decimal]],
    due_on: date | None,
    day: date,
    posted_on: date,
    worth: Decimal | None = None,
) -> list[PayableItem]:
    """Write the open items of a document that was just posted: kinds and amounts.

    `day` is the document's own, whose rate counts; the whole is translated, rounded once, and
    spread over the parts, or it is `worth` so much in the company's currency. Raises
    `ExchangeRateIsMissing`.
    """
    amounts = [amount for _, amount in parts]
    carried = await ledger.carried_at(uow, company_id, currency, amounts, day, worth)
    base = await ledger.base_currency(uow, company_id)
    rows = [
        PayableItem(
            tenant=uow.tenant,
            id=uow.new_id(),
            company_id=company_id,
            supplier_id=supplier_id,
            document_kind=kind,
            document_id=document_id,
            side="credit" if kind == "bill" else "debit",
            currency=currency,
            amount=amount,
            open_amount=amount,
            due_on=due_on,
            posted_on=posted_on,
            base_currency=base,
            base_amount=worth_of_part,
            base_open=worth_of_part,
            created_at=uow.now,
        )
        for (kind, amount), worth_of_part in zip(parts, carried, strict=True)
    ]
    uow.add(*rows)
    await uow.flush()
    return rows


async def open_bills(uow: UnitOfWork, supplier_id: UUID, currency: str) -> Sequence[PayableItem]:
    """What the supplier is owed in a currency, the first due first; the supplier is locked."""
    rows = await uow.session.scalars(
        select(PayableItem)
        .where(
            PayableItem.supplier_id == supplier_id,
            PayableItem.currency == currency,
            PayableItem.side == "credit",
            PayableItem.open_amount > 0,
        )
        .order_by(PayableItem.due_on, PayableItem.id)
        .execution_options(populate_existing=True)
    )
    return rows.all()


async def match(
    uow: UnitOfWork, debit: PayableItem, parts: Sequence[tuple[PayableItem, Decimal]], on: date
) -> None:
    """Settle bills with a debit item, each no earlier than both of them count.

    A trigger moves what is open, and refuses more than there is (`SettlesTooMuch`). Differences of
    exchange are booked.
    """
    rows = [
        PayableMatching(
            tenant=uow.tenant,
            id=uow.new_id(),
            company_id=debit.company_id,
            supplier_id=debit.supplier_id,
            credit_item_id=credit.id,
            debit_item_id=debit.id,
            amount=amount,
            matched_on=max(on, debit.posted_on, credit.posted_on),
            undoes=None,
            created_at=uow.now,
        )
        for credit, amount in parts
    ]
    uow.add(*rows)
    await uow.flush()
    await realise(uow, debit.company_id, debit.currency, [row.id for row in rows])


async def settle_with(uow: UnitOfWork, debit: PayableItem, wanted: Wanted | None, on: date) -> None:
    """Settle bills with what is left of a debit item: those wanted, or the first due first.

    Raises what `rules.settle` raises, and `AmountHasTooManyDecimals`.
    """
    for at, (_, part) in enumerate(wanted or ()):
        check_amount(part, debit.currency, field=f"allocations.{at}.amount")
    items = {item.id: item for item in await open_bills(uow, debit.supplier_id, debit.currency)}
    settled = settle(
        debit.open_amount,
        [OwedItem(item.id, item.document_id, item.open_amount) for item in items.values()],
        wanted,
    )
    await match(uow, debit, [(items[item], part) for item, part in settled], on)


async def allocate(
    uow: UnitOfWork, document_id: UUID, *, allocated_on: date, wanted: Wanted | None
) -> list[SupplierAllocation]:
    """Settle bills with what is left of a payment or a credit note; answer all it settles.

    Nothing but differences of exchange is booked: the control account was debited before. Raises
    `SupplierPaymentNotFound` and what `settle_with` raises.
    """
    items = [
        item for item in await queries.items_of(uow.session, document_id) if item.side == "debit"
    ]
    if not items:
        raise SupplierPaymentNotFound(
            f"{document_id} is no posted payment or credit note.", field="document_id"
        )
    await uow.lock(Supplier, items[0].supplier_id)
    for item in await queries.items_of(uow.session, document_id):
        # A discount was taken for a bill; what of it is open again goes where the money goes.
        if item.document_kind != "discount" or wanted is None:
            await settle_with(uow, item, wanted, allocated_on)
    uow.audit(
        "payables.document.allocated", "supplier", items[0].supplier_id, {"document": document_id}
    )
    if items[0].document_kind == "credit-note":
        return list((await queries.bill(uow.session, document_id)).allocations)
    return list((await queries.payment(uow.session, document_id)).allocations)


async def undo_allocation(
    uow: UnitOfWork, allocation_id: UUID, *, undone_on: date | None, reason: str
) -> SupplierAllocation:
    """Take an allocation back: both sides are open again from that day on.

    `undone_on` None is today, or the allocation's own day where that is later. Nothing is booked
    but the opposite of a realised difference of exchange.
    Raises `SupplierAllocationNotFound`, `SupplierAllocationIsUndone`,
    `SupplierAllocationUndoneTooEarly`, `AllocationBelongsToItsReturn`.
    """
    row = await uow.get(PayableMatching, allocation_id)
    await uow.lock(Supplier, row.supplier_id)
    found = await queries.allocation(uow.session, row.undoes or allocation_id)
    if row.undoes is not None or found.undone_on is not None:
        raise SupplierAllocationIsUndone(f"It was taken back on {found.undone_on}.")
    day = undone_on or max(uow.now.date(), found.allocated_on)
    if day < found.allocated_on:
        raise SupplierAllocationUndoneTooEarly(
            f"The allocation counts from {found.allocated_on} on.", field="undone_on"
        )
    credit = await uow.get(PayableItem, row.credit_item_id)
    if credit.document_kind != "bill":
        raise AllocationBelongsToItsReturn(f"A {credit.document_kind} was settled.")
    await take_back(uow, [row], day, found.currency)
    uow.audit(
        "payables.allocation.undone",
        "supplier",
        row.supplier_id,
        {"allocation": str(allocation_id), "amount": row.amount, "reason": reason},
    )
    return await queries.allocation(uow.session, allocation_id)


async def take_back(
    uow: UnitOfWork, standing: Sequence[PayableMatching], day: date, currency: str
) -> None:
    """Write the opposites of matchings that stand, no earlier than they count.

    The supplier is locked. Realised differences of exchange are booked back.
    """
    if not standing:
        return
    rows = [
        PayableMatching(
            tenant=uow.tenant,
            id=uow.new_id(),
            company_id=one.company_id,
            supplier_id=one.supplier_id,
            credit_item_id=one.credit_item_id,
            debit_item_id=one.debit_item_id,
            amount=one.amount,
            matched_on=max(day, one.matched_on),
            undoes=one.id,
            created_at=uow.now,
        )
        for one in standing
    ]
    uow.add(*rows)
    await uow.flush()
    await realise(uow, standing[0].company_id, currency, [row.id for row in rows])
