"""Summing up the balances of months that are over."""

from datetime import date

from erp.ledger.rules import period_of
from servicekit.uow import UnitOfWork

_ROLL = """
    INSERT INTO ledger_rolled AS r (tenant, company_id, rolled_before)
    SELECT c.tenant, c.id, $1 FROM ledger_company c
    WHERE NOT EXISTS (
        SELECT FROM ledger_rolled k
        WHERE k.tenant = c.tenant AND k.company_id = c.id AND k.rolled_before >= $1)
    ORDER BY c.id
    ON CONFLICT (tenant, company_id) DO UPDATE SET rolled_before = excluded.rolled_before
    WHERE r.rolled_before < excluded.rolled_before
"""


async def roll_balances(uow: UnitOfWork, today: date) -> None:
    """Sum up the months before that of `today`, in every company that has not yet.

    Postings of a company wait while its months are summed up: a month costs what its days do.
    """
    await uow.connection.execute(_ROLL, period_of(today))
