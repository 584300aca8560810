"""The books recomputed."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from erp.ledger.queries.balances import trial_balance


@dataclass(frozen=True, slots=True)
class Proof:
    """A statement about the books that must hold, and what was found."""

    name: str
    holds: bool
    detail: str


ProofStep = Callable[[AsyncSession, UUID], Awaitable[Proof]]
_steps: list[ProofStep] = []


def also_prove(step: ProofStep) -> ProofStep:
    """Have `step` be among the proofs of a company's books: a slice above knows more of them."""
    if step not in _steps:
        _steps.append(step)
    return step


_KEPT_AND_COUNTED = text(
    """
    SELECT account_id, period, currency FROM (
        SELECT account_id, currency, effective_on AS period, debit, credit, base_debit, base_credit
        FROM ledger_daily WHERE company_id = :company_id
        UNION ALL
        SELECT account_id, currency, effective_on, -debit, -credit,
               -coalesce(base_debit, debit), -coalesce(base_credit, credit)
        FROM ledger_line WHERE company_id = :company_id
    ) AS part
    GROUP BY account_id, period, currency
    HAVING sum(debit) <> 0 OR sum(credit) <> 0 OR sum(base_debit) <> 0 OR sum(base_credit) <> 0
    ORDER BY 1, 2, 3
    LIMIT 1
    """
)
_ROLLED_AND_DAYS = text(
    """
    SELECT account_id, period, currency FROM (
        SELECT account_id, currency, period, recorded_in, debit, credit, base_debit, base_credit
        FROM ledger_balance WHERE company_id = :company_id
        UNION ALL
        SELECT d.account_id, d.currency,
               CAST(date_trunc('month', CAST(d.effective_on AS timestamp)) AS date),
               CAST(date_trunc('month', CAST(d.recorded_on AS timestamp)) AS date),
               -d.debit, -d.credit, -d.base_debit, -d.base_credit
        FROM ledger_daily d
        JOIN ledger_rolled r ON r.tenant = d.tenant AND r.company_id = d.company_id
                            AND d.effective_on < r.rolled_before
        WHERE d.company_id = :company_id
    ) AS part
    GROUP BY account_id, period, recorded_in, currency
    HAVING sum(debit) <> 0 OR sum(credit) <> 0 OR sum(base_debit) <> 0 OR sum(base_credit) <> 0
    ORDER BY 1, 2, 3
    LIMIT 1
    """
)
# Sums over a union rather than joins: each table is read once, whatever the planner believes.
_UNBALANCED = text(
    """
    SELECT id FROM (
        SELECT id, currency, sum(line) AS lines, sum(difference) AS difference, sum(base) AS base
        FROM (
            SELECT entry_id AS id, currency, 1 AS line, debit - credit AS difference,
                   coalesce(base_debit, debit) - coalesce(base_credit, credit) AS base
            FROM ledger_line WHERE company_id = :company_id
            UNION ALL
            SELECT id, NULL, 0, 0, 0 FROM ledger_entry WHERE company_id = :company_id
        ) AS part
        GROUP BY id, currency
    ) AS per_currency
    GROUP BY id
    HAVING sum(lines) < 2 OR bool_or(difference <> 0) OR sum(base) <> 0
    LIMIT 1
    """
)
_GAPS = text(
    """
    SELECT series FROM ledger_entry_number
    WHERE company_id = :company_id
    GROUP BY series
    HAVING min(number) <> 1 OR max(number) <> count(*)
    UNION ALL
    SELECT 'entries without a number' FROM (
        SELECT id FROM ledger_entry WHERE company_id = :company_id
        EXCEPT
        SELECT entry_id FROM ledger_entry_number WHERE company_id = :company_id
    ) AS unnumbered
    LIMIT 1
    """
)


async def trial_balance_proof(session: AsyncSession, company_id: UUID) -> Proof:
    """Whether debit equals credit in every currency, by the kept balances; cheap at any size."""
    sums: dict[str, Decimal] = {}
    for row in await trial_balance(session, company_id):
        sums[row.currency] = sums.get(row.currency, Decimal(0)) + row.balance
        sums["base currency"] = sums.get("base currency", Decimal(0)) + row.base_balance
    off = {currency: amount for currency, amount in sums.items() if amount}
    return Proof(
        "trial-balance-is-zero",
        not off,
        "Debit equals credit in every currency." if not off else f"Off by {off}.",
    )


async def proofs(session: AsyncSession, company_id: UUID) -> list[Proof]:
    """Recompute the company's books from their lines and compare; reads every line."""
    parameters = {"company_id": company_id}
    kept = (await session.execute(_KEPT_AND_COUNTED, parameters)).first() or (
        await session.execute(_ROLLED_AND_DAYS, parameters)
    ).first()
    unbalanced = (await session.execute(_UNBALANCED, parameters)).first()
    gap = (await session.execute(_GAPS, parameters)).first()
    return [
        await trial_balance_proof(session, company_id),
        Proof(
            "kept-balances-equal-the-lines",
            kept is None,
            "Every kept balance equals the sum of its lines."
            if kept is None
            else f"Account {kept.account_id} differs in {kept.period} {kept.currency}.",
        ),
        Proof(
            "every-entry-is-balanced",
            unbalanced is None,
            "Every entry has two lines or more and sums to zero in each currency."
            if unbalanced is None
            else f"Entry {unbalanced.id} does not balance.",
        ),
        Proof(
            "entry-numbers-have-no-gaps",
            gap is None,
            "Every entry is numbered, and no number is missing."
            if gap is None
            else f"Look at {gap.series}.",
        ),
        *[await step(session, company_id) for step in _steps],
    ]
