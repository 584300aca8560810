"""Receiving payments and settling open items with them."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from uuid import UUID

from erp.ledger import service as ledger
from erp.ledger.service import AccountRole, Journal, check_amount, series_of
from erp.receivables import events, queries
from erp.receivables.models import Payment
from erp.receivables.queries import PaymentRow
from erp.receivables.rules import CurrencyIsNotTheAccounts, PaidInTheAccountsCurrency
from erp.receivables.service.accounts import lock_account, move_exposure
from erp.receivables.service.adjustments import take_discount
from erp.receivables.service.items import (
    Part,
    add_items,
    by_document,
    match,
    open_debits,
    overdue_part,
    plan_settlement,
)
from erp.receivables.service.tolerance import even_out
from servicekit.uow import UnitOfWork
from servicekit.values.money import Money

_RECEIVE = """
    INSERT INTO receivables_payment (
        tenant, id, company_id, account_id, customer_id, series, serial, number, currency,
        amount, unallocated, received_on, method, reference, created_at, posted_on, paid_amount,
        paid_currency)
    VALUES ($1, $2, $3, $4, $5, $6, 0, '', $7, $8, $8, $9, $10, $11, $12, $13, $14, $15)
    RETURNING number
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
    discounted: Sequence[UUID] = (),
    arrived: Money | None = None,
    tolerates: bool = True,
) -> PaymentRow:
    """Book money that arrived, and settle open items with it.

    `amount` is in the account's currency. `wanted` names invoices and amounts; None settles the
    oldest first; an empty list settles nothing yet. Debits bank, credits receivables. The invoices
    of `discounted` are paid less their discount of the day, which settles their rest. `arrived` is
    what came in another currency and settles `amount`: both go through the account for that, whose
    two sides are worth the same in the company's currency. Unless it `tolerates` none, differences
    within the company's limit are given up (`even_out`).

    Raises `AccountNotFound`, `CurrencyIsNotTheAccounts`, `PaidInTheAccountsCurrency`,
    `AmountHasTooManyDecimals`, `AmountIsTooLarge`, `DiscountIsNotDue`, `ExchangeRateIsMissing` and
    what `rules.settle_named` raises.
    """
    account = await lock_account(uow, account_id)
    if currency is not None and currency != account.currency:
        raise CurrencyIsNotTheAccounts(
            f"The account is in {account.currency}, the payment in {currency}.", field="currency"
        )
    check_amount(amount, account.currency, field="amount")
    paid = Money(amount, account.currency)
    worth = None
    if arrived is not None:
        check_amount(arrived.amount, arrived.currency, field="paid.amount")
        if arrived.currency == account.currency:
            raise PaidInTheAccountsCurrency(
                f"The account is in {account.currency}.", field="paid.currency"
            )
        worth = await ledger.worth_of(uow, account.company_id, paid, arrived, received_on)
    items = await open_debits(uow, account_id, wanted)
    settlements, left = plan_settlement(paid, wanted, items)
    overdue = overdue_part(settlements, items)
    await move_exposure(uow, account_id, open_items=-amount, overdue=-overdue)
    posted_on = await ledger.posting_day(uow, account.company_id, Journal.CASH, received_on)
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
        None if posted_on == received_on else posted_on,
        None if arrived is None else arrived.amount,
        None if arrived is None else arrived.currency,
    )
    [item_id] = await add_items(
        uow,
        account,
        kind="payment",
        document_id=payment_id,
        side="credit",
        parts=[Part(amount)],
        day=received_on,
        posted_on=posted_on,
        worth=worth,
    )
    await ledger.post_entry(
        uow,
        account.company_id,
        Journal.CASH,
        received_on,
        await ledger.cleared(
            uow,
            account.company_id,
            debited=(AccountRole.BANK, arrived or paid),
            credited=(AccountRole.RECEIVABLES, paid),
            worth=worth,
        ),
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
            settlements=by_document(settlements, items),
            unallocated=left,
        )
    )
    await match(uow, account, item_id, settlements, items, posted_on)
    for at, invoice_id in enumerate(discounted):
        await take_discount(
            uow, account, invoice_id, received_on, field=f"allocations.{at}.take_discount"
        )
    if tolerates:
        documents = [part.invoice_id for part in by_document(settlements, items)]
        await even_out(uow, account, payment_id, number, documents, received_on)
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
    account = await lock_account(uow, account_id)
    payment = await queries.payment(uow.session, payment_id)
    rest = Money(payment.unallocated, payment.currency)
    items = await open_debits(uow, account_id, wanted)
    settlements, _ = plan_settlement(rest, wanted, items)
    await move_exposure(uow, account_id, overdue=-overdue_part(settlements, items))
    [credit] = await queries.items_of(uow.session, payment_id)
    on = max(allocated_on, credit.posted_on)
    await match(uow, account, credit.id, settlements, items, on)
    uow.audit(
        "receivables.payment.allocated",
        "payment",
        payment_id,
        {str(part.invoice_id): part.amount.amount for part in by_document(settlements, items)},
    )
    return await queries.payment(uow.session, payment_id)
