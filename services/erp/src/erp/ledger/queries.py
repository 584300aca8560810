"""Reading the books: companies, charts, entries, balances, and the proofs that they hold."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from erp.ledger.models import Account, Company
from erp.ledger.rules import (
    AccountRole,
    CompanyNotFound,
    EntryNotFound,
    NoCompanyYet,
    document_number,
    next_period,
    period_of,
)

__all__ = [
    "AccountRole",
    "EntryLineRow",
    "EntryRow",
    "Proof",
    "TrialBalanceRow",
    "accounts_by_role",
    "balance_of",
    "chart",
    "companies",
    "company",
    "company_or_default",
    "default_company",
    "entries",
    "entry",
    "proofs",
    "trial_balance",
    "trial_balance_proof",
]


@dataclass(frozen=True, slots=True)
class EntryLineRow:
    """A posted line; amounts in whole minor units of `currency`."""

    position: int
    account_id: UUID
    account_code: str
    account_name: str
    currency: str
    debit: Decimal
    credit: Decimal
    text: str | None


@dataclass(frozen=True, slots=True)
class EntryRow:
    """A posted entry. `number` is None only inside the transaction that posts it."""

    id: UUID
    company_id: UUID
    number: str | None
    journal: str
    effective_on: date
    reference: str | None
    source_type: str
    source_id: UUID | None
    recorded_at: datetime
    recorded_by: str
    lines: Sequence[EntryLineRow]


@dataclass(frozen=True, slots=True)
class TrialBalanceRow:
    """The sums of an account in a currency; `balance` is debit less credit."""

    account_id: UUID
    code: str
    name: str
    kind: str
    currency: str
    debit: Decimal
    credit: Decimal

    @property
    def balance(self) -> Decimal:
        """Debit less credit."""
        return self.debit - self.credit


async def company(session: AsyncSession, company_id: UUID) -> Company:
    """The company; raises `CompanyNotFound`."""
    row = await session.scalar(select(Company).where(Company.id == company_id))
    if row is None:
        raise CompanyNotFound(f"No company {company_id}.", field="company_id")
    return row


async def default_company(session: AsyncSession) -> Company | None:
    """The tenant's first company, if it has one yet."""
    return await session.scalar(select(Company).where(Company.is_default))


async def companies(session: AsyncSession) -> Sequence[Company]:
    """Every company of the tenant, by code."""
    return (await session.scalars(select(Company).order_by(Company.code))).all()


async def company_or_default(session: AsyncSession, company_id: UUID | None) -> Company:
    """The company, or the tenant's default one; raises `CompanyNotFound`, `NoCompanyYet`."""
    if company_id is not None:
        return await company(session, company_id)
    found = await default_company(session)
    if found is None:
        raise NoCompanyYet("This tenant has no company.")
    return found


async def chart(session: AsyncSession, company_id: UUID) -> Sequence[Account]:
    """The company's chart of accounts, by code."""
    rows = await session.scalars(
        select(Account).where(Account.company_id == company_id).order_by(Account.code)
    )
    return rows.all()


async def accounts_by_role(session: AsyncSession, company_id: UUID) -> dict[AccountRole, UUID]:
    """The company's accounts that postings ask for by role."""
    return {AccountRole(row.role): row.id for row in await chart(session, company_id) if row.role}


async def entry(session: AsyncSession, entry_id: UUID) -> EntryRow:
    """The entry with its lines; raises `EntryNotFound`."""
    found = await entries(session, [entry_id])
    if not found:
        raise EntryNotFound(f"No journal entry {entry_id}.")
    return found[0]


_ENTRIES = text(
    """
    SELECT e.id, e.company_id, e.journal, n.series, n.number, e.effective_on, e.reference,
           e.source_type, e.source_id, e.recorded_at, e.recorded_by
    FROM ledger_entry e
    LEFT JOIN ledger_entry_number n ON n.tenant = e.tenant AND n.entry_id = e.id
    WHERE e.id = ANY(CAST(:ids AS uuid[]))
    """
)
_LINES = text(
    """
    SELECT l.entry_id, l.position, l.account_id, a.code, a.name, l.currency, l.debit, l.credit,
           l.text
    FROM ledger_line l
    JOIN ledger_account a ON a.tenant = l.tenant AND a.id = l.account_id
    WHERE l.entry_id = ANY(CAST(:ids AS uuid[]))
    ORDER BY l.entry_id, l.position
    """
)


async def entries(session: AsyncSession, ids: Sequence[UUID]) -> list[EntryRow]:
    """The entries with their lines, in the order of `ids`; unknown ids are left out."""
    lines: dict[UUID, list[EntryLineRow]] = {}
    for line in await session.execute(_LINES, {"ids": list(ids)}):
        lines.setdefault(line.entry_id, []).append(
            EntryLineRow(
                line.position,
                line.account_id,
                line.code,
                line.name,
                line.currency,
                line.debit,
                line.credit,
                line.text,
            )
        )
    found = {
        head.id: EntryRow(
            id=head.id,
            company_id=head.company_id,
            number=None if head.number is None else document_number(head.series, head.number),
            journal=head.journal,
            effective_on=head.effective_on,
            reference=head.reference,
            source_type=head.source_type,
            source_id=head.source_id,
            recorded_at=head.recorded_at,
            recorded_by=head.recorded_by,
            lines=lines.get(head.id, []),
        )
        for head in await session.execute(_ENTRIES, {"ids": list(ids)})
    }
    return [found[id_] for id_ in ids if id_ in found]


_TRIAL_BALANCE = text(
    """
    SELECT a.id AS account_id, a.code, a.name, a.kind, s.currency, s.debit, s.credit
    FROM (
        SELECT account_id, currency, sum(debit) AS debit, sum(credit) AS credit
        FROM (
            SELECT account_id, currency, debit, credit
            FROM ledger_balance
            WHERE company_id = :company_id AND period < CAST(:kept_before AS date)
            UNION ALL
            SELECT account_id, currency, :sign * debit, :sign * credit
            FROM ledger_line
            WHERE company_id = :company_id
              AND effective_on >= CAST(:lines_from AS date)
              AND effective_on < CAST(:lines_before AS date)
        ) AS part
        GROUP BY account_id, currency
    ) AS s
    JOIN ledger_account a ON a.company_id = :company_id AND a.id = s.account_id
    WHERE s.debit <> 0 OR s.credit <> 0
    ORDER BY a.code, s.currency
    """
)
_DISTANT = date(9999, 12, 1)


async def trial_balance(
    session: AsyncSession, company_id: UUID, as_of: date | None = None
) -> list[TrialBalanceRow]:
    """Debit and credit of every account up to and including `as_of`, per currency.

    Read from the kept balances of whole periods. Within a period, the smaller half of the
    month is read from the lines: added to the periods before, or taken off the period itself.
    """
    if as_of is None:
        kept_before, lines_from, lines_before, sign = _DISTANT, _DISTANT, _DISTANT, 1
    else:
        start, end, after = (
            period_of(as_of),
            next_period(as_of),
            date.fromordinal(as_of.toordinal() + 1),
        )
        if as_of - start < end - after:
            kept_before, lines_from, lines_before, sign = start, start, after, 1
        else:
            kept_before, lines_from, lines_before, sign = end, after, end, -1
    rows = await session.execute(
        _TRIAL_BALANCE,
        {
            "company_id": company_id,
            "kept_before": kept_before,
            "lines_from": lines_from,
            "lines_before": lines_before,
            "sign": sign,
        },
    )
    return [
        TrialBalanceRow(
            row.account_id, row.code, row.name, row.kind, row.currency, row.debit, row.credit
        )
        for row in rows
    ]


async def balance_of(
    session: AsyncSession, company_id: UUID, role: AccountRole, as_of: date | None = None
) -> dict[str, Decimal]:
    """Debit less credit of the account with this role, by currency; no entry means zero."""
    account_id = (await accounts_by_role(session, company_id))[role]
    return {
        row.currency: row.balance
        for row in await trial_balance(session, company_id, as_of)
        if row.account_id == account_id
    }


@dataclass(frozen=True, slots=True)
class Proof:
    """A statement about the books that must hold, and what was found."""

    name: str
    holds: bool
    detail: str


_KEPT_AND_COUNTED = text(
    """
    SELECT coalesce(k.account_id, r.account_id) AS account_id,
           coalesce(k.period, r.period) AS period, coalesce(k.currency, r.currency) AS currency
    FROM (
        SELECT account_id, currency, period, sum(debit) AS debit, sum(credit) AS credit
        FROM ledger_balance WHERE company_id = :company_id GROUP BY 1, 2, 3
    ) AS k
    FULL JOIN (
        SELECT account_id, currency, CAST(date_trunc('month', effective_on::timestamp) AS date)
               AS period, sum(debit) AS debit, sum(credit) AS credit
        FROM ledger_line WHERE company_id = :company_id GROUP BY 1, 2, 3
    ) AS r ON r.account_id = k.account_id AND r.currency = k.currency AND r.period = k.period
    WHERE coalesce(k.debit, 0) <> coalesce(r.debit, 0)
       OR coalesce(k.credit, 0) <> coalesce(r.credit, 0)
    ORDER BY 1, 2, 3
    LIMIT 1
    """
)
# Sums over a union rather than joins: each table is read once, whatever the planner believes.
_UNBALANCED = text(
    """
    SELECT id FROM (
        SELECT id, currency, sum(line) AS lines, sum(difference) AS difference
        FROM (
            SELECT entry_id AS id, currency, 1 AS line, debit - credit AS difference
            FROM ledger_line WHERE company_id = :company_id
            UNION ALL
            SELECT id, NULL, 0, 0 FROM ledger_entry WHERE company_id = :company_id
        ) AS part
        GROUP BY id, currency
    ) AS per_currency
    GROUP BY id
    HAVING sum(lines) < 2 OR bool_or(difference <> 0)
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
    off = {currency: amount for currency, amount in sums.items() if amount}
    return Proof(
        "trial-balance-is-zero",
        not off,
        "Debit equals credit in every currency." if not off else f"Off by {off}.",
    )


async def proofs(session: AsyncSession, company_id: UUID) -> list[Proof]:
    """Recompute the company's books from their lines and compare; reads every line."""
    parameters = {"company_id": company_id}
    kept = (await session.execute(_KEPT_AND_COUNTED, parameters)).first()
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
    ]
