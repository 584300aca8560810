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
    SELECT currency, sum(CASE side WHEN 'debit' THEN open_amount ELSE -open_amount END) AS open
    FROM receivables_open_item
    WHERE company_id = :company_id AND open_amount > 0
    GROUP BY currency
    """
)
# Every item has what the books carry it at; an item in the company's currency its open amount.
_CARRIED = text(
    """
    SELECT coalesce(sum(CASE side WHEN 'debit' THEN 1 ELSE -1 END * base_open), 0) AS carried,
           count(*) FILTER (WHERE base_currency = currency AND base_open <> open_amount) AS odd
    FROM receivables_open_item
    WHERE company_id = :company_id AND open_amount > 0
    """
)
# Sums over a union rather than joins: each table is read once, whatever the planner believes.
_EXPOSURE_DIFFERS = text(
    """
    SELECT account_id FROM (
        SELECT x.account_id, x.open_items AS open, x.overdue
        FROM receivables_exposure x
        JOIN receivables_account a ON a.tenant = x.tenant AND a.id = x.account_id
        WHERE a.company_id = :company_id
        UNION ALL
        SELECT account_id, CASE side WHEN 'debit' THEN -open_amount ELSE open_amount END,
               CASE WHEN overdue_since IS NULL THEN 0 ELSE -open_amount END
        FROM receivables_open_item WHERE company_id = :company_id AND open_amount > 0
    ) AS part
    GROUP BY account_id
    HAVING sum(open) <> 0 OR sum(overdue) <> 0
    LIMIT 1
    """
)
_ALLOCATION_DIFFERS = text(
    """
    SELECT id FROM (
        SELECT id, amount - open_amount AS settled
        FROM receivables_open_item WHERE company_id = :company_id
        UNION ALL
        SELECT side.id, CASE WHEN m.undoes IS NULL THEN -m.amount ELSE m.amount END
        FROM receivables_matching m
        CROSS JOIN LATERAL (VALUES (m.debit_item_id), (m.credit_item_id)) AS side (id)
        WHERE m.company_id = :company_id
    ) AS part
    GROUP BY id HAVING sum(settled) <> 0
    LIMIT 1
    """
)
_DOCUMENT_DIFFERS = text(
    """
    SELECT id FROM (
        SELECT id, gross AS amount, open_amount AS open
        FROM receivables_invoice WHERE company_id = :company_id
        UNION ALL
        SELECT id, amount, unallocated FROM receivables_payment WHERE company_id = :company_id
        UNION ALL
        SELECT id, gross, open_amount FROM receivables_credit_note WHERE company_id = :company_id
        UNION ALL
        SELECT a.id, a.amount, o.open_amount FROM receivables_adjustment a
        JOIN receivables_open_item o ON o.tenant = a.tenant AND o.document_id = a.id
        WHERE a.company_id = :company_id
        UNION ALL
        SELECT document_id, -amount, -open_amount
        FROM receivables_open_item WHERE company_id = :company_id
    ) AS part
    GROUP BY id HAVING sum(amount) <> 0 OR sum(open) <> 0
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
    UNION ALL
    SELECT series FROM receivables_credit_note WHERE company_id = :company_id
    GROUP BY series HAVING min(serial) <> 1 OR max(serial) <> count(*)
    UNION ALL
    SELECT series FROM receivables_adjustment WHERE company_id = :company_id
    GROUP BY series HAVING min(serial) <> 1 OR max(serial) <> count(*)
    LIMIT 1
    """
)
_OVERCREDITED = text(
    """
    SELECT n.invoice_id FROM receivables_credit_note n
    JOIN receivables_credit_note_tax c ON c.tenant = n.tenant AND c.credit_note_id = n.id
    JOIN receivables_invoice_tax t
      ON t.tenant = n.tenant AND t.invoice_id = n.invoice_id AND t.category = c.category
    WHERE n.company_id = :company_id
    GROUP BY n.invoice_id, t.category, t.base, t.tax
    HAVING sum(c.base) > t.base OR sum(c.tax) > t.tax
    LIMIT 1
    """
)


async def proofs(session: AsyncSession, company_id: UUID) -> list[ledger.Proof]:
    """Compare the customers' accounts with each other and with the control account."""
    parameters = {"company_id": company_id}
    subledger = {
        row.currency: row.open for row in await session.execute(_SUBLEDGER, parameters) if row.open
    }
    account_id = (await ledger.accounts_by_role(session, company_id))[AccountRole.RECEIVABLES]
    balances = [
        row
        for row in await ledger.trial_balance(session, company_id)
        if row.account_id == account_id
    ]
    control = {row.currency: row.balance for row in balances if row.balance}
    control_in_base = sum((row.base_balance for row in balances), start=Decimal(0))
    carried = (await session.execute(_CARRIED, parameters)).one()
    exposure = (await session.execute(_EXPOSURE_DIFFERS, parameters)).first()
    allocation = (await session.execute(_ALLOCATION_DIFFERS, parameters)).first()
    document = (await session.execute(_DOCUMENT_DIFFERS, parameters)).first()
    credited = (await session.execute(_OVERCREDITED, parameters)).first()
    gap = (await session.execute(_GAPS, parameters)).first()
    return [
        ledger.Proof(
            "receivables-equal-the-control-account",
            subledger == control,
            f"Open items {_said(subledger)}, control account {_said(control)}.",
        ),
        ledger.Proof(
            "receivables-in-base-currency-equal-the-control-account",
            carried.carried == control_in_base and not carried.odd,
            f"Carried at {carried.carried:f}, control account {control_in_base:f}.",
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
            "Every open item agrees with its allocations."
            if allocation is None
            else f"Open item {allocation.id} differs.",
        ),
        ledger.Proof(
            "documents-equal-their-open-items",
            document is None,
            "Every document agrees with its open items."
            if document is None
            else f"Document {document.id} differs.",
        ),
        ledger.Proof(
            "no-more-is-credited-than-was-invoiced",
            credited is None,
            "No invoice is credited twice."
            if credited is None
            else f"Invoice {credited.invoice_id} is.",
        ),
        ledger.Proof(
            "document-numbers-have-no-gaps",
            gap is None,
            "No number of a document is missing." if gap is None else f"Look at {gap.series}.",
        ),
    ]


async def broken_proofs(session: AsyncSession) -> list[tuple[str, ledger.Proof]]:
    """The proofs that do not hold, with the code of their company; cheap enough for every hour.

    The trial balance is read from the kept balances; `ledger.proofs` recounts the lines.
    """
    return [
        (company.code, proof)
        for company in await ledger.companies(session)
        for proof in [
            await ledger.trial_balance_proof(session, company.id),
            *await proofs(session, company.id),
        ]
        if not proof.holds
    ]


def _said(amounts: Mapping[str, Decimal]) -> str:
    return ", ".join(f"{a:f} {c}" for c, a in sorted(amounts.items())) or "nothing"
