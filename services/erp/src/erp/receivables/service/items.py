"""Open items, and settling one with another: the one mechanism of everything that is allocated."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from erp.ledger import service as ledger
from erp.ledger.service import check_amount
from erp.receivables import events, queries
from erp.receivables.models import Matching
from erp.receivables.queries import AccountRow, InvoiceRow, ItemRow, MatchingRow
from erp.receivables.rules import (
    AllocationBelongsToItsDocument,
    AllocationIsUndone,
    OpenItem,
    Settlement,
    UndoneBeforeItCounted,
    settle_named,
    settle_oldest,
    spread,
)
from erp.receivables.service.accounts import lock_account, move_exposure
from erp.receivables.service.differences import realise
from servicekit.uow import UnitOfWork
from servicekit.values.money import Money

ZERO = Decimal(0)
FREE_CREDITS = frozenset({"payment", "credit-note"})
FREE_DEBITS = frozenset({"invoice", "dunning-fee", "interest"})
"""What is allocated freely, and freely taken back; the rest settles one document for good."""
Wanted = Sequence[tuple[UUID, Decimal]]
"""Debit documents, and how much of each is settled."""

_ADD = """
    INSERT INTO receivables_open_item (
        tenant, id, company_id, account_id, document_kind, document_id, instalment, side, currency,
        amount, open_amount, due_on, posted_on, base_currency, base_amount, base_open, created_at)
    SELECT $1, i.id, $2, $3, $4, $5, i.instalment, $6, $7, i.amount, i.amount, i.due_on, $8,
           $13, i.base, i.base, $9
    FROM unnest($10::uuid[], $11::numeric[], $12::date[], $14::numeric[])
         WITH ORDINALITY AS i (id, amount, due_on, base, instalment)
"""
_OPEN = f"""
    SELECT {queries.ITEM_COLUMNS} FROM receivables_open_item o
    WHERE o.account_id = $1 AND o.side = $2 AND o.open_amount > 0
      AND ($3::uuid[] IS NULL OR o.document_id = ANY($3))
    ORDER BY o.due_on, o.id
"""  # noqa: S608 - nothing but column names of this package is put in
# A trigger moves what is open on both sides.
_MATCH = """
    INSERT INTO receivables_matching (
        tenant, id, company_id, account_id, debit_item_id, credit_item_id, amount, matched_on,
        undoes, created_at)
    SELECT $1, m.id, $2, $3, m.debit_item_id, m.credit_item_id, m.amount, m.matched_on, m.undoes, $4
    FROM unnest($5::uuid[], $6::uuid[], $7::uuid[], $8::numeric[], $9::date[], $10::uuid[])
         AS m (id, debit_item_id, credit_item_id, amount, matched_on, undoes)
"""
_INVOICES = f"""
    SELECT {queries.INVOICE_COLUMNS} FROM receivables_invoice i WHERE i.id = ANY($1) ORDER BY i.id
"""  # noqa: S608 - nothing but column names of this package is put in


@dataclass(frozen=True, slots=True)
class Part:
    """An instalment to be: amount in the account's currency; credits are due on no day."""

    amount: Decimal
    due_on: date | None = None


async def add_items(
    uow: UnitOfWork,
    account: AccountRow,
    *,
    kind: str,
    document_id: UUID,
    side: str,
    parts: Sequence[Part],
    day: date,
    posted_on: date,
    worth: Decimal | None = None,
) -> list[UUID]:
    """Write the open items of a document, which sum to it; answer their ids.

    `day` is the document's own, whose rate counts, `posted_on` the one on which it is booked. The
    items are carried at what the control account is: the whole is translated, rounded once, and
    spread over the parts; or it is `worth` so much in the company's currency, where that is known.
    Raises `ExchangeRateIsMissing`.
    """
    ids = [uow.new_id() for _ in parts]
    if ids:
        base = await ledger.base_currency(uow, account.company_id)
        carried = await ledger.carried_at(
            uow,
            account.company_id,
            account.currency,
            [part.amount for part in parts],
            day,
            worth,
        )
        await uow.connection.execute(
            _ADD,
            uow.tenant,
            account.company_id,
            account.id,
            kind,
            document_id,
            side,
            account.currency,
            posted_on,
            uow.now,
            ids,
            [part.amount for part in parts],
            [part.due_on for part in parts],
            base,
            carried,
        )
    return ids


async def open_items(
    uow: UnitOfWork, account_id: UUID, documents: Sequence[UUID] | None = None, *, side: str
) -> list[ItemRow]:
    """What is open on a side of the account, the first due first; of `documents` only, if given.

    The account is locked (`lock_account`): what is read here stays so until commit.
    """
    rows = await uow.connection.fetch(_OPEN, account_id, side, documents)
    return [ItemRow(**row) for row in rows]


async def open_debits(uow: UnitOfWork, account_id: UUID, wanted: Wanted | None) -> list[ItemRow]:
    """What the account owes: everything, or the documents that are named."""
    named = None if wanted is None else [document_id for document_id, _ in wanted]
    return await open_items(uow, account_id, named, side="debit")


def plan_settlement(
    money: Money, wanted: Wanted | None, items: Sequence[ItemRow]
) -> tuple[list[Settlement], Money]:
    """Which items are settled by how much, and what is left; the settlements name items.

    None settles the oldest first; a document that is named is settled from its first instalment
    on. Raises what `rules.settle_named` raises, and `AmountHasTooManyDecimals`.
    """
    if wanted is None:
        return settle_oldest(money, [_as_open(item, item.id) for item in items])
    for position, (_, part) in enumerate(wanted):
        check_amount(part, money.currency, field=f"allocations.{position}.amount")
    named = [Settlement(document_id, Money(part, money.currency)) for document_id, part in wanted]
    documents: dict[UUID, OpenItem] = {}
    for item in items:
        whole = _as_open(item, item.document_id)
        known = documents.get(item.document_id)
        documents[item.document_id] = (
            whole
            if known is None
            else OpenItem(known.invoice_id, known.due_on, known.open + whole.open)
        )
    settlements, left = settle_named(money, named, list(documents.values()))
    return [
        part
        for settlement in settlements
        for part in spread(
            settlement.amount,
            [
                _as_open(item, item.id)
                for item in items
                if item.document_id == settlement.invoice_id
            ],
        )
    ], left


def _as_open(item: ItemRow, name: UUID) -> OpenItem:
    return OpenItem(name, item.due_on or item.posted_on, Money(item.open_amount, item.currency))


def overdue_part(settlements: Sequence[Settlement], items: Sequence[ItemRow]) -> Decimal:
    """How much of what is settled was overdue."""
    late = {item.id for item in items if item.overdue_since is not None}
    return sum((s.amount.amount for s in settlements if s.invoice_id in late), start=ZERO)


def by_document(settlements: Sequence[Settlement], items: Sequence[ItemRow]) -> list[Settlement]:
    """The settlements with the documents they go to, one for each."""
    document = {item.id: item.document_id for item in items}
    sums: dict[UUID, Money] = {}
    for part in settlements:
        of = document[part.invoice_id]
        sums[of] = sums[of] + part.amount if of in sums else part.amount
    return [Settlement(of, amount) for of, amount in sums.items()]


async def match(
    uow: UnitOfWork,
    account: AccountRow,
    credit_item_id: UUID,
    settlements: Sequence[Settlement],
    items: Sequence[ItemRow],
    on: date,
) -> None:
    """Settle items with a credit item and announce the invoices among them.

    `settlements` name items of `items`; `on` is no earlier than the credit counts. What was paid
    ahead counts against an item from the item's own day on.
    """
    if not settlements:
        return
    found = {item.id: item for item in items}
    ids = [uow.new_id() for _ in settlements]
    days = [max(on, found[part.invoice_id].posted_on) for part in settlements]
    await uow.connection.execute(
        _MATCH,
        uow.tenant,
        account.company_id,
        account.id,
        uow.now,
        ids,
        [part.invoice_id for part in settlements],
        [credit_item_id for _ in settlements],
        [part.amount.amount for part in settlements],
        days,
        [None for _ in settlements],
    )
    await realise(uow, account, ids)
    last: dict[UUID, date] = {}
    for part, day in zip(settlements, days, strict=True):
        document = found[part.invoice_id].document_id
        last[document] = max(day, last.get(document, day))
    for invoice in await invoices_now(uow, list(last)):
        uow.publish(
            events.invoice_settled(
                invoice, invoice.open_amount, invoice.paid_on or last[invoice.id]
            )
        )


async def invoices_now(uow: UnitOfWork, documents: Sequence[UUID]) -> list[InvoiceRow]:
    """The invoices among the documents, as this transaction has left them."""
    return [InvoiceRow(**row) for row in await uow.connection.fetch(_INVOICES, documents)]


async def undo_allocation(
    uow: UnitOfWork, allocation_id: UUID, *, undone_on: date | None, reason: str
) -> MatchingRow:
    """Take an allocation back: both sides are open again from that day on.

    `undone_on` None is today, or the allocation's own day where that is later. Nothing is booked
    but the opposite of a realised difference of exchange: the control account does not know what
    settled what. Raises `AllocationNotFound`, `AllocationIsUndone`, `UndoneBeforeItCounted`,
    `AllocationBelongsToItsDocument`.
    """
    found = await uow.get(Matching, allocation_id)
    account = await lock_account(uow, found.account_id)
    allocation = await queries.allocation(uow.session, allocation_id)
    if allocation.credit_kind not in FREE_CREDITS or allocation.debit_kind not in FREE_DEBITS:
        raise AllocationBelongsToItsDocument(
            f"A {allocation.credit_kind} settled a {allocation.debit_kind}."
        )
    if allocation.undone_on is not None:
        raise AllocationIsUndone(f"It was taken back on {allocation.undone_on}.")
    day = undone_on or max(uow.now.date(), allocation.allocated_on)
    if day < allocation.allocated_on:
        raise UndoneBeforeItCounted(
            f"The allocation counts from {allocation.allocated_on} on.", field="undone_on"
        )
    await take_back(uow, account, [found], day)
    uow.audit(
        "receivables.allocation.undone",
        "allocation",
        allocation_id,
        {"on": str(day), "amount": allocation.amount, "reason": reason},
    )
    return await queries.allocation(uow.session, allocation_id)


async def take_back(
    uow: UnitOfWork, account: AccountRow, allocations: Sequence[Matching], day: date
) -> None:
    """Write the opposites of allocations that stand; the account is locked.

    Moves what is overdue, and announces the invoices that are open again.
    """
    late = await uow.connection.fetch(
        "SELECT id FROM receivables_open_item WHERE id = ANY($1) AND overdue_since IS NOT NULL",
        [one.debit_item_id for one in allocations],
    )
    overdue = {row["id"] for row in late}
    ids = [uow.new_id() for _ in allocations]
    await uow.connection.execute(
        _MATCH,
        uow.tenant,
        account.company_id,
        account.id,
        uow.now,
        ids,
        [one.debit_item_id for one in allocations],
        [one.credit_item_id for one in allocations],
        [one.amount for one in allocations],
        [max(day, one.matched_on) for one in allocations],
        [one.id for one in allocations],
    )
    await realise(uow, account, ids)
    await move_exposure(
        uow,
        account.id,
        overdue=sum((o.amount for o in allocations if o.debit_item_id in overdue), start=ZERO),
    )
    documents = await uow.connection.fetch(
        "SELECT DISTINCT document_id FROM receivables_open_item WHERE id = ANY($1)",
        [one.debit_item_id for one in allocations],
    )
    for invoice in await invoices_now(uow, [row["document_id"] for row in documents]):
        uow.publish(events.invoice_reopened(invoice, day))
