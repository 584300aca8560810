"""What open items in foreign currencies were carried at on a day."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncSession


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
