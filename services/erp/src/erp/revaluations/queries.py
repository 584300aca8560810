"""Reading revaluations, and what there is to be revalued."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from erp.ledger import queries as ledger
from erp.ledger.queries import AccountRole
from erp.payables import queries as payables
from erp.receivables import queries as receivables
from erp.revaluations.models import Revaluation, RevaluedItem
from erp.revaluations.rules import Carried, ItemKind

BY_BALANCE = {"bank": ItemKind.MONEY}
"""The accounts, by role, that are valued by their balance in each currency, not by item.

Exchange clearing is none: its currencies stand against each other and are worth nothing.
"""


@dataclass(frozen=True, slots=True)
class Standing:
    """The latest revaluation of a company that has not been undone."""

    id: UUID
    valued_on: date


async def standing(session: AsyncSession, company_id: UUID) -> Standing | None:
    """The latest revaluation that stands; None: there is none."""
    row = (
        await session.execute(
            select(Revaluation.id, Revaluation.valued_on)
            .where(Revaluation.company_id == company_id, Revaluation.undone_at.is_(None))
            .order_by(Revaluation.valued_on.desc())
            .limit(1)
        )
    ).first()
    return None if row is None else Standing(row.id, row.valued_on)


async def carried(
    session: AsyncSession, company_id: UUID, base_currency: str, day: date
) -> list[Carried]:
    """What is open in foreign currencies on a day, with what the books carry it at."""
    accounts = await ledger.accounts_by_role(session, company_id)
    found = [
        Carried(
            kind,
            accounts[role],
            row.item_id,
            row.currency,
            row.open,
            row.carrying,
            row.open_now,
        )
        for kind, role, rows in (
            (
                ItemKind.RECEIVABLE,
                AccountRole.RECEIVABLES,
                await receivables.carried_items(session, company_id, day),
            ),
            (
                ItemKind.PAYABLE,
                AccountRole.PAYABLES,
                await payables.carried_items(session, company_id, day),
            ),
        )
        for row in rows
    ]
    by_balance = {
        account_id: BY_BALANCE[role.value]
        for role, account_id in accounts.items()
        if role.value in BY_BALANCE
    }
    # An account is carried at what its entries say: no later one changes that.
    return found + [
        Carried(
            by_balance[row.account_id],
            row.account_id,
            row.account_id,
            row.currency,
            row.balance,
            row.base_balance,
            row.balance,
        )
        for row in await ledger.trial_balance(session, company_id, day)
        if row.account_id in by_balance and row.currency != base_currency
    ]


async def items_of(session: AsyncSession, revaluation_id: UUID) -> list[RevaluedItem]:
    """What a revaluation found, customers first, then suppliers and money."""
    rows = await session.scalars(
        select(RevaluedItem)
        .where(RevaluedItem.revaluation_id == revaluation_id)
        .order_by(RevaluedItem.kind.desc(), RevaluedItem.id)
    )
    return list(rows)
