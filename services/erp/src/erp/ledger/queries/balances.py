"""Sums of accounts: on any day, as known now or as known at an instant gone by."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from erp.ledger.queries.companies import accounts_by_role
from erp.ledger.rules import AccountRole, InstantHasNotCome, next_period, period_of


@dataclass(frozen=True, slots=True)
class TrialBalanceRow:
    """The sums of an account in a currency; `balance` is debit less credit.

    The amounts in base currency are those of the same lines in the company's currency.
    """

    account_id: UUID
    code: str
    name: str
    kind: str
    currency: str
    debit: Decimal
    credit: Decimal
    base_debit: Decimal
    base_credit: Decimal

    @property
    def balance(self) -> Decimal:
        """Debit less credit."""
        return self.debit - self.credit

    @property
    def base_balance(self) -> Decimal:
        """Debit less credit in the company's currency."""
        return self.base_debit - self.base_credit


_IN_BASE = "coalesce(l.base_debit, l.debit), coalesce(l.base_credit, l.credit)"
_ACCOUNTS = """
    SELECT a.id AS account_id, a.code, a.name, a.kind, s.currency, s.debit, s.credit,
           s.base_debit, s.base_credit
    FROM (
        SELECT account_id, currency, sum(debit) AS debit, sum(credit) AS credit,
               sum(base_debit) AS base_debit, sum(base_credit) AS base_credit
        FROM ({parts}) AS part
        GROUP BY account_id, currency
    ) AS s
    JOIN ledger_account a ON a.company_id = :company_id AND a.id = s.account_id
    WHERE s.debit <> 0 OR s.credit <> 0 OR s.base_debit <> 0 OR s.base_credit <> 0
    ORDER BY a.code, s.currency
"""
_TRIAL_BALANCE = text(
    _ACCOUNTS.format(
        parts=f"""
            SELECT account_id, currency, debit, credit, base_debit, base_credit
            FROM ledger_balance
            WHERE company_id = :company_id AND period < CAST(:kept_before AS date)
            UNION ALL
            SELECT account_id, currency, :sign * debit, :sign * credit,
                   :sign * base_debit, :sign * base_credit
            FROM (
                SELECT l.account_id, l.currency, l.debit, l.credit, {_IN_BASE}
                FROM ledger_line l
                WHERE l.company_id = :company_id
                  AND l.effective_on >= CAST(:lines_from AS date)
                  AND l.effective_on < CAST(:lines_before AS date)
            ) AS line (account_id, currency, debit, credit, base_debit, base_credit)
        """  # noqa: S608 - nothing but SQL of this module is put in
    )
)
# What was recorded in whole months before the instant, and what of its own month came before it
# (or, taken off the month, after it); in both, the part of the day's month up to the day.
_AS_KNOWN = text(
    _ACCOUNTS.format(
        parts=f"""
            SELECT account_id, currency, debit, credit, base_debit, base_credit
            FROM ledger_balance
            WHERE company_id = :company_id AND period < CAST(:month AS date)
              AND recorded_in < CAST(:known_before AS date)
            UNION ALL
            SELECT l.account_id, l.currency, l.debit, l.credit, {_IN_BASE}
            FROM ledger_line l
            JOIN ledger_entry e ON e.tenant = l.tenant AND e.id = l.entry_id
            WHERE l.company_id = :company_id
              AND l.effective_on >= CAST(:month AS date) AND l.effective_on <= CAST(:day AS date)
              AND e.recorded_at < CAST(:recorded_before AS timestamptz)
            UNION ALL
            SELECT l.account_id, l.currency, :sign * l.debit, :sign * l.credit,
                   :sign * coalesce(l.base_debit, l.debit),
                   :sign * coalesce(l.base_credit, l.credit)
            FROM ledger_entry e
            JOIN ledger_line l ON l.tenant = e.tenant AND l.entry_id = e.id
            WHERE e.company_id = :company_id
              AND e.effective_on < CAST(:lines_before AS date)
              AND e.recorded_at >= CAST(:recorded_from AS timestamptz)
              AND e.recorded_at < CAST(:recorded_until AS timestamptz)
        """  # noqa: S608 - nothing but SQL of this module is put in
    )
)
# Whoever posts holds a shared lock of the company until commit, and stamps its entries while it
# holds it. Having had the lock alone for a moment, one knows that all that was stamped before has
# been committed: no later commit can belong to an earlier instant.
_NOTHING_UNDER_WAY = text(
    "SELECT pg_advisory_lock(ledger_posting_key(CAST(:company_id AS uuid))),"
    " pg_advisory_unlock(ledger_posting_key(CAST(:company_id AS uuid))),"
    " clock_timestamp() AS now"
)
_DISTANT = date(9999, 12, 1)


async def trial_balance(
    session: AsyncSession,
    company_id: UUID,
    as_of: date | None = None,
    known_at: datetime | None = None,
) -> list[TrialBalanceRow]:
    """Debit and credit of every account up to and including `as_of`, per currency.

    Read from the kept balances of whole periods. Within a period, the smaller half of the
    month is read from the lines: added to the periods before, or taken off the period itself.
    With `known_at`, only what was recorded before that instant counts, whatever was posted since:
    asked twice, the answer is the same. Raises `InstantHasNotCome`.
    """
    if known_at is not None:
        return await _as_known(session, company_id, as_of or _DISTANT, known_at)
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
    return [TrialBalanceRow(*row) for row in rows]


async def _as_known(
    session: AsyncSession, company_id: UUID, as_of: date, known_at: datetime
) -> list[TrialBalanceRow]:
    moment = (await session.execute(_NOTHING_UNDER_WAY, {"company_id": company_id})).one()
    if known_at > moment.now:
        raise InstantHasNotCome(f"{known_at} is later than {moment.now}.", field="known_at")
    known_at = known_at.astimezone(UTC)
    recorded = period_of(known_at.date())
    start = datetime(recorded.year, recorded.month, 1, tzinfo=UTC)
    following = next_period(recorded)
    end = datetime(following.year, following.month, 1, tzinfo=UTC)
    from_below = known_at - start < end - known_at
    # A day in the middle of a month divides that month; its last day does not.
    whole = date.fromordinal(as_of.toordinal() + 1) if as_of < _DISTANT else _DISTANT
    divided = whole.day != 1
    month = period_of(whole)
    rows = await session.execute(
        _AS_KNOWN,
        {
            "company_id": company_id,
            "month": month,
            "day": as_of if divided else date.fromordinal(month.toordinal() - 1),
            "known_before": recorded if from_below else following,
            "recorded_before": start if from_below else end,
            "lines_before": whole,
            "recorded_from": start if from_below else known_at,
            "recorded_until": known_at if from_below else end,
            "sign": 1 if from_below else -1,
        },
    )
    return [TrialBalanceRow(*row) for row in rows]


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
