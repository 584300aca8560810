"""Sums of accounts: on any day, as known now or as known at an instant gone by."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from erp.ledger.queries.companies import accounts_by_role
from erp.ledger.rules import AccountRole, InstantHasNotCome, period_of


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
# Months that are summed up, up to the month of the day after; from there on days.
_MONTHS = """
    WITH months AS (
        SELECT least(CAST(:month AS date), coalesce(
            (SELECT rolled_before FROM ledger_rolled WHERE company_id = :company_id),
            date '0001-01-01')) AS until
    )
"""
_TRIAL_BALANCE = text(
    _MONTHS
    + _ACCOUNTS.format(
        parts="""
            SELECT account_id, currency, debit, credit, base_debit, base_credit
            FROM ledger_balance
            WHERE company_id = :company_id AND period < (SELECT until FROM months)
            UNION ALL
            SELECT account_id, currency, debit, credit, base_debit, base_credit
            FROM ledger_daily
            WHERE company_id = :company_id AND effective_on >= (SELECT until FROM months)
              AND effective_on <= CAST(:day AS date)
        """
    )
)
# Of months that are summed up: what was recorded in months before that of the instant, and on its
# days before the instant's. Of the days after them: what was recorded before that day. Of the
# instant's day itself the smaller half is read from entries, and added or taken off.
_AS_KNOWN = text(
    _MONTHS
    + _ACCOUNTS.format(
        parts="""
            SELECT account_id, currency, debit, credit, base_debit, base_credit
            FROM ledger_balance
            WHERE company_id = :company_id AND period < (SELECT until FROM months)
              AND recorded_in < CAST(:known_month AS date)
            UNION ALL
            SELECT account_id, currency, debit, credit, base_debit, base_credit
            FROM ledger_daily
            WHERE company_id = :company_id AND effective_on < (SELECT until FROM months)
              AND recorded_on >= CAST(:known_month AS date)
              AND recorded_on < CAST(:known_before AS date)
            UNION ALL
            SELECT account_id, currency, debit, credit, base_debit, base_credit
            FROM ledger_daily
            WHERE company_id = :company_id AND effective_on >= (SELECT until FROM months)
              AND effective_on <= CAST(:day AS date)
              AND recorded_on < CAST(:known_before AS date)
            UNION ALL
            SELECT l.account_id, l.currency, :sign * l.debit, :sign * l.credit,
                   :sign * coalesce(l.base_debit, l.debit),
                   :sign * coalesce(l.base_credit, l.credit)
            FROM ledger_entry e
            JOIN ledger_line l ON l.tenant = e.tenant AND l.entry_id = e.id
            WHERE e.company_id = :company_id AND e.effective_on <= CAST(:day AS date)
              AND e.recorded_at >= CAST(:recorded_from AS timestamptz)
              AND e.recorded_at < CAST(:recorded_until AS timestamptz)
        """
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
_DISTANT = date(9999, 11, 30)


async def trial_balance(
    session: AsyncSession,
    company_id: UUID,
    as_of: date | None = None,
    known_at: datetime | None = None,
) -> list[TrialBalanceRow]:
    """Debit and credit of every account up to and including `as_of`, per currency.

    Read from kept balances: of months that are summed up, then of days; never from lines. With
    `known_at`, only what was recorded before that instant counts, whatever was posted since: asked
    twice, the answer is the same. Raises `InstantHasNotCome`.
    """
    day = as_of or _DISTANT
    month = period_of(day + timedelta(days=1))
    if known_at is not None:
        return await _as_known(session, company_id, day, month, known_at)
    rows = await session.execute(
        _TRIAL_BALANCE, {"company_id": company_id, "day": day, "month": month}
    )
    return [TrialBalanceRow(*row) for row in rows]


async def _as_known(
    session: AsyncSession, company_id: UUID, day: date, month: date, known_at: datetime
) -> list[TrialBalanceRow]:
    moment = (await session.execute(_NOTHING_UNDER_WAY, {"company_id": company_id})).one()
    if known_at > moment.now:
        raise InstantHasNotCome(f"{known_at} is later than {moment.now}.", field="known_at")
    known_at = known_at.astimezone(UTC)
    known_on = known_at.date()
    start = datetime.combine(known_on, time(), UTC)
    end = start + timedelta(days=1)
    from_below = known_at - start < end - known_at
    rows = await session.execute(
        _AS_KNOWN,
        {
            "company_id": company_id,
            "month": month,
            "day": day,
            "known_month": period_of(known_on),
            "known_before": known_on if from_below else end.date(),
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
