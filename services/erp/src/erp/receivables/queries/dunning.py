"""Reading dunnings as letters, and the movements of an account as a statement."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession


@dataclass(frozen=True, slots=True)
class LetterLine:
    """An item in a letter; amounts in the account's currency, as of the day of the letter."""

    item_id: UUID
    document_id: UUID
    number: str
    due_on: date
    days_overdue: int
    level: int
    open_amount: Decimal
    fee: Decimal
    interest: Decimal


@dataclass(frozen=True, slots=True)
class Letter:
    """What one account is written on a day: its items, at the highest level among them."""

    account_id: UUID
    customer_id: UUID
    customer_name: str | None
    currency: str
    dunned_on: date
    lines: Sequence[LetterLine]

    @property
    def level(self) -> int:
        """The highest level among the items."""
        return max(line.level for line in self.lines)

    @property
    def total(self) -> Decimal:
        """What is to be paid: what is open, with fees and interest."""
        return sum((x.open_amount + x.fee + x.interest for x in self.lines), start=Decimal(0))


_LETTERS = text(
    """
    SELECT d.account_id, a.customer_id, c.name AS customer_name, a.currency, d.item_id,
           o.document_id, coalesce(i.number, '') AS number, o.due_on, d.days_overdue, d.level,
           d.open_amount, d.fee, d.interest
    FROM receivables_dunning d
    JOIN receivables_open_item o ON o.tenant = d.tenant AND o.id = d.item_id
    JOIN receivables_account a ON a.tenant = d.tenant AND a.id = d.account_id
    LEFT JOIN receivables_invoice i ON i.tenant = o.tenant AND i.id = o.document_id
    LEFT JOIN projections_customer c ON c.tenant = a.tenant AND c.customer_id = a.customer_id
    WHERE d.company_id = :company_id AND d.dunned_on = :on
    ORDER BY d.account_id, o.due_on, o.id
    """
)


async def letters(session: AsyncSession, company_id: UUID, on: date) -> list[Letter]:
    """The letters of a day, one for each account."""
    rows = await session.execute(_LETTERS, {"company_id": company_id, "on": on})
    return gathered([dict(row) for row in rows.mappings()], on)


def gathered(rows: Sequence[dict[str, Any]], on: date) -> list[Letter]:
    """Rows of `_LETTERS` by account."""
    heads: dict[UUID, tuple[dict[str, Any], list[LetterLine]]] = {}
    for row in rows:
        line = LetterLine(**{name: row[name] for name in LetterLine.__slots__})
        heads.setdefault(row["account_id"], (row, []))[1].append(line)
    names = ("account_id", "customer_id", "customer_name", "currency")
    return [
        Letter(**{name: head[name] for name in names}, dunned_on=on, lines=lines)
        for head, lines in heads.values()
    ]


@dataclass(frozen=True, slots=True)
class Movement:
    """What a document moved the account by; `balance` is what was owed afterwards."""

    posted_on: date
    document_kind: str
    document_id: UUID
    number: str
    debit: Decimal
    credit: Decimal
    balance: Decimal


@dataclass(frozen=True, slots=True)
class Statement:
    """An account from one day to another: `opening` plus movements is `closing`."""

    account_id: UUID
    currency: str
    first: date
    last: date
    opening: Decimal
    movements: Sequence[Movement]
    closing: Decimal


_OPENING = text(
    """
    SELECT coalesce(sum(CASE side WHEN 'debit' THEN amount ELSE -amount END), 0) AS opening
    FROM receivables_open_item WHERE account_id = :account_id AND posted_on < :first
    """
)
_MOVEMENTS = text(
    """
    SELECT o.posted_on, o.document_kind, o.document_id,
           coalesce(i.number, p.number, n.number, j.number) AS number,
           sum(CASE o.side WHEN 'debit' THEN o.amount ELSE 0 END) AS debit,
           sum(CASE o.side WHEN 'credit' THEN o.amount ELSE 0 END) AS credit
    FROM receivables_open_item o
    LEFT JOIN receivables_invoice i ON i.tenant = o.tenant AND i.id = o.document_id
    LEFT JOIN receivables_payment p ON p.tenant = o.tenant AND p.id = o.document_id
    LEFT JOIN receivables_credit_note n ON n.tenant = o.tenant AND n.id = o.document_id
    LEFT JOIN receivables_adjustment j ON j.tenant = o.tenant AND j.id = o.document_id
    WHERE o.account_id = :account_id AND o.posted_on BETWEEN :first AND :last
    GROUP BY o.posted_on, o.document_kind, o.document_id, i.number, p.number, n.number, j.number
    ORDER BY o.posted_on, o.document_id
    """
)


async def statement(
    session: AsyncSession, account_id: UUID, currency: str, first: date, last: date
) -> Statement:
    """What moved the account between two days, both included, by the day it counts in."""
    days = {"account_id": account_id, "first": first}
    opening: Decimal = (await session.execute(_OPENING, days)).scalar_one()
    balance, movements = opening, []
    rows = await session.execute(_MOVEMENTS, days | {"last": last})
    for row in rows.mappings():
        balance += row["debit"] - row["credit"]
        movements.append(Movement(**row, balance=balance))
    return Statement(account_id, currency, first, last, opening, movements, balance)


async def dunning_companies(session: AsyncSession) -> list[UUID]:
    """The companies in which somebody is dunned: by their own policy or an account's."""
    rows = await session.execute(
        text(
            """
            SELECT p.company_id FROM receivables_policy p
            WHERE p.dunning_policy_id IS NOT NULL OR EXISTS (
                SELECT FROM receivables_account a
                WHERE a.tenant = p.tenant AND a.company_id = p.company_id
                  AND a.dunning_policy_id IS NOT NULL)
            ORDER BY p.company_id
            """
        )
    )
    return [row.company_id for row in rows]
