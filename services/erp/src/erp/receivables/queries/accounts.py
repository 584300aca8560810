"""Reading accounts with their exposure."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from erp.receivables.rules import AccountNotFound, Exposure
from servicekit.values.money import Money


@dataclass(frozen=True, slots=True)
class AccountRow:
    """A receivables account with its exposure, as of the reading transaction."""

    id: UUID
    company_id: UUID
    customer_id: UUID
    currency: str
    payment_terms_days: int
    exposure: Exposure
    version: int
    payment_terms_id: UUID | None = None
    customer_number: str | None = None
    customer_name: str | None = None

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> "AccountRow":
        """From a row of the account joined with its exposure."""
        currency = row["currency"]
        limit = row["credit_limit"]
        return cls(
            id=row["id"],
            company_id=row["company_id"],
            customer_id=row["customer_id"],
            currency=currency,
            payment_terms_days=row["payment_terms_days"],
            exposure=Exposure(
                open_items=Money(row["open_items"], currency),
                open_orders=Money(row["open_orders"], currency),
                overdue=Money(row["overdue"], currency),
                credit_limit=None if limit is None else Money(limit, currency),
                credit_stop=row["credit_stop"],
                delivered=Money(row["delivered"], currency),
                released=None if row["released"] is None else Money(row["released"], currency),
            ),
            version=row["version"],
            payment_terms_id=row["payment_terms_id"],
            customer_number=row.get("customer_number"),
            customer_name=row.get("customer_name"),
        )


ACCOUNT_COLUMNS = """
    a.id, a.company_id, a.customer_id, a.currency, a.payment_terms_days, a.credit_limit,
    (SELECT sum(r.amount) FROM receivables_release r
     WHERE r.tenant = a.tenant AND r.account_id = a.id AND r.ended_at IS NULL) AS released,
    a.credit_stop, a.version, a.payment_terms_id, x.open_items, x.open_orders, x.overdue,
    x.delivered
"""
_ACCOUNTS = f"""
    SELECT {ACCOUNT_COLUMNS}, c.number AS customer_number, c.name AS customer_name
    FROM receivables_account a
    JOIN receivables_exposure x ON x.tenant = a.tenant AND x.account_id = a.id
    LEFT JOIN projections_customer c ON c.tenant = a.tenant AND c.customer_id = a.customer_id
"""  # noqa: S608 - nothing but column names of this module is put in
_ACCOUNTS_BY_ID = text(f"{_ACCOUNTS} WHERE a.id = ANY(CAST(:ids AS uuid[]))")
_ACCOUNT_FOR = text(
    f"{_ACCOUNTS} WHERE a.customer_id = :customer_id AND a.company_id = :company_id"
)


async def accounts(session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, AccountRow]:
    """The known ones among the accounts `ids`, by id."""
    rows = (await session.execute(_ACCOUNTS_BY_ID, {"ids": list(ids)})).mappings()
    return {row["id"]: AccountRow.of(dict(row)) for row in rows}


async def account(session: AsyncSession, account_id: UUID) -> AccountRow:
    """The account with its exposure; raises `AccountNotFound`."""
    found = (await accounts(session, [account_id])).get(account_id)
    if found is None:
        raise AccountNotFound(f"No receivables account {account_id}.", field="account_id")
    return found


async def account_for(
    session: AsyncSession, customer_id: UUID, company_id: UUID
) -> AccountRow | None:
    """The customer's account in the company, or None if it has none (yet)."""
    row = (
        (
            await session.execute(
                _ACCOUNT_FOR, {"customer_id": customer_id, "company_id": company_id}
            )
        )
        .mappings()
        .first()
    )
    return None if row is None else AccountRow.of(dict(row))


async def horizon_of(connection: asyncpg.Connection, account_id: UUID) -> int | None:
    """Within how many days orders of an account's company count as exposure; None: all do."""
    found: int | None = await connection.fetchval(
        "SELECT p.horizon_days FROM receivables_account a JOIN receivables_policy p"
        " ON p.tenant = a.tenant AND p.company_id = a.company_id WHERE a.id = $1",
        account_id,
    )
    return found
