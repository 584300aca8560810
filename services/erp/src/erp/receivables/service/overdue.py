"""Noticing that what is owed is overdue."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from uuid import UUID

from erp.receivables import events, queries
from erp.receivables.queries import InvoiceRow
from servicekit.uow import UnitOfWork

_LATE_ACCOUNTS = """
    SELECT x.account_id FROM receivables_exposure x
    WHERE x.account_id IN (
        SELECT o.account_id FROM receivables_open_item o
        WHERE o.due_on < $1 AND o.open_amount > 0 AND o.overdue_since IS NULL AND o.side = 'debit'
        ORDER BY o.due_on LIMIT $2)
    ORDER BY x.account_id
    FOR UPDATE
"""
_MARK_OVERDUE = f"""
    WITH late AS (
        UPDATE receivables_open_item AS o SET overdue_since = $1
        WHERE o.id IN (
            SELECT x.id FROM receivables_open_item x
            WHERE x.account_id = ANY($2) AND x.due_on < $1 AND x.open_amount > 0
              AND x.overdue_since IS NULL AND x.side = 'debit'
            ORDER BY x.due_on, x.id LIMIT $3)
        RETURNING o.tenant, o.account_id, o.document_id, o.due_on, o.open_amount
    ), told AS (
        UPDATE receivables_invoice AS i
        SET overdue_since = coalesce(i.overdue_since, $1), status = 'overdue'
        FROM (SELECT DISTINCT tenant, document_id FROM late) AS l
        WHERE i.tenant = l.tenant AND i.id = l.document_id
        RETURNING {queries.INVOICE_COLUMNS}
    )
    SELECT l.account_id AS late_account, l.due_on AS late_due_on, l.open_amount AS late_amount, t.*
    FROM late l LEFT JOIN told t ON t.id = l.document_id
    ORDER BY l.due_on, l.document_id
"""  # noqa: S608 - nothing but column names of this package is put in

_ADD_OVERDUE = """
    UPDATE receivables_exposure AS x SET overdue = x.overdue + late.amount
    FROM unnest($1::uuid[], $2::numeric[]) AS late (account_id, amount)
    WHERE x.account_id = late.account_id
"""


async def mark_overdue(uow: UnitOfWork, on: date, *, limit: int = 500) -> int:
    """Mark items whose due date lies before `on`; announce their invoices and accounts.

    Takes at most `limit` items at a time and answers how many it marked: an account with very
    many does not keep whoever invoices it waiting for long.
    """
    locked = await uow.connection.fetch(_LATE_ACCOUNTS, on, limit)
    if not locked:
        return 0
    accounts = [row["account_id"] for row in locked]
    late: dict[UUID, Decimal] = {}
    marked = await uow.connection.fetch(_MARK_OVERDUE, on, accounts, limit)
    for row in marked:
        facts = dict(row)
        account_id, due_on = facts.pop("late_account"), facts.pop("late_due_on")
        late[account_id] = late.get(account_id, Decimal(0)) + facts.pop("late_amount")
        if facts["id"] is not None:
            uow.publish(events.invoice_overdue(replace(InvoiceRow(**facts), due_on=due_on), on))
    await uow.connection.execute(_ADD_OVERDUE, list(late), list(late.values()))
    for account in (await queries.accounts(uow.session, list(late))).values():
        uow.publish(events.credit_status(account, uow.now))
    return len(marked)
