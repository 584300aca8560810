"""Open items by age, on any day."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from erp.ledger import queries as ledger
from erp.ledger.queries import AccountRole, Aged


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


_AGED = ledger.aged_statement("receivables_open_item", "receivables_matching", "account_id")
_NAMED = text(
    """
    SELECT a.id AS account_id, a.customer_id, c.name AS customer_name
    FROM receivables_account a
    LEFT JOIN projections_customer c ON c.tenant = a.tenant AND c.customer_id = a.customer_id
    WHERE a.id = ANY(:accounts)
    ORDER BY c.name NULLS LAST, a.id
    """
)


async def ageing(session: AsyncSession, company_id: UUID, as_of: date) -> Ageing:
    """Open items of the company's customers on a day, by days past due.

    Documents, allocations and their undoing count from their days on: after `as_of` they do not.
    """
    parts = await ledger.aged_parts(session, _AGED, company_id, as_of)
    found, totals = ledger.aged(parts, as_of, owed="debit")
    named = await session.execute(_NAMED, {"accounts": [account for account, _ in found]})
    by_account: dict[UUID, list[tuple[str, Aged]]] = {}
    for (account, currency), own in found.items():
        by_account.setdefault(account, []).append((currency, own))
    rows = [
        AgeingRow(
            name.account_id,
            name.customer_id,
            name.customer_name,
            currency,
            own.buckets,
            own.unapplied,
        )
        for name in named
        for currency, own in by_account[name.account_id]
    ]
    control = await ledger.balance_of(session, company_id, AccountRole.RECEIVABLES, as_of)
    return Ageing(as_of, rows, totals, control)
