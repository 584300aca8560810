"""Write-offs, refunds, discounts and charges: numbered, booked and settled at once."""

from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import select

from erp.ledger.service import check_amount
from erp.receivables import queries
from erp.receivables.models import Matching
from erp.receivables.queries import AccountRow, AdjustmentDetail
from erp.receivables.rules import (
    AdjustmentIsReversed,
    AdjustmentKind,
    DatedDiscount,
    DiscountIsNotDue,
    NothingIsOpen,
    PaymentCameBack,
    Settlement,
    SettlementBelongsToItsInvoice,
    TaxShare,
    WriteOffExceedsLimit,
    check_stands_alone,
    discount_on,
    tax_shares,
)
from erp.receivables.service.accounts import lock_account, move_exposure
from erp.receivables.service.adjusting import (
    NewAdjustment,
    lower_debit,
    usual_side,
    write_adjustment,
)
from erp.receivables.service.items import (
    ZERO,
    match,
    open_items,
    take_back,
)
from servicekit.uow import UnitOfWork
from servicekit.values.money import Money

WRITE_OFF_ANY = "erp.receivables.write_off_any"


async def write_off(
    uow: UnitOfWork,
    invoice_id: UUID,
    *,
    amount: Decimal | None,
    on: date,
    reason: str,
    lowers_tax: bool,
) -> AdjustmentDetail:
    """Give up what is open on an invoice (`amount` None: all of it), in its currency.

    Debits bad debts; with `lowers_tax` the tax takes its share, as the law has it once a debt is
    lost. Raises `InvoiceNotFound`, `DownPaymentBelongsToItsOrder`, `NothingIsOpen`,
    `WriteOffExceedsLimit`, `AccountForItIsMissing`, `AmountHasTooManyDecimals`.
    """
    invoice = (await queries.invoice(uow.session, invoice_id)).invoice
    check_stands_alone(invoice)
    account = await lock_account(uow, invoice.account_id)
    items = await open_items(uow, account.id, [invoice_id], side="debit")
    left = sum((item.open_amount for item in items), start=ZERO)
    wanted = left if amount is None else amount
    check_amount(wanted, account.currency, field="amount")
    if not 0 < wanted <= left:
        raise NothingIsOpen(f"{left:f} {account.currency} is open on it.", field="amount")
    limit = (await queries.policy(uow.session, account.company_id)).write_off_limit
    if limit is not None and wanted > limit and not uow.principal.may(WRITE_OFF_ANY):
        raise WriteOffExceedsLimit(f"The limit is {limit:f} {account.currency}.", field="amount")
    given_up = Money(wanted, account.currency)
    shares = tax_shares(given_up, await queries.tax_left(uow.session, invoice_id))
    new = NewAdjustment(
        AdjustmentKind.WRITE_OFF,
        given_up,
        max(on, max(item.posted_on for item in items)),
        reason,
        about_id=invoice_id,
        reference=invoice.number,
        shares=shares if lowers_tax else (),
    )
    return await lower_debit(uow, account, new, invoice_id)


async def take_discount(
    uow: UnitOfWork, account: AccountRow, invoice_id: UUID, on: date, *, field: str
) -> None:
    """Give the discount of a day for an invoice, or instalments of it, whose rest it pays.

    The account is locked. Raises `DiscountIsNotDue`, `AccountForItIsMissing`.
    """
    items = await open_items(uow, account.id, [invoice_id], side="debit")
    zero = Money.zero(account.currency)
    left = sum((Money(item.open_amount, account.currency) for item in items), start=zero)
    of_parts = await queries.instalment_discounts(uow.session, invoice_id, account.currency)
    if not of_parts:
        whole = await queries.discounts(uow.session, invoice_id, account.currency)
        rests: list[tuple[int | None, Money, DatedDiscount | None]] = [
            (None, left, discount_on(whole, on))
        ]
    else:
        rests = [
            (
                item.instalment,
                Money(item.open_amount, account.currency),
                discount_on([one for place, one in of_parts if place == item.instalment], on),
            )
            for item in items
        ]
    due = [
        (instalment, rest, found)
        for instalment, rest, found in rests
        if found is not None and not rest.is_zero and rest <= found.amount
    ]
    if not due:
        allowed = next((found.amount for _, _, found in rests if found is not None), zero)
        raise DiscountIsNotDue(
            f"{left} is open after the payment, the discount on {on} is {allowed}.", field=field
        )
    for instalment, rest, found in due:
        shares = tax_shares(rest, await queries.tax_left(uow.session, invoice_id))
        new = NewAdjustment(
            AdjustmentKind.DISCOUNT,
            rest,
            max(on, max(item.posted_on for item in items)),
            f"Paid by {found.until}",
            about_id=invoice_id,
            shares=shares if found.basis == "gross" else (),
        )
        await lower_debit(uow, account, new, invoice_id, instalment=instalment)


async def refund(
    uow: UnitOfWork,
    document_id: UUID,
    *,
    amount: Decimal | None,
    on: date,
    reason: str,
    reference: str | None,
) -> AdjustmentDetail:
    """Pay back what a payment or credit note has left (`amount` None: all of it).

    Debits receivables, credits bank. Raises `NothingIsOpen`, `AmountHasTooManyDecimals`.
    """
    found = await queries.items_of(uow.session, document_id)
    if not found or found[0].side != "credit":
        raise NothingIsOpen("There is no payment or credit note of that id.", field="document_id")
    account = await lock_account(uow, found[0].account_id)
    [credit] = await queries.items_of(uow.session, document_id)
    wanted = credit.open_amount if amount is None else amount
    check_amount(wanted, account.currency, field="amount")
    if not 0 < wanted <= credit.open_amount:
        raise NothingIsOpen(
            f"{credit.open_amount:f} {account.currency} is left of it.", field="amount"
        )
    paid = Money(wanted, account.currency)
    new = NewAdjustment(
        AdjustmentKind.REFUND,
        paid,
        max(on, credit.posted_on),
        reason,
        about_id=document_id,
        reference=reference,
    )
    await move_exposure(uow, account.id, open_items=wanted)
    debit = await write_adjustment(uow, account, new)
    await match(uow, account, credit.id, [Settlement(debit.id, paid)], [debit], credit.posted_on)
    return await queries.adjustment(uow.session, debit.document_id)


async def reverse_adjustment(
    uow: UnitOfWork, adjustment_id: UUID, *, on: date | None, reason: str
) -> AdjustmentDetail:
    """Take an adjustment back: what it settled is open again, and its opposite is booked.

    Raises `AdjustmentNotFound`, `AdjustmentIsReversed`, `SettlementBelongsToItsInvoice`,
    `PaymentCameBack`.
    """
    found = await queries.adjustment(uow.session, adjustment_id)
    account = await lock_account(uow, found.adjustment.account_id)
    found = await queries.adjustment(uow.session, adjustment_id)
    old, item = found.adjustment, found.item
    if old.kind == AdjustmentKind.PAYMENT_RETURN:
        raise PaymentCameBack(f"{old.number} stands; what arrives later is another payment.")
    if old.kind == AdjustmentKind.DOWN_PAYMENT_SETTLEMENT:
        raise SettlementBelongsToItsInvoice(f"{old.number} is part of its invoice.")
    if found.reversed_by is not None or old.reverses is not None:
        raise AdjustmentIsReversed(f"{old.number} is not reversed again.")
    side = Matching.debit_item_id if item.side == "debit" else Matching.credit_item_id
    undone = select(Matching.undoes).where(Matching.undoes.is_not(None))
    standing = (
        await uow.session.scalars(
            select(Matching).where(
                side == item.id, Matching.undoes.is_(None), Matching.id.not_in(undone)
            )
        )
    ).all()
    day = max(on or uow.now.date(), item.posted_on, *(one.matched_on for one in standing))
    if standing:
        await take_back(uow, account, standing, day)
    amount = Money(old.amount, old.currency)
    new = NewAdjustment(
        AdjustmentKind(old.kind),
        amount,
        day,
        reason,
        about_id=old.about_id,
        reverses=old.id,
        reference=old.number,
        shares=[
            TaxShare(
                tax.category,
                tax.rate,
                Money(tax.base, old.currency),
                Money(tax.tax, old.currency),
            )
            for tax in found.taxes
        ],
        flipped=old.side == usual_side(AdjustmentKind(old.kind)),
    )
    late = old.amount if item.overdue_since is not None else ZERO
    moved = old.amount if new.side == "debit" else -old.amount
    await move_exposure(uow, account.id, open_items=moved, overdue=-late)
    opposite = await write_adjustment(uow, account, new)
    debit, credit = (item, opposite) if item.side == "debit" else (opposite, item)
    counts = max(day, opposite.posted_on)
    await match(uow, account, credit.id, [Settlement(debit.id, amount)], [debit], counts)
    return await queries.adjustment(uow.session, opposite.document_id)
