"""Write-offs, refunds, discounts and charges: numbered, booked and settled at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import select

from erp.ledger import queries as ledger_queries
from erp.ledger import service as ledger
from erp.ledger.service import AccountRole, EntryLine, Journal, check_amount, series_of
from erp.receivables import events, queries
from erp.receivables.models import Adjustment, Matching
from erp.receivables.queries import AccountRow, AdjustmentDetail, ItemRow
from erp.receivables.rules import (
    AccountForItIsMissing,
    AdjustmentIsReversed,
    AdjustmentKind,
    DiscountIsNotDue,
    NothingIsOpen,
    Settlement,
    SettlementBelongsToItsInvoice,
    TaxShare,
    WriteOffExceedsLimit,
    check_stands_alone,
    discount_on,
    tax_shares,
)
from erp.receivables.service.accounts import lock_account, move_exposure
from erp.receivables.service.items import (
    ZERO,
    Part,
    add_items,
    match,
    open_items,
    overdue_part,
    plan_settlement,
    take_back,
)
from erp.receivables.service.taxing import tell_shares
from servicekit.uow import UnitOfWork
from servicekit.values.money import Money

WRITE_OFF_ANY = "erp.receivables.write_off_any"


@dataclass(frozen=True, slots=True)
class _Kind:
    """How a kind of adjustment is numbered and booked; `side` is what it does to the account."""

    prefix: str
    journal: Journal
    side: str
    role: AccountRole


_KINDS = {
    AdjustmentKind.WRITE_OFF: _Kind("WOF", Journal.GENERAL, "credit", AccountRole.BAD_DEBT),
    AdjustmentKind.DISCOUNT: _Kind("DSC", Journal.SALES, "credit", AccountRole.DISCOUNT_GIVEN),
    AdjustmentKind.REFUND: _Kind("RFD", Journal.CASH, "debit", AccountRole.BANK),
    AdjustmentKind.DUNNING_FEE: _Kind("FEE", Journal.SALES, "debit", AccountRole.DUNNING_FEES),
    AdjustmentKind.INTEREST: _Kind("INT", Journal.SALES, "debit", AccountRole.INTEREST_INCOME),
    AdjustmentKind.DOWN_PAYMENT_SETTLEMENT: _Kind(
        "DWS", Journal.SALES, "credit", AccountRole.DOWN_PAYMENTS_RECEIVED
    ),
}

_WRITE = """
    WITH written AS (
        INSERT INTO receivables_adjustment (
            tenant, id, company_id, account_id, customer_id, kind, side, series, serial, number,
            currency, issued_on, amount, tax, about_id, reverses, reason, reference, created_at,
            posted_on, settles_id)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, '', $9, $10, $11, $12, $13, $14, $15, $16, $17,
                $22, $23)
        RETURNING number
    ), tax AS (
        INSERT INTO receivables_adjustment_tax (tenant, adjustment_id, category, rate, base, tax)
        SELECT $1, $2, t.category, t.rate, t.base, t.tax
        FROM unnest($18::text[], $19::numeric[], $20::numeric[], $21::numeric[])
             AS t (category, rate, base, tax)
    )
    SELECT number FROM written
"""


@dataclass(frozen=True, slots=True)
class NewAdjustment:
    """An adjustment to be written; `amount` includes the tax of `shares`.

    `due_on` is for debits (none: its own day). `flipped` books the opposite side.
    """

    kind: AdjustmentKind
    amount: Money
    issued_on: date
    reason: str
    about_id: UUID | None = None
    settles_id: UUID | None = None
    reverses: UUID | None = None
    reference: str | None = None
    due_on: date | None = None
    shares: Sequence[TaxShare] = ()
    flipped: bool = False

    @property
    def side(self) -> str:
        """What it does to the account."""
        side = _KINDS[self.kind].side
        if not self.flipped:
            return side
        return "credit" if side == "debit" else "debit"

    @property
    def tax(self) -> Money:
        """The tax in it."""
        return sum((s.tax for s in self.shares), start=Money.zero(self.amount.currency))


def booking(new: NewAdjustment) -> list[EntryLine]:
    """What an adjustment books: the control account against the kind's own, and the tax."""
    sides = (ledger.debit, ledger.credit) if new.side == "debit" else (ledger.credit, ledger.debit)
    own, other = sides
    lines = [own(AccountRole.RECEIVABLES, new.amount)]
    net = new.amount - new.tax
    if not net.is_zero:
        lines.append(other(_KINDS[new.kind].role, net))
    if not new.tax.is_zero:
        lines.append(other(AccountRole.TAX_PAYABLE, new.tax))
    return lines


async def write_adjustment(uow: UnitOfWork, account: AccountRow, new: NewAdjustment) -> ItemRow:
    """Number and book an adjustment, and write its open item; the account is locked.

    The caller has moved the exposure and settles the item. Raises `AccountForItIsMissing`,
    `ExchangeRateIsMissing`, `RoleHasNoAccount`.
    """
    kind = _KINDS[new.kind]
    chart = await ledger_queries.accounts_by_role(uow.session, account.company_id)
    if kind.role not in chart:
        raise AccountForItIsMissing(f"No account of the chart has the role {kind.role.value}.")
    posted_on = await ledger.posting_day(uow, account.company_id, kind.journal, new.issued_on)
    adjustment_id = uow.new_id()
    number = await uow.connection.fetchval(
        _WRITE,
        uow.tenant,
        adjustment_id,
        account.company_id,
        account.id,
        account.customer_id,
        new.kind.value,
        new.side,
        series_of(kind.prefix, new.issued_on),
        account.currency,
        new.issued_on,
        new.amount.amount,
        new.tax.amount,
        new.about_id,
        new.reverses,
        new.reason,
        new.reference,
        uow.now,
        [share.category for share in new.shares],
        [share.rate for share in new.shares],
        [share.base.amount for share in new.shares],
        [share.tax.amount for share in new.shares],
        None if posted_on == new.issued_on else posted_on,
        new.settles_id,
    )
    due_on = (new.due_on or new.issued_on) if new.side == "debit" else None
    await add_items(
        uow,
        account,
        kind=new.kind.value,
        document_id=adjustment_id,
        side=new.side,
        parts=[Part(new.amount.amount, due_on)],
        day=new.issued_on,
        posted_on=posted_on,
    )
    posted = await ledger.post_entry(
        uow,
        account.company_id,
        kind.journal,
        new.issued_on,
        booking(new),
        number,
        new.kind.value,
        adjustment_id,
    )
    await tell_shares(
        uow,
        account,
        new.shares,
        about_id=new.about_id,
        lowers=new.side == "credit",
        kind=new.kind.value,
        document_id=adjustment_id,
        number=number,
        document_on=new.issued_on,
        posted_on=posted.effective_on,
    )
    uow.audit(
        f"receivables.{new.kind.value}.{'reversed' if new.reverses else 'written'}",
        "adjustment",
        adjustment_id,
        {"number": number, "amount": new.amount.amount, "reason": new.reason},
    )
    written = await uow.get(Adjustment, adjustment_id)
    if new.reverses is None:
        uow.publish(events.adjustment_posted(written))
    else:
        taken_back = await uow.get(Adjustment, new.reverses)
        uow.publish(events.adjustment_reversed(taken_back, written))
    [item] = await queries.items_of(uow.session, adjustment_id)
    return item


async def lower_debit(
    uow: UnitOfWork, account: AccountRow, new: NewAdjustment, document_id: UUID
) -> AdjustmentDetail:
    """Write a credit adjustment and settle a debit document with it; the account is locked."""
    items = await open_items(uow, account.id, [document_id], side="debit")
    settlements, _ = plan_settlement(new.amount, [(document_id, new.amount.amount)], items)
    await move_exposure(
        uow,
        account.id,
        open_items=-new.amount.amount,
        overdue=-overdue_part(settlements, items),
    )
    credit = await write_adjustment(uow, account, new)
    await match(uow, account, credit.id, settlements, items, credit.posted_on)
    return await queries.adjustment(uow.session, credit.document_id)


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
    """Give the discount of a day for an invoice whose rest it pays; the account is locked.

    Raises `DiscountIsNotDue`, `AccountForItIsMissing`.
    """
    items = await open_items(uow, account.id, [invoice_id], side="debit")
    left = Money(sum((item.open_amount for item in items), start=ZERO), account.currency)
    found = discount_on(await queries.discounts(uow.session, invoice_id, account.currency), on)
    if found is None or left.is_zero or left > found.amount:
        allowed = Money.zero(account.currency) if found is None else found.amount
        raise DiscountIsNotDue(
            f"{left} is open after the payment, the discount on {on} is {allowed}.", field=field
        )
    shares = tax_shares(left, await queries.tax_left(uow.session, invoice_id))
    new = NewAdjustment(
        AdjustmentKind.DISCOUNT,
        left,
        max(on, max(item.posted_on for item in items)),
        f"Paid by {found.until}",
        about_id=invoice_id,
        shares=shares if found.basis == "gross" else (),
    )
    await lower_debit(uow, account, new, invoice_id)


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

    Raises `AdjustmentNotFound`, `AdjustmentIsReversed`, `SettlementBelongsToItsInvoice`.
    """
    found = await queries.adjustment(uow.session, adjustment_id)
    account = await lock_account(uow, found.adjustment.account_id)
    found = await queries.adjustment(uow.session, adjustment_id)
    old, item = found.adjustment, found.item
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
        flipped=True,
    )
    late = old.amount if item.overdue_since is not None else ZERO
    moved = old.amount if new.side == "debit" else -old.amount
    await move_exposure(uow, account.id, open_items=moved, overdue=-late)
    opposite = await write_adjustment(uow, account, new)
    debit, credit = (item, opposite) if item.side == "debit" else (opposite, item)
    counts = max(day, opposite.posted_on)
    await match(uow, account, credit.id, [Settlement(debit.id, amount)], [debit], counts)
    return await queries.adjustment(uow.session, opposite.document_id)
