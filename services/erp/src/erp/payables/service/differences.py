"""Differences of exchange on what suppliers are owed (IAS 21.28): in base amounts alone."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from uuid import UUID

from erp.ledger import service as ledger
from erp.ledger.service import AccountRole, SettledPart
from servicekit.uow import UnitOfWork

_SETTLED = """
    SELECT id, undoes, matched_on, debit_base, credit_base FROM payables_matching
    WHERE id = ANY($1) ORDER BY id
"""
_MOVE = """
    INSERT INTO payables_carrying (tenant, id, item_id, amount, recorded_at)
    SELECT $1, uuidv7(), m.item_id, m.amount, $4
    FROM unnest($2::uuid[], $3::numeric[]) AS m (item_id, amount)
    WHERE m.amount <> 0
"""
_LOCK = "SELECT FROM payables_supplier WHERE company_id = $1 ORDER BY id FOR UPDATE"
_OPEN = """
    SELECT id, CASE side WHEN 'debit' THEN open_amount ELSE -open_amount END AS open
    FROM payables_open_item WHERE id = ANY($1)
"""


async def realise(
    uow: UnitOfWork, company_id: UUID, currency: str, matchings: Sequence[UUID]
) -> None:
    """Book what was gained or lost by settlements, and take back what is undone."""
    if currency == await ledger.base_currency(uow, company_id):
        return
    rows = await uow.connection.fetch(_SETTLED, list(matchings))
    await ledger.realise(
        uow,
        company_id,
        AccountRole.PAYABLES,
        currency,
        "supplier-allocation",
        [SettledPart(**row) for row in rows],
    )


async def lock_suppliers(uow: UnitOfWork, company_id: UUID) -> None:
    """Lock a company's suppliers until commit: what is open, and carried at, stays so.

    All of them, since a supplier may write bills in any currency.
    """
    await uow.connection.execute(_LOCK, company_id)


async def open_amounts(uow: UnitOfWork, items: Sequence[UUID]) -> dict[UUID, Decimal]:
    """What is open on items now, debit less credit; their suppliers are locked."""
    return {row["id"]: row["open"] for row in await uow.connection.fetch(_OPEN, list(items))}


async def move_carrying(uow: UnitOfWork, amounts: Mapping[UUID, Decimal]) -> None:
    """Carry items at more or less, in the company's currency, debit less credit.

    Their suppliers are locked. The caller books the same on the control account.
    """
    if amounts:
        await uow.connection.execute(
            _MOVE, uow.tenant, list(amounts), list(amounts.values()), uow.now
        )
