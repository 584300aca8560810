"""Open items by age, on any day."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from erp.ledger import queries as ledger
from erp.ledger.queries import AccountRole
from erp.receivables.rules import AGEING_BUCKETS, ageing_bucket


@dataclass(frozen=True, slots=True)
class AgeingRow:
    """What an account owed on a day, by days past due; `unapplied` are credits not allocated.

    `total` = sum of the buckets less `unapplied`, in the account's currency.
    """

    account_id: UUID
    customer_id: UUID
    customer_name: str | None
    currency: str
    buckets: Mapping[str, Decimal]
    unapplied: Decimal

    @property
    def total(self) -> Decimal:
        """What the account owed in all."""
        return sum(self.buckets.values(), start=Decimal(0)) - self.unapplied


@dataclass(frozen=True, slots=True)
class Ageing:
    """Open items by age, and whether their total equals the control account on that day."""

    as_of: date
    rows: Sequence[AgeingRow]
    totals: Mapping[str, Decimal]
    control: Mapping[str, Decimal]

    @property
    def agrees(self) -> bool:
        """Whether subledger and control account say the same in every currency."""
        return {c: a for c, a in self.totals.items() if a} == {
            c: a for c, a in self.control.items() if a
        }


# What is open now, and what was settled after the day, is open on the day: the history before it
# is not read. A matching that was taken back counts between its two days.
_AGED = text(
    """
    SELECT a.id AS account_id, a.customer_id, o.currency, c.name AS customer_name, o.due_on,
           CASE o.side WHEN 'debit' THEN part.open ELSE 0 END AS open,
           CASE o.side WHEN 'credit' THEN part.open ELSE 0 END AS unapplied
    FROM (
        SELECT tenant, id, sum(open) AS open FROM (
            SELECT tenant, id, open_amount AS open FROM receivables_open_item
            WHERE company_id = :company_id AND open_amount > 0
            UNION ALL
            SELECT m.tenant, side.id, CASE WHEN m.undoes IS NULL THEN m.amount ELSE -m.amount END
            FROM receivables_matching m
            CROSS JOIN LATERAL (VALUES (m.debit_item_id), (m.credit_item_id)) AS side (id)
            WHERE m.company_id = :company_id AND m.matched_on > CAST(:on AS date)
        ) AS moved GROUP BY tenant, id HAVING sum(open) <> 0
    ) AS part
    JOIN receivables_open_item o ON o.tenant = part.tenant AND o.id = part.id
    JOIN receivables_account a ON a.tenant = o.tenant AND a.id = o.account_id
    LEFT JOIN projections_customer c ON c.tenant = a.tenant AND c.customer_id = a.customer_id
    WHERE o.posted_on <= CAST(:on AS date)
    ORDER BY c.name NULLS LAST, a.id
    """
)


async def ageing(session: AsyncSession, company_id: UUID, as_of: date) -> Ageing:
    """Open items of the company's customers on a day, by days past due.

    Documents, allocations and their undoing count from their days on: after `as_of` they do not.
    """
    rows: dict[UUID, AgeingRow] = {}
    totals: dict[str, Decimal] = {}
    parameters = {"company_id": company_id, "on": as_of}
    for part in await session.execute(_AGED, parameters):
        row = rows.get(part.account_id) or AgeingRow(
            part.account_id,
            part.customer_id,
            part.customer_name,
            part.currency,
            dict.fromkeys(AGEING_BUCKETS, Decimal(0)),
            Decimal(0),
        )
        buckets = dict(row.buckets)
        if part.due_on is not None:
            buckets[ageing_bucket(part.due_on, as_of)] += part.open
        rows[part.account_id] = replace(
            row, buckets=buckets, unapplied=row.unapplied + part.unapplied
        )
        totals[part.currency] = totals.get(part.currency, Decimal(0)) + part.open - part.unapplied
    control = await ledger.balance_of(session, company_id, AccountRole.RECEIVABLES, as_of)
    return Ageing(as_of, list(rows.values()), totals, control)
