"""Differences of exchange on customers' accounts (IAS 21.28): in base amounts alone."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from uuid import UUID

from erp.ledger import service as ledger
from erp.ledger.service import AccountRole, SettledPart
from erp.receivables.queries import AccountRow
from servicekit.uow import UnitOfWork

_SETTLED = """
    SELECT id, undoes, matched_on, debit_base, credit_base FROM receivables_matching
    WHERE id = ANY($1) ORDER BY id
"""
_MOVE = """
    INSERT INTO receivables_carrying (tenant, id, item_id, amount, recorded_at)
    SELECT $1, uuidv7(), m.item_id, m.amount, $4
    FROM unnest($2::uuid[], $3::numeric[]) AS m (item_id, amount)
    WHERE m.amount <> 0
"""
_LOCK_FOREIGN = """
    SELECT FROM receivables_exposure x
    WHERE x.account_id IN (
        SELECT a.id FROM receivables_account a
        JOIN ledger_company c ON c.tenant = a.tenant AND c.id = a.company_id
        WHERE a.company_id = $1 AND a.currency <> c.base_currency)
    ORDER BY x.account_id FOR UPDATE
"""
_OPEN = """
    SELECT id, CASE side WHEN 'debit' THEN open_amount ELSE -open_amount END AS open
    FROM receivables_open_item WHERE id = ANY($1)
"""


async def realise(uow: UnitOfWork, account: AccountRow, matchings: Sequence[UUID]) -> None:
    """Book what was gained or lost by settlements, and take back what is undone."""
    if account.currency == await ledger.base_currency(uow, account.company_id):
        return
    rows = await uow.connection.fetch(_SETTLED, list(matchings))
    await ledger.realise(
        uow,
        account.company_id,
        AccountRole.RECEIVABLES,
        account.currency,
        "allocation",
        [SettledPart(**row) for row in rows],
    )


async def lock_accounts_in_foreign_currencies(uow: UnitOfWork, company_id: UUID) -> None:
    """Lock them until commit: what is open on them, and carried at, stays so."""
    await uow.connection.execute(_LOCK_FOREIGN, company_id)


async def open_amounts(uow: UnitOfWork, items: Sequence[UUID]) -> dict[UUID, Decimal]:
    """What is open on items now, debit less credit; their accounts are locked."""
    return {row["id"]: row["open"] for row in await uow.connection.fetch(_OPEN, list(items))}


async def move_carrying(uow: UnitOfWork, amounts: Mapping[UUID, Decimal]) -> None:
    """Carry items at more or less, in the company's currency, debit less credit.

    Their accounts are locked. The caller books the same on the control account.
    """
    if amounts:
        await uow.connection.execute(
            _MOVE, uow.tenant, list(amounts), list(amounts.values()), uow.now
        )
