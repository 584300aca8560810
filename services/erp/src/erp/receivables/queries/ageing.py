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
    """What an account owed on a day, by days past due; `unapplied` are payments not allocated.

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


_AGED = text(
    """
    SELECT a.id AS account_id, a.customer_id, a.currency, c.name AS customer_name,
           part.due_on, part.open, part.unapplied
    FROM (
        SELECT i.account_id, i.due_on, i.gross - coalesce(sum(l.amount), 0) AS open,
               CAST(0 AS numeric) AS unapplied
        FROM receivables_invoice i
        LEFT JOIN receivables_allocation l
          ON l.tenant = i.tenant AND l.invoice_id = i.id AND l.allocated_on <= CAST(:on AS date)
        WHERE i.company_id = :company_id AND i.issued_on <= CAST(:on AS date)
        GROUP BY i.tenant, i.id
        HAVING i.gross <> coalesce(sum(l.amount), 0)
        UNION ALL
        SELECT p.account_id, CAST(NULL AS date), 0, p.amount - coalesce(sum(l.amount), 0)
        FROM receivables_payment p
        LEFT JOIN receivables_allocation l
          ON l.tenant = p.tenant AND l.payment_id = p.id AND l.allocated_on <= CAST(:on AS date)
        WHERE p.company_id = :company_id AND p.received_on <= CAST(:on AS date)
        GROUP BY p.tenant, p.id
        HAVING p.amount <> coalesce(sum(l.amount), 0)
    ) AS part
    JOIN receivables_account a ON a.id = part.account_id
    LEFT JOIN projections_customer c ON c.tenant = a.tenant AND c.customer_id = a.customer_id
    ORDER BY c.name NULLS LAST, a.id
    """
)


async def ageing(session: AsyncSession, company_id: UUID, as_of: date) -> Ageing:
    """Open items of the company's customers on a day, by days past due.

    Invoices, payments and allocations after `as_of` do not count.
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
