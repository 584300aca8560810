"""Proofs that stock, orders, accounts and books say the same."""

from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from erp.inventory import queries as inventory
from erp.ledger import queries as ledger

_WANTED_DIFFERS = text(
    """
    SELECT l.id
    FROM sales_orders_line l
    JOIN sales_orders_order o ON o.tenant = l.tenant AND o.id = l.order_id
    JOIN inventory_reservation r ON r.tenant = l.tenant AND r.line_id = l.id
    WHERE o.company_id = :company_id AND r.wanted <> l.quantity - l.shipped - l.cancelled
    LIMIT 1
    """
)
_EXPOSURE_DIFFERS = text(
    """
    SELECT x.account_id
    FROM receivables_exposure x
    JOIN receivables_account a ON a.tenant = x.tenant AND a.id = x.account_id
    LEFT JOIN (
        SELECT account_id, sum(CASE WHEN in_horizon THEN exposure ELSE delivered END) AS exposure,
               sum(delivered) AS delivered
        FROM sales_orders_order WHERE company_id = :company_id AND exposure > 0
        GROUP BY account_id
    ) o ON o.account_id = x.account_id
    WHERE a.company_id = :company_id
      AND (x.open_orders <> coalesce(o.exposure, 0) OR x.delivered <> coalesce(o.delivered, 0))
    LIMIT 1
    """
)


async def proofs(session: AsyncSession, company_id: UUID) -> list[ledger.Proof]:
    """Compare stock with its moves and the books, and orders with reservations and accounts."""
    company = {"company_id": company_id}
    wanted = (await session.execute(_WANTED_DIFFERS, company)).first()
    exposure = (await session.execute(_EXPOSURE_DIFFERS, company)).first()
    return [
        *await inventory.proofs(session, company_id),
        ledger.Proof(
            "reservations-equal-what-orders-want",
            wanted is None,
            "Every line wants what it has open." if wanted is None else f"Line {wanted.id}.",
        ),
        ledger.Proof(
            "exposure-equals-the-open-orders",
            exposure is None,
            "Every account counts its open orders."
            if exposure is None
            else f"Account {exposure.account_id} differs.",
        ),
    ]


async def broken_proofs(session: AsyncSession) -> list[tuple[str, ledger.Proof]]:
    """The proofs that do not hold, with the code of their company."""
    return [
        (company.code, proof)
        for company in await ledger.companies(session)
        for proof in await proofs(session, company.id)
        if not proof.holds
    ]
