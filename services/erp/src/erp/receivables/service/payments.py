"""Receiving payments and settling open items with them."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from uuid import UUID

from erp.ledger import service as ledger
from erp.ledger.service import AccountRole, Journal, check_amount, series_of
from erp.receivables import events, queries
from erp.receivables.models import Payment
from erp.receivables.queries import InvoiceRow, PaymentRow, as_open_items
from erp.receivables.rules import (
    CurrencyIsNotTheAccounts,
    Settlement,
    settle_named,
    settle_oldest,
)
from erp.receivables.service.accounts import lock_account, move_exposure
from servicekit.uow import UnitOfWork
from servicekit.values.money import Money

_OPEN_ITEMS = f"""
    SELECT {queries.INVOICE_COLUMNS} FROM receivables_invoice i
    WHERE i.account_id = $1 AND i.open_amount > 0 AND ($2::uuid[] IS NULL OR i.id = ANY($2))
    ORDER BY i.due_on, i.id
"""  # noqa: S608 - nothing but column names of this package is put in

_RECEIVE = """
    INSERT INTO receivables_payment (
        tenant, id, company_id, account_id, customer_id, series, serial, number, currency,
        amount, unallocated, received_on, method, reference, created_at)
    VALUES ($1, $2, $3, $4, $5, $6, 0, '', $7, $8, $8, $9, $10, $11, $12)
    RETURNING number
"""

# A trigger lowers what is open on the invoices and left of the payment.
_ALLOCATE = """
    INSERT INTO receivables_allocation (
        tenant, id, payment_id, invoice_id, amount, allocated_on, created_at)
    SELECT $1, a.id, $2, a.invoice_id, a.amount, a.allocated_on, $3
    FROM unnest($4::uuid[], $5::uuid[], $6::numeric[], $7::date[])
         AS a (id, invoice_id, amount, allocated_on)
"""


async def receive_payment(
    uow: UnitOfWork,
    *,
    account_id: UUID,
    amount: Decimal,
    received_on: date,
    method: str,
    reference: str | None,
    wanted: Sequence[tuple[UUID, Decimal]] | None,
    currency: str | None = None,
) -> PaymentRow:
    """Book money that arrived, and settle open items with it.

    `amount` is in the account's currency. `wanted` names invoices and amounts; None settles the
    oldest first; an empty list settles nothing yet. Debits bank, credits receivables.

    Raises `AccountNotFound`, `CurrencyIsNotTheAccounts`, `AmountHasTooManyDecimals`,
    `AmountIsTooLarge` and what `rules.settle_named` raises.
    """
    account = await lock_account(uow, account_id)
    if currency is not None and currency != account.currency:
        raise CurrencyIsNotTheAccounts(
            f"The account is in {account.currency}, the payment in {currency}.", field="currency"
        )
    check_amount(amount, account.currency, field="amount")
    paid = Money(amount, account.currency)
    items = await _open_items(uow, account_id, wanted)
    settlements, left = _settle(paid, wanted, items)
    overdue = _overdue_part(settlements, items)
    await move_exposure(uow, account_id, open_items=-amount, overdue=-overdue)
    payment_id = uow.new_id()
    number: str = await uow.connection.fetchval(
        _RECEIVE,
        uow.tenant,
        payment_id,
        account.company_id,
        account_id,
        account.customer_id,
        series_of("PAY", received_on),
        account.currency,
        amount,
        received_on,
        method,
        reference,
        uow.now,
    )
    await _allocate(uow, payment_id, settlements, items, received_on)
    await ledger.post_entry(
        uow,
        account.company_id,
        Journal.CASH,
        received_on,
        [ledger.debit(AccountRole.BANK, paid), ledger.credit(AccountRole.RECEIVABLES, paid)],
        number,
        "payment",
        payment_id,
    )
    uow.publish(
        events.payment_received(
            payment_id=payment_id,
            number=number,
            account=account,
            amount=paid,
            received_on=received_on,
            method=method,
            reference=reference,
            settlements=settlements,
            unallocated=left,
        )
    )
    _announce(uow, settlements, items, received_on)
    uow.audit(
        "receivables.payment.received",
        "payment",
        payment_id,
        {"number": number, "amount": amount, "currency": account.currency},
    )
    return await queries.payment(uow.session, payment_id)


async def allocate_payment(
    uow: UnitOfWork,
    payment_id: UUID,
    *,
    allocated_on: date,
    wanted: Sequence[tuple[UUID, Decimal]] | None,
) -> PaymentRow:
    """Settle open items with what is left of an earlier payment.

    Nothing is booked: the control account was credited when the money arrived. Raises
    `PaymentNotFound` and what `rules.settle_named` raises.
    """
    account_id = (await uow.get(Payment, payment_id)).account_id
    await lock_account(uow, account_id)
    payment = await queries.payment(uow.session, payment_id)
    rest = Money(payment.unallocated, payment.currency)
    items = await _open_items(uow, account_id, wanted)
    settlements, _ = _settle(rest, wanted, items)
    on = max(allocated_on, payment.received_on)
    overdue = _overdue_part(settlements, items)
    await move_exposure(uow, account_id, overdue=-overdue)
    await _allocate(uow, payment_id, settlements, items, on)
    _announce(uow, settlements, items, on)
    uow.audit(
        "receivables.payment.allocated",
        "payment",
        payment_id,
        {str(part.invoice_id): part.amount.amount for part in settlements},
    )
    return await queries.payment(uow.session, payment_id)


async def _open_items(
    uow: UnitOfWork, account_id: UUID, wanted: Sequence[tuple[UUID, Decimal]] | None
) -> list[InvoiceRow]:
    named = None if wanted is None else [invoice_id for invoice_id, _ in wanted]
    rows = await uow.connection.fetch(_OPEN_ITEMS, account_id, named)
    return [InvoiceRow(**row) for row in rows]


def _settle(
    money: Money, wanted: Sequence[tuple[UUID, Decimal]] | None, items: Sequence[InvoiceRow]
) -> tuple[list[Settlement], Money]:
    if wanted is None:
        return settle_oldest(money, as_open_items(items))
    for position, (_, part) in enumerate(wanted):
        check_amount(part, money.currency, field=f"allocations.{position}.amount")
    named = [Settlement(invoice_id, Money(part, money.currency)) for invoice_id, part in wanted]
    return settle_named(money, named, as_open_items(items))


def _overdue_part(settlements: Sequence[Settlement], items: Sequence[InvoiceRow]) -> Decimal:
    late = {item.id for item in items if item.overdue_since is not None}
    return sum(
        (part.amount.amount for part in settlements if part.invoice_id in late), start=Decimal(0)
    )


async def _allocate(
    uow: UnitOfWork,
    payment_id: UUID,
    settlements: Sequence[Settlement],
    items: Sequence[InvoiceRow],
    on: date,
) -> None:
    if not settlements:
        return
    issued = {item.id: item.issued_on for item in items}
    await uow.connection.execute(
        _ALLOCATE,
        uow.tenant,
        payment_id,
        uow.now,
        [uow.new_id() for _ in settlements],
        [part.invoice_id for part in settlements],
        [part.amount.amount for part in settlements],
        # A prepayment counts against an invoice from the invoice's own date on.
        [max(on, issued[part.invoice_id]) for part in settlements],
    )


def _announce(
    uow: UnitOfWork, settlements: Sequence[Settlement], items: Sequence[InvoiceRow], on: date
) -> None:
    by_id = {item.id: item for item in items}
    for part in settlements:
        invoice = by_id[part.invoice_id]
        uow.publish(
            events.invoice_settled(
                invoice,
                invoice.open_amount - part.amount.amount,
                max(on, invoice.issued_on),
            )
        )
