"""Recording exchange rates, and saying which of them count."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Protocol
from uuid import UUID

from sqlalchemy import text

from erp.exchange_rates.models import PolicyRow
from erp.exchange_rates.rules import History, Policy, read_history
from servicekit.uow import UnitOfWork

_KNOWN = """
    SELECT DISTINCT ON (source, base, quote, rate_on) source, base, quote, rate_on, rate
    FROM exchange_rates_rate
    WHERE source = ANY($1) AND base = ANY($2) AND rate_on BETWEEN $3 AND $4
    ORDER BY source, base, quote, rate_on, recorded_at DESC, id DESC
"""
_RECORD = """
    INSERT INTO exchange_rates_rate (
        tenant, id, source, base, quote, rate_on, rate, recorded_at)
    SELECT $1, r.id, r.source, r.base, r.quote, r.rate_on, r.rate::numeric,
           statement_timestamp()
    FROM unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::date[], $7::text[])
         AS r (id, source, base, quote, rate_on, rate)
"""
_AT_ONCE = 20_000


class OpensBooks(Protocol):
    """What is asked of a company that has just been opened."""

    @property
    def id(self) -> UUID: ...


@dataclass(frozen=True, slots=True)
class RateInput:
    """One unit of `base` is `rate` units of `quote` on a day, says `source`."""

    source: str
    base: str
    quote: str
    rate_on: date
    rate: Decimal


@dataclass(frozen=True, slots=True)
class Recording:
    """How many rates were new, differed from what was known, or were known as they are."""

    recorded: int
    corrected: int
    unchanged: int


async def record_rates(
    uow: UnitOfWork, rates: Sequence[RateInput], *, dry_run: bool = False
) -> Recording:
    """Record rates beside those that are there; the newest of a source, pair and day counts.

    What is known already is not recorded again. `rates` name each source, pair and day once.
    """
    if not rates:
        return Recording(0, 0, 0)
    # Two who record the same would both find it missing; and the database says when it was known,
    # after the lock, so that later recordings have later instants.
    await uow.session.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))"),
        {"key": f"exchange_rates:{uow.tenant}"},
    )
    days = [each.rate_on for each in rates]
    rows = await uow.connection.fetch(
        _KNOWN,
        list({each.source for each in rates}),
        list({each.base for each in rates}),
        min(days),
        max(days),
    )
    known = {tuple(row.values())[:4]: row["rate"] for row in rows}
    new = [
        each
        for each in rates
        if known.get((each.source, each.base, each.quote, each.rate_on)) != each.rate
    ]
    corrected = sum((each.source, each.base, each.quote, each.rate_on) in known for each in new)
    outcome = Recording(len(new) - corrected, corrected, len(rates) - len(new))
    if dry_run or not new:
        return outcome
    for start in range(0, len(new), _AT_ONCE):
        part = new[start : start + _AT_ONCE]
        await uow.connection.execute(
            _RECORD,
            uow.tenant,
            [uow.new_id() for _ in part],
            [each.source for each in part],
            [each.base for each in part],
            [each.quote for each in part],
            [each.rate_on for each in part],
            [f"{each.rate:f}" for each in part],
        )
    uow.audit(
        "exchange_rates.recorded",
        "tenant",
        uow.tenant,
        {
            "sources": sorted({each.source for each in new}),
            "from": str(min(each.rate_on for each in new)),
            "until": str(max(each.rate_on for each in new)),
            "recorded": outcome.recorded,
            "corrected": outcome.corrected,
        },
    )
    return outcome


async def import_history(
    uow: UnitOfWork, source: str, content: bytes, *, dry_run: bool
) -> tuple[History, Recording]:
    """Record what a file of the European Central Bank says; raises `RateFileIsUnreadable`.

    The same file again records nothing; a corrected one records what differs. A dry run says
    what would be.
    """
    history = read_history(content)
    outcome = await record_rates(
        uow,
        [
            RateInput(source, history.base, each.quote, each.rate_on, each.rate)
            for each in history.rates
        ],
        dry_run=dry_run,
    )
    return history, outcome


async def prepare_company(uow: UnitOfWork, company: OpensBooks) -> None:
    """Give a new company the policy that companies begin with."""
    policy = Policy()
    uow.add(
        PolicyRow(
            tenant=uow.tenant,
            company_id=company.id,
            sources=list(policy.sources),
            most_days_old=policy.most_days_old,
            inverts=policy.inverts,
        )
    )
    await uow.flush()


async def change_policy(
    uow: UnitOfWork, company_id: UUID, *, expected: int, policy: Policy
) -> PolicyRow:
    """Say anew which rates count from now on; raises `ExchangeRatePolicyNotFound`, `Stale`.

    What is booked keeps the amounts it was booked with.
    """
    row = await uow.lock(PolicyRow, company_id, expected)
    uow.audit(
        "exchange_rates.policy.changed",
        "company",
        company_id,
        {
            "from": [row.sources, row.most_days_old, row.inverts],
            "to": [list(policy.sources), policy.most_days_old, policy.inverts],
        },
    )
    row.sources = list(policy.sources)
    row.most_days_old = policy.most_days_old
    row.inverts = policy.inverts
    await uow.flush()
    return row
