"""Posting entries.

Everything here runs inside the caller's transaction: an invoice and its entry stand or fall
together. Entries get their number at commit, when the database also checks them a last time.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

import asyncpg

from erp.exchange_rates import queries as exchange_rates
from erp.ledger import queries
from erp.ledger.rules import (
    JOURNAL_PREFIX,
    AccountRole,
    EntryLine,
    Journal,
    RoleHasNoAccount,
    check_entry,
    foreign,
    translated,
)
from servicekit.uow import UnitOfWork


@dataclass(frozen=True, slots=True)
class EntryInput:
    """An entry to be posted. `source_type` and `source_id` name the document that booked it.

    Where its day is closed, what a document booked counts on the first open day and keeps
    `effective_on` as its origin. What a person wrote is not moved: see `service.check_open`.
    """

    company_id: UUID
    journal: Journal
    effective_on: date
    lines: Sequence[EntryLine]
    reference: str | None = None
    source_type: str = "manual"
    source_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class PostedEntry:
    """What posting answers; `effective_on` is the day on which it counts. The number follows."""

    id: UUID
    company_id: UUID
    journal: Journal
    effective_on: date
    lines: Sequence[EntryLine] = field(repr=False)


async def post_entry(
    uow: UnitOfWork,
    company_id: UUID,
    journal: Journal,
    effective_on: date,
    lines: Sequence[EntryLine],
    reference: str | None,
    source_type: str,
    source_id: UUID | None,
) -> PostedEntry:
    """Post one balanced entry in the caller's transaction, in one statement.

    Lines carry amounts above zero in whole minor units: leave out lines of zero. `source_type`
    is the kind of document (`invoice`, `payment`, `shipment`, `stock-move`), `source_id` its id;
    one document books once. Call it late: the lane it takes and what follows is held until
    commit. Raises what `rules.check_entry` raises.
    """
    [posted] = await post_entries(
        uow,
        [EntryInput(company_id, journal, effective_on, lines, reference, source_type, source_id)],
    )
    return posted


# Beneath the ORM, as prepared statement: this is the hottest write of the service. The first open
# day is asked for inside it, once for all entries of a journal and day (`at`); the function locks
# the company's posting first, so it stays open.
_POST = """
    WITH opened AS MATERIALIZED (
        SELECT array_agg(ledger_open_day($1, d.company_id, d.journal, $2, d.asked_on)
                         ORDER BY d.at) AS days
        FROM unnest($25::uuid[], $26::text[], $27::date[]) WITH ORDINALITY
             AS d (company_id, journal, asked_on, at)
    ), dayed AS MATERIALIZED (
        SELECT e.*, o.days[e.at] AS effective_on
        FROM opened AS o,
             unnest($3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::date[], $8::text[],
                    $9::text[], $10::uuid[], $28::int[])
             AS e (id, company_id, journal, prefix, asked_on, reference, source_type, source_id,
                   at)
    ), entry AS (
        INSERT INTO ledger_entry (
            tenant, id, company_id, journal, series, effective_on, origin_on, reference,
            source_type, source_id, recorded_at, recorded_by, recorded_xact)
        SELECT $1, e.id, e.company_id, e.journal,
               e.prefix || '-' || lpad(extract(year FROM e.effective_on)::text, 4, '0'),
               e.effective_on, nullif(e.asked_on, e.effective_on), e.reference,
               e.source_type, e.source_id, now(), $2, 0
        FROM dayed AS e
    ), line AS (
        INSERT INTO ledger_line (
            tenant, entry_id, position, company_id, account_id, effective_on, currency,
            debit, credit, text, base_debit, base_credit,
            cost_center, project, region, customer_id, item_id)
        SELECT $1, l.entry_id, l.position, d.company_id,
               coalesce(l.account_id, (
                   SELECT a.id FROM ledger_account a
                   WHERE a.tenant = $1 AND a.company_id = d.company_id AND a.role = l.role)),
               d.effective_on, l.currency, l.debit, l.credit, l.text,
               CASE WHEN l.base IS NOT NULL THEN greatest(l.base, 0) END,
               CASE WHEN l.base IS NOT NULL THEN greatest(-l.base, 0) END,
               l.cost_center, l.project, l.region, l.customer_id, l.item_id
        FROM unnest($11::uuid[], $12::int2[], $13::uuid[], $14::text[], $15::text[],
                    $16::numeric[], $17::numeric[], $18::text[], $19::numeric[],
                    $20::text[], $21::text[], $22::text[], $23::uuid[], $24::uuid[])
             AS l (entry_id, position, account_id, role, currency, debit, credit, text, base,
                   cost_center, project, region, customer_id, item_id)
        JOIN dayed AS d ON d.id = l.entry_id
    )
    SELECT id, effective_on FROM dayed
"""


async def post_entries(uow: UnitOfWork, entries: Sequence[EntryInput]) -> list[PostedEntry]:
    """Post many balanced entries in one statement; a few thousand lines at a time is best.

    Lines in other currencies than the company's are translated at the rate of the entry's own
    day, also where that day is closed. Raises what `rules.check_entry` and `rules.translated`
    raise, for the first entry that breaks a rule, and `ExchangeRateIsMissing`.
    """
    if not entries:
        return []
    for entry in entries:
        check_entry(entry.lines)
    bases = await _in_base_currency(uow, entries)
    ids = [uow.new_id() for _ in entries]
    days_asked: dict[tuple[UUID, str, date], int] = {}
    at = [
        days_asked.setdefault(
            (entry.company_id, entry.journal.value, entry.effective_on), len(days_asked) + 1
        )
        for entry in entries
    ]
    lines = [
        (entry_id, position, line, base)
        for entry_id, entry, of_entry in zip(ids, entries, bases, strict=True)
        for position, (line, base) in enumerate(zip(entry.lines, of_entry, strict=True), 1)
    ]
    rows = await _written(
        uow,
        _POST,
        uow.tenant,
        uow.principal.subject,
        ids,
        [entry.company_id for entry in entries],
        [entry.journal.value for entry in entries],
        [JOURNAL_PREFIX[entry.journal] for entry in entries],
        [entry.effective_on for entry in entries],
        [entry.reference for entry in entries],
        [entry.source_type for entry in entries],
        [entry.source_id for entry in entries],
        [entry_id for entry_id, _, _, _ in lines],
        [position for _, position, _, _ in lines],
        [
            None if isinstance(line.account, AccountRole) else line.account
            for _, _, line, _ in lines
        ],
        [
            line.account.value if isinstance(line.account, AccountRole) else None
            for _, _, line, _ in lines
        ],
        [line.currency for _, _, line, _ in lines],
        [line.debit for _, _, line, _ in lines],
        [line.credit for _, _, line, _ in lines],
        [line.text for _, _, line, _ in lines],
        [base for _, _, _, base in lines],
        [line.dimensions.cost_center for _, _, line, _ in lines],
        [line.dimensions.project for _, _, line, _ in lines],
        [line.dimensions.region for _, _, line, _ in lines],
        [line.dimensions.customer_id for _, _, line, _ in lines],
        [line.dimensions.item_id for _, _, line, _ in lines],
        [company_id for company_id, _, _ in days_asked],
        [journal for _, journal, _ in days_asked],
        [asked_on for _, _, asked_on in days_asked],
        at,
    )
    days = {row["id"]: row["effective_on"] for row in rows}
    return [
        PostedEntry(entry_id, entry.company_id, entry.journal, days[entry_id], entry.lines)
        for entry_id, entry in zip(ids, entries, strict=True)
    ]


async def _written(uow: UnitOfWork, statement: str, *values: object) -> list[asyncpg.Record]:
    try:
        return list(await uow.connection.fetch(statement, *values))
    except asyncpg.NotNullViolationError as refused:
        if refused.column_name != "account_id":
            raise
        raise RoleHasNoAccount("The chart has no account for one of the lines.") from refused


_base_currencies: dict[UUID, str] = {}
"""What the companies that were met so far count in. A company's currency never changes."""


async def base_currency(uow: UnitOfWork, company_id: UUID) -> str:
    """What a company counts in (ISO 4217); raises `CompanyNotFound`."""
    if company_id not in _base_currencies:
        company = await queries.company(uow.session, company_id)
        _base_currencies[company_id] = company.base_currency
    return _base_currencies[company_id]


async def _in_base_currency(
    uow: UnitOfWork, entries: Sequence[EntryInput]
) -> list[list[Decimal | None]]:
    found, known = [], dict[tuple[UUID, date], dict[str, Fraction]]()
    for entry in entries:
        base = await base_currency(uow, entry.company_id)
        asked = foreign(entry.lines, base)
        rates = known.setdefault((entry.company_id, entry.effective_on), {})
        if not asked <= rates.keys():
            rates |= await exchange_rates.rates_to(
                uow.connection, entry.company_id, base, asked, entry.effective_on
            )
        found.append(translated(entry.lines, base, rates))
    return found
