"""Writing adjustments: numbered, booked, and matched with what they lower."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from erp.ledger import queries as ledger_queries
from erp.ledger import service as ledger
from erp.ledger.service import AccountRole, EntryLine, Journal, series_of
from erp.receivables import events, queries
from erp.receivables.models import Adjustment
from erp.receivables.queries import AccountRow, AdjustmentDetail, ItemRow
from erp.receivables.rules import (
    AccountForItIsMissing,
    AdjustmentKind,
    TaxShare,
)
from erp.receivables.service.accounts import move_exposure
from erp.receivables.service.advances import Worth
from erp.receivables.service.items import (
    Part,
    add_items,
    match,
    open_items,
    overdue_part,
    plan_settlement,
)
from erp.receivables.service.taxing import tell_shares
from servicekit.uow import UnitOfWork
from servicekit.values.money import Money


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
    AdjustmentKind.PAYMENT_DIFFERENCE: _Kind(
        "DIF", Journal.GENERAL, "credit", AccountRole.PAYMENT_DIFFERENCES
    ),
    AdjustmentKind.REFUND: _Kind("RFD", Journal.CASH, "debit", AccountRole.BANK),
    AdjustmentKind.PAYMENT_RETURN: _Kind("RTN", Journal.CASH, "debit", AccountRole.BANK),
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
    `takes_back` is a payment whose entry is reversed as it stands, at `worth` so much in the
    company's currency. `received` is what the part of a down payment that it settles is carried at.
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
    takes_back: UUID | None = None
    worth: Decimal | None = None
    received: Worth | None = None

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
    worth = new.received
    lines = [own(AccountRole.RECEIVABLES, new.amount, base=None if worth is None else worth.gross)]
    net = new.amount - new.tax
    if not net.is_zero:
        lines.append(other(_KINDS[new.kind].role, net, base=None if worth is None else worth.net))
    if not new.tax.is_zero:
        lines.append(
            other(AccountRole.TAX_PAYABLE, new.tax, base=None if worth is None else worth.tax)
        )
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
        worth=new.worth if new.received is None else new.received.gross,
    )
    posted = await ledger.post_entry(
        uow,
        account.company_id,
        kind.journal,
        new.issued_on,
        booking(new)
        if new.takes_back is None
        else await ledger.opposite_of(uow, "payment", new.takes_back),
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
    uow: UnitOfWork,
    account: AccountRow,
    new: NewAdjustment,
    document_id: UUID,
    *,
    instalment: int | None = None,
) -> AdjustmentDetail:
    """Write a credit adjustment and settle a debit document with it, or an instalment of that.

    The account is locked.
    """
    items = await open_items(uow, account.id, [document_id], side="debit")
    if instalment is not None:
        items = [item for item in items if item.instalment == instalment]
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


def usual_side(kind: AdjustmentKind) -> str:
    """What a kind of adjustment does to the account unless it is flipped."""
    return _KINDS[kind].side
