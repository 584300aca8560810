"""Opening companies and posting entries.

Everything here runs inside the caller's transaction: an invoice and its entry stand or fall
together. Entries get their number at commit, when the database also checks them a last time.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert

from erp.ledger import queries
from erp.ledger.models import Account, Company, Entry
from erp.ledger.rules import (
    JOURNAL_PREFIX,
    STANDARD_CHART,
    AccountIsControlled,
    AccountIsUnknown,
    AccountRole,
    AmountHasTooManyDecimals,
    AmountIsTooLarge,
    BookedInTheFuture,
    CompanyCodeIsTaken,
    CompanyNotFound,
    EntryHasADocument,
    EntryIsReversedAlready,
    EntryLine,
    Journal,
    NoCompanyYet,
    check_amount,
    check_day_has_come,
    check_entry,
    credit,
    debit,
    reversal,
    series_of,
)
from servicekit.uow import UnitOfWork

__all__ = [
    "AccountRole",
    "AmountHasTooManyDecimals",
    "AmountIsTooLarge",
    "BookedInTheFuture",
    "CompanyNotFound",
    "Entry",
    "EntryInput",
    "EntryLine",
    "Journal",
    "NoCompanyYet",
    "PostedEntry",
    "check_amount",
    "check_day_has_come",
    "create_company",
    "credit",
    "debit",
    "post_entries",
    "post_entry",
    "post_manual_entry",
    "rename_company",
    "reverse_entry",
    "series_of",
    "when_a_company_opens",
]

CompanyStep = Callable[[UnitOfWork, Company], Awaitable[None]]
_steps: list[CompanyStep] = []


def when_a_company_opens(step: CompanyStep) -> CompanyStep:
    """Have `step` run inside the transaction that creates a company, after its chart exists.

    A slice above the ledger prepares what it needs there (tax rates, a warehouse) without the
    ledger knowing it. `erp.app` lists the steps, in order.
    """
    if step not in _steps:
        _steps.append(step)
    return step


@dataclass(frozen=True, slots=True)
class EntryInput:
    """An entry to be posted. `source_type` and `source_id` name the document that booked it."""

    company_id: UUID
    journal: Journal
    effective_on: date
    lines: Sequence[EntryLine]
    reference: str | None = None
    source_type: str = "manual"
    source_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class PostedEntry:
    """What posting answers. The number follows at commit."""

    id: UUID
    company_id: UUID
    journal: Journal
    effective_on: date
    lines: Sequence[EntryLine] = field(repr=False)


async def create_company(
    uow: UnitOfWork, *, code: str, name: str, base_currency: str, country: str
) -> Company:
    """Open a company with the standard chart, and let the slices above prepare for it.

    Raises `CompanyCodeIsTaken`.
    """
    # Creating companies is rare and decides which one is the default: one at a time per tenant.
    await uow.session.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))"),
        {"key": f"ledger_company:{uow.tenant}"},
    )
    codes = (await uow.session.scalars(select(Company.code))).all()
    if code in codes:
        raise CompanyCodeIsTaken(f"Company {code!r} exists already.", field="code")
    company = Company(
        tenant=uow.tenant,
        id=uow.new_id(),
        code=code,
        name=name,
        base_currency=base_currency,
        country=country,
        is_default=not codes,
    )
    uow.add(company)
    await uow.flush()
    await uow.session.execute(
        insert(Account),
        [
            {
                "tenant": uow.tenant,
                "id": uow.new_id(),
                "company_id": company.id,
                "code": line.code,
                "name": line.name,
                "kind": line.kind.value,
                "role": line.role.value if line.role else None,
                "control": line.control,
            }
            for line in STANDARD_CHART
        ],
    )
    for step in _steps:
        await step(uow, company)
    uow.audit("ledger.company.created", "company", company.id, {"code": code, "name": name})
    return company


async def rename_company(uow: UnitOfWork, company_id: UUID, *, expected: int, name: str) -> Company:
    """Change a company's name; raises `CompanyNotFound`, `Stale`."""
    company = await uow.lock(Company, company_id, expected)
    uow.audit("ledger.company.renamed", "company", company_id, {"from": company.name, "to": name})
    company.name = name
    await uow.flush()
    return company


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


# Beneath the ORM, as prepared statement: this is the hottest write of the service.
_POST = """
    WITH entry AS (
        INSERT INTO ledger_entry (
            tenant, id, company_id, journal, series, effective_on, reference,
            source_type, source_id, recorded_at, recorded_by, recorded_xact)
        SELECT $1, e.id, e.company_id, e.journal, e.series, e.effective_on, e.reference,
               e.source_type, e.source_id, $2, $3, 0
        FROM unnest($4::uuid[], $5::uuid[], $6::text[], $7::text[], $8::date[], $9::text[],
                    $10::text[], $11::uuid[])
             AS e (id, company_id, journal, series, effective_on, reference, source_type,
                   source_id)
    )
    INSERT INTO ledger_line (
        tenant, entry_id, position, company_id, account_id, effective_on,
        currency, debit, credit, text)
    SELECT $1, l.entry_id, l.position, l.company_id,
           coalesce(l.account_id, (
               SELECT a.id FROM ledger_account a
               WHERE a.tenant = $1 AND a.company_id = l.company_id AND a.role = l.role)),
           l.effective_on, l.currency, l.debit, l.credit, l.text
    FROM unnest($12::uuid[], $13::int2[], $14::uuid[], $15::uuid[], $16::text[], $17::date[],
                $18::text[], $19::numeric[], $20::numeric[], $21::text[])
         AS l (entry_id, position, company_id, account_id, role, effective_on, currency, debit,
               credit, text)
"""


async def post_entries(uow: UnitOfWork, entries: Sequence[EntryInput]) -> list[PostedEntry]:
    """Post many balanced entries in one statement; a few thousand lines at a time is best.

    Raises what `rules.check_entry` raises, for the first entry that breaks a rule.
    """
    posted: list[PostedEntry] = []
    for entry in entries:
        check_entry(entry.lines)
        posted.append(
            PostedEntry(
                uow.new_id(), entry.company_id, entry.journal, entry.effective_on, entry.lines
            )
        )
    if not posted:
        return posted
    lines = [(entry, line) for entry in posted for line in entry.lines]
    await uow.connection.execute(
        _POST,
        uow.tenant,
        uow.now,
        uow.principal.subject,
        [entry.id for entry in posted],
        [entry.company_id for entry in posted],
        [entry.journal.value for entry in posted],
        [series_of(JOURNAL_PREFIX[entry.journal], entry.effective_on) for entry in posted],
        [entry.effective_on for entry in posted],
        [entry.reference for entry in entries],
        [entry.source_type for entry in entries],
        [entry.source_id for entry in entries],
        [entry.id for entry, _ in lines],
        [position for entry in posted for position in range(1, len(entry.lines) + 1)],
        [entry.company_id for entry, _ in lines],
        [None if isinstance(line.account, AccountRole) else line.account for _, line in lines],
        [
            line.account.value if isinstance(line.account, AccountRole) else None
            for _, line in lines
        ],
        [entry.effective_on for entry, _ in lines],
        [line.currency for _, line in lines],
        [line.debit for _, line in lines],
        [line.credit for _, line in lines],
        [line.text for _, line in lines],
    )
    return posted


async def post_manual_entry(uow: UnitOfWork, entry: EntryInput) -> queries.EntryRow:
    """Post an entry that a person wrote, and give it its number at once.

    Raises `AccountIsUnknown` and `AccountIsControlled` beside what `rules.check_entry` raises.
    """
    chart = {row.id: row for row in await queries.chart(uow.session, entry.company_id)}
    for position, line in enumerate(entry.lines):
        account = chart.get(line.account) if isinstance(line.account, UUID) else None
        if account is None:
            raise AccountIsUnknown(
                f"Line {position + 1}: no account {line.account} in this company.",
                field=f"lines.{position}.account_id",
            )
        if account.control:
            raise AccountIsControlled(
                f"Line {position + 1}: {account.code} {account.name} is a control account.",
                field=f"lines.{position}.account_id",
            )
    posted = await post_entry(
        uow,
        entry.company_id,
        entry.journal,
        entry.effective_on,
        entry.lines,
        entry.reference,
        entry.source_type,
        entry.source_id,
    )
    await _number_now(uow)
    uow.audit("ledger.entry.posted", "journal-entry", posted.id, {"reference": entry.reference})
    return await queries.entry(uow.session, posted.id)


async def reverse_entry(uow: UnitOfWork, entry_id: UUID, *, effective_on: date) -> queries.EntryRow:
    """Post the opposite of a manual entry; the entry itself stays as it is.

    Raises `EntryNotFound`, `EntryHasADocument`, `EntryIsReversedAlready`.
    """
    original = await queries.entry(uow.session, entry_id)
    if original.source_type != "manual":
        article = "an" if original.source_type[0] in "aeiou" else "a"
        raise EntryHasADocument(
            f"{original.number} was booked by {article} {original.source_type}."
        )
    # Two reversals at once: the second waits here and then sees the first.
    await uow.session.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))"),
        {"key": f"ledger_reversal:{uow.tenant}:{entry_id}"},
    )
    taken = await uow.session.scalar(
        select(Entry.id).where(Entry.source_type == "reversal", Entry.source_id == entry_id)
    )
    if taken is not None:
        raise EntryIsReversedAlready(f"{original.number} was reversed by entry {taken}.")
    lines = [
        EntryLine(line.account_id, line.currency, line.debit, line.credit, line.text)
        for line in original.lines
    ]
    posted = await post_entry(
        uow,
        original.company_id,
        Journal.GENERAL,
        effective_on,
        reversal(lines),
        original.number,
        "reversal",
        entry_id,
    )
    await _number_now(uow)
    uow.audit("ledger.entry.reversed", "journal-entry", entry_id, {"reversal": str(posted.id)})
    return await queries.entry(uow.session, posted.id)


async def _number_now(uow: UnitOfWork) -> None:
    """Run the check and the numbering that would otherwise run at commit."""
    await uow.session.execute(text("SET CONSTRAINTS ledger_entry_is_posted IMMEDIATE"))
    await uow.session.execute(text("SET CONSTRAINTS ledger_entry_is_posted DEFERRED"))
