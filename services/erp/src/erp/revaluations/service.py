"""Revaluing open items and money in foreign currencies, and taking that back."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from erp.exchange_rates import queries as exchange_rates
from erp.ledger import queries as ledger_queries
from erp.ledger import service as ledger
from erp.ledger.service import AccountRole, EntryLine, Journal
from erp.payables import service as payables
from erp.receivables import service as receivables
from erp.revaluations import queries
from erp.revaluations.models import Revaluation, RevaluedItem
from erp.revaluations.rules import (
    ZERO,
    ItemKind,
    LaterRevaluationStands,
    Method,
    RevaluationExists,
    RevaluationIsUndone,
    Valuation,
    given_back,
    reversed_on,
    valuation,
)
from servicekit.uow import UnitOfWork
from servicekit.values.decimals import round_half_away
from servicekit.values.money import minor_units

_SHOWN_PLACES = 18
ITEMS = {ItemKind.RECEIVABLE: receivables, ItemKind.PAYABLE: payables}
"""Whose items keep what they are carried at."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A difference on an account of the chart, in the company's currency; above zero a gain."""

    account_id: UUID
    currency: str
    amount: Decimal


def _entry_lines(differences: Sequence[Difference], *, taken_back: bool = False) -> list[EntryLine]:
    """The lines of differences: no amount but in the company's currency, per account and currency.

    Gains and losses are not set off against each other; what is taken back comes off the account
    that it went to. Empty where there is nothing to book.
    """
    sums: defaultdict[tuple[UUID | AccountRole, str], Decimal] = defaultdict(Decimal)
    for each in differences:
        result = (
            AccountRole.UNREALISED_EXCHANGE_GAIN
            if each.amount > 0
            else AccountRole.UNREALISED_EXCHANGE_LOSS
        )
        sums[each.account_id, each.currency] += each.amount
        sums[result, each.currency] -= each.amount
    sign = -1 if taken_back else 1
    return [
        EntryLine(account, currency, base=sign * amount)
        for (account, currency), amount in sums.items()
        if amount
    ]


@dataclass(frozen=True, slots=True)
class Preview:
    """What a revaluation would find. `reversed_on` None: everything stays on the items."""

    company_id: UUID
    base_currency: str
    valued_on: date
    method: Method
    valuations: Sequence[Valuation]

    @property
    def gain(self) -> Decimal:
        """The unrealised gains together, zero or more."""
        return sum((each.delta for each in self.valuations if each.delta > 0), start=ZERO)

    @property
    def loss(self) -> Decimal:
        """The unrealised losses together, zero or more."""
        return -sum((each.delta for each in self.valuations if each.delta < 0), start=ZERO)

    @property
    def reversed_on(self) -> date | None:
        """The day on which what does not stay on the items is taken back."""
        taken_back = any(each.delta != each.kept for each in self.valuations)
        return reversed_on(self.valued_on) if taken_back else None


async def preview(
    session: AsyncSession, company_id: UUID, valued_on: date, method: Method
) -> Preview:
    """What a revaluation of a day would find.

    Raises `CompanyNotFound`, `RevaluationExists` (of the day or a later one) and
    `ExchangeRateIsMissing`.
    """
    company = await ledger_queries.company(session, company_id)
    before = await queries.standing(session, company_id)
    if before is not None and before.valued_on >= valued_on:
        raise RevaluationExists(
            f"Revaluation {before.id} of {before.valued_on} stands.",
            field="valued_on",
            revaluation_id=str(before.id),
        )
    base = company.base_currency
    items = await queries.carried(session, company_id, base, valued_on)
    rates: dict[str, Fraction] = {}
    for currency in sorted({item.currency for item in items}):
        found = await exchange_rates.conversion(
            session, company_id, Decimal(1), currency, base, valued_on
        )
        rates[currency] = found.rate
    return Preview(
        company_id,
        base,
        valued_on,
        method,
        [valuation(item, rates[item.currency], base, method) for item in items],
    )


async def revalue(
    uow: UnitOfWork, company_id: UUID, valued_on: date, method: Method
) -> Revaluation:
    """Book the unrealised differences of a day, once.

    What does not stay on the items is taken back at once, on the first day of the next period.
    Raises what `preview` raises.
    """
    await _one_at_a_time(uow, company_id)
    await _lock_items(uow, company_id)
    found = await preview(uow.session, company_id, valued_on, method)
    row = Revaluation(
        tenant=uow.tenant,
        id=uow.new_id(),
        company_id=company_id,
        valued_on=valued_on,
        method=method.value,
        base_currency=found.base_currency,
        gain=found.gain,
        loss=found.loss,
        reversed_on=found.reversed_on,
        recorded_at=uow.now,
        recorded_by=uow.principal.subject,
        undone_at=None,
        undone_by=None,
    )
    uow.add(row)
    await uow.flush()
    if found.valuations:
        await uow.session.execute(
            insert(RevaluedItem), [_item_row(uow, row.id, each) for each in found.valuations]
        )
    for kind, items in ITEMS.items():
        await items.move_carrying(
            uow,
            {
                each.item.subject_id: each.kept
                for each in found.valuations
                if each.item.kind is kind and each.kept
            },
        )
    await _post(
        uow,
        row,
        [
            ("revaluation", valued_on, _entry_lines(_differences(found.valuations))),
            (
                "revaluation-reversal",
                row.reversed_on,
                _entry_lines(_differences(found.valuations, less_kept=True), taken_back=True),
            ),
        ],
    )
    uow.audit(
        "revaluations.booked",
        "revaluation",
        row.id,
        {
            "valued_on": valued_on,
            "method": method.value,
            "gain": found.gain,
            "loss": found.loss,
            "currency": found.base_currency,
        },
    )
    return row


async def undo(uow: UnitOfWork, revaluation_id: UUID, *, reason: str) -> Revaluation:
    """Take the latest revaluation of a company back, by the opposites of its entries.

    They count on the same days, or on the first open one. What stayed on items comes off them, as
    far as they have not been settled since: with the rest it has been realised. Raises
    `RevaluationNotFound`, `RevaluationIsUndone`, `LaterRevaluationStands`.
    """
    row = await uow.get(Revaluation, revaluation_id)
    await _one_at_a_time(uow, row.company_id)
    await _lock_items(uow, row.company_id)
    row = await uow.lock(Revaluation, revaluation_id)
    if row.undone_at is not None:
        raise RevaluationIsUndone(f"{row.undone_by} undid it at {row.undone_at}.")
    latest = await queries.standing(uow.session, row.company_id)
    if latest is not None and latest.id != row.id:
        raise LaterRevaluationStands(f"Revaluation {latest.id} of {latest.valued_on} stands.")
    items = await queries.items_of(uow.session, revaluation_id)
    places = minor_units(row.base_currency)
    open_now: dict[UUID, Decimal] = {}
    for kind, subledger in ITEMS.items():
        open_now |= await subledger.open_amounts(
            uow, [each.subject_id for each in items if each.kind == kind]
        )
    back = {
        each.id: given_back(
            each.kept, each.kept_open, open_now.get(each.subject_id, each.kept_open), places
        )
        for each in items
    }
    for kind, subledger in ITEMS.items():
        await subledger.move_carrying(
            uow,
            {
                each.subject_id: -back[each.id]
                for each in items
                # Suppliers were once valued by their balance.
                if each.kind == kind and each.subject_id in open_now and back[each.id]
            },
        )
    row.undone_at, row.undone_by = uow.now, uow.principal.subject
    whole = [Difference(each.account_id, each.currency, each.delta) for each in items]
    rest = [
        Difference(each.account_id, each.currency, each.delta - back[each.id]) for each in items
    ]
    await uow.flush()
    await _post(
        uow,
        row,
        [
            ("revaluation-undoing", row.valued_on, _entry_lines(whole, taken_back=True)),
            ("revaluation-reversal-undoing", reversed_on(row.valued_on), _entry_lines(rest)),
        ],
    )
    uow.audit("revaluations.undone", "revaluation", row.id, {"reason": reason})
    return row


async def _lock_items(uow: UnitOfWork, company_id: UUID) -> None:
    await receivables.lock_accounts_in_foreign_currencies(uow, company_id)
    await payables.lock_suppliers(uow, company_id)


async def _one_at_a_time(uow: UnitOfWork, company_id: UUID) -> None:
    await uow.session.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))"),
        {"key": f"revaluations:{company_id}"},
    )


async def _post(
    uow: UnitOfWork,
    row: Revaluation,
    entries: Sequence[tuple[str, date | None, list[EntryLine]]],
) -> None:
    await ledger.post_entries(
        uow,
        [
            ledger.EntryInput(
                row.company_id, Journal.GENERAL, day, lines, None, source_type, row.id
            )
            for source_type, day, lines in entries
            if day is not None and lines
        ],
    )


def _differences(valuations: Sequence[Valuation], *, less_kept: bool = False) -> list[Difference]:
    return [
        Difference(
            each.item.account_id,
            each.item.currency,
            each.delta - each.kept if less_kept else each.delta,
        )
        for each in valuations
    ]


def _item_row(uow: UnitOfWork, revaluation_id: UUID, each: Valuation) -> dict[str, object]:
    return {
        "tenant": uow.tenant,
        "id": uow.new_id(),
        "revaluation_id": revaluation_id,
        "kind": each.item.kind.value,
        "subject_id": each.item.subject_id,
        "account_id": each.item.account_id,
        "currency": each.item.currency,
        "rate": round_half_away(each.rate, _SHOWN_PLACES),
        "open": each.item.open,
        "carrying": each.item.carrying,
        "value": each.value,
        "delta": each.delta,
        "kept": each.kept,
        "kept_open": each.kept_open,
    }
