"""Proofs that the documents, the accounts and the control account say the same."""

from collections.abc import Mapping
from decimal import Decimal
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from erp.ledger import queries as ledger
from erp.ledger.queries import AccountRole

_SUBLEDGER = text(
    """
    SELECT currency, sum(open) AS open FROM (
        SELECT currency, open_amount AS open FROM receivables_invoice
        WHERE company_id = :company_id AND open_amount > 0
        UNION ALL
        SELECT currency, -unallocated FROM receivables_payment
        WHERE company_id = :company_id AND unallocated > 0
    ) AS item GROUP BY currency
    """
)
_EXPOSURE_DIFFERS = text(
    """
    SELECT x.account_id
    FROM receivables_exposure x
    JOIN receivables_account a ON a.tenant = x.tenant AND a.id = x.account_id
    LEFT JOIN (
        SELECT account_id, sum(open_amount) AS open,
               sum(open_amount) FILTER (WHERE overdue_since IS NOT NULL) AS overdue
        FROM receivables_invoice WHERE company_id = :company_id AND open_amount > 0
        GROUP BY account_id
    ) AS i ON i.account_id = x.account_id
    LEFT JOIN (
        SELECT account_id, sum(unallocated) AS unallocated
        FROM receivables_payment WHERE company_id = :company_id AND unallocated > 0
        GROUP BY account_id
    ) AS p ON p.account_id = x.account_id
    WHERE a.company_id = :company_id
      AND (x.open_items <> coalesce(i.open, 0) - coalesce(p.unallocated, 0)
           OR x.overdue <> coalesce(i.overdue, 0))
    LIMIT 1
    """
)
_ALLOCATION_DIFFERS = text(
    """
    SELECT i.number FROM receivables_invoice i
    LEFT JOIN receivables_allocation l ON l.tenant = i.tenant AND l.invoice_id = i.id
    WHERE i.company_id = :company_id
    GROUP BY i.tenant, i.id HAVING i.open_amount <> i.gross - coalesce(sum(l.amount), 0)
    UNION ALL
    SELECT p.number FROM receivables_payment p
    LEFT JOIN receivables_allocation l ON l.tenant = p.tenant AND l.payment_id = p.id
    WHERE p.company_id = :company_id
    GROUP BY p.tenant, p.id HAVING p.unallocated <> p.amount - coalesce(sum(l.amount), 0)
    LIMIT 1
    """
)
_GAPS = text(
    """
    SELECT series FROM receivables_invoice WHERE company_id = :company_id
    GROUP BY series HAVING min(serial) <> 1 OR max(serial) <> count(*)
    UNION ALL
    SELECT series FROM receivables_payment WHERE company_id = :company_id
    GROUP BY series HAVING min(serial) <> 1 OR max(serial) <> count(*)
    LIMIT 1
    """
)


async def proofs(session: AsyncSession, company_id: UUID) -> list[ledger.Proof]:
    """Compare the customers' accounts with each other and with the control account."""
    parameters = {"company_id": company_id}
    subledger = {
        row.currency: row.open for row in await session.execute(_SUBLEDGER, parameters) if row.open
    }
    control = await ledger.balance_of(session, company_id, AccountRole.RECEIVABLES)
    control = {currency: amount for currency, amount in control.items() if amount}
    exposure = (await session.execute(_EXPOSURE_DIFFERS, parameters)).first()
    allocation = (await session.execute(_ALLOCATION_DIFFERS, parameters)).first()
    gap = (await session.execute(_GAPS, parameters)).first()
    return [
        ledger.Proof(
            "receivables-equal-the-control-account",
            subledger == control,
            f"Open items {_said(subledger)}, control account {_said(control)}.",
        ),
        ledger.Proof(
            "exposure-equals-the-open-items",
            exposure is None,
            "Every account's exposure equals its documents."
            if exposure is None
            else f"Account {exposure.account_id} differs.",
        ),
        ledger.Proof(
            "allocations-equal-what-was-settled",
            allocation is None,
            "Every invoice and payment agrees with its allocations."
            if allocation is None
            else f"{allocation.number} differs.",
        ),
        ledger.Proof(
            "document-numbers-have-no-gaps",
            gap is None,
            "No invoice or payment number is missing." if gap is None else f"Look at {gap.series}.",
        ),
    ]


def _said(amounts: Mapping[str, Decimal]) -> str:
    return ", ".join(f"{a:f} {c}" for c, a in sorted(amounts.items())) or "nothing"
