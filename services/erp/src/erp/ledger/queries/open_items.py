"""What was open on a day, how old it was, and what it was carried at."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Date, TextClause, bindparam, text
from sqlalchemy.ext.asyncio import AsyncSession

from erp.ledger.rules import AgedPart


@dataclass(frozen=True, slots=True)
class CarriedItem:
    """An item that was open on a day; amounts are debit less credit.

    `open` in `currency` and `carrying` in the company's are as of the day, `open_now` as it is.
    """

    item_id: UUID
    currency: str
    open: Decimal
    carrying: Decimal
    open_now: Decimal


def carried_statement(items: str, matchings: str) -> TextClause:
    """The statement for a table of open items and one of matchings: names in code, never input.

    What is open now and what was matched after the day, whatever was taken back between.
    """
    return text(
        f"""
        SELECT o.id AS item_id, o.currency,
               s.sign * (o.open_amount + coalesce(l.amount, 0)) AS open,
               s.sign * (coalesce(o.base_open, 0) + coalesce(l.base, 0)) AS carrying,
               s.sign * o.open_amount AS open_now
        FROM {items} o
        CROSS JOIN LATERAL (SELECT CASE o.side WHEN 'debit' THEN 1 ELSE -1 END AS sign) AS s
        LEFT JOIN (
            SELECT side.item_id,
                   sum(CASE WHEN m.undoes IS NULL THEN m.amount ELSE -m.amount END) AS amount,
                   sum(CASE WHEN m.undoes IS NULL THEN side.base ELSE -side.base END) AS base
            FROM {matchings} m
            CROSS JOIN LATERAL (VALUES
                (m.debit_item_id, coalesce(m.debit_base, 0)),
                (m.credit_item_id, coalesce(m.credit_base, 0))) AS side (item_id, base)
            WHERE m.company_id = :company_id AND m.matched_on > :day
            GROUP BY side.item_id
        ) AS l ON l.item_id = o.id
        WHERE o.company_id = :company_id AND o.currency <> o.base_currency AND o.posted_on <= :day
          AND o.open_amount + coalesce(l.amount, 0) > 0
        ORDER BY o.id
        """  # noqa: S608 - names of tables in code
    )


async def carried_items(
    session: AsyncSession, statement: TextClause, company_id: UUID, day: date
) -> list[CarriedItem]:
    """What was open in foreign currencies on a day."""
    rows = await session.execute(statement, {"company_id": company_id, "day": day})
    return [CarriedItem(**row) for row in rows.mappings()]


def aged_statement(items: str, matchings: str, party: str) -> TextClause:
    """The statement for a table of open items and one of matchings: names in code, never input.

    What is open now, and what was settled after the day, is open on the day: the history before
    it is not read. A matching that was taken back counts between its two days.
    """
    return text(
        f"""
        SELECT party_id, currency, side, due_on, sum(open) AS open FROM (
            SELECT {party} AS party_id, currency, side, due_on, open_amount AS open
            FROM {items}
            WHERE company_id = :company_id AND open_amount > 0 AND posted_on <= :on
            UNION ALL
            SELECT o.{party}, o.currency, o.side, o.due_on,
                   CASE WHEN m.undoes IS NULL THEN m.amount ELSE -m.amount END
            FROM {matchings} m
            CROSS JOIN LATERAL (VALUES (m.debit_item_id), (m.credit_item_id)) AS part (id)
            JOIN {items} o ON o.tenant = m.tenant AND o.id = part.id
            WHERE m.company_id = :company_id AND m.matched_on > :on AND o.posted_on <= :on
        ) AS moved
        GROUP BY party_id, currency, side, due_on HAVING sum(open) <> 0
        """  # noqa: S608 - names of tables in code
    ).bindparams(bindparam("on", type_=Date()))


async def aged_parts(
    session: AsyncSession, statement: TextClause, company_id: UUID, on: date
) -> list[AgedPart]:
    """What was open on a day."""
    rows = await session.execute(statement, {"company_id": company_id, "on": on})
    return [AgedPart(**row) for row in rows.mappings()]
