"""The HTTP door of the ledger."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Depends

from erp.exchange_rates.queries import ExchangeRateIsMissing
from erp.ledger import queries, service
from erp.ledger.models import Company, Entry
from erp.ledger.rules import (
    AccountIsControlled,
    AccountIsUnknown,
    AccountTakesNoPostings,
    AmountHasTooManyDecimals,
    AmountIsTooLarge,
    BookedInTheFuture,
    CompanyCodeIsTaken,
    CompanyNotFound,
    DimensionIsUnknown,
    EntryHasADocument,
    EntryIsNotBalanced,
    EntryIsReversedAlready,
    EntryNeedsApproval,
    EntryNeedsTwoLines,
    EntryNotFound,
    InstantHasNotCome,
    Journal,
    LineHasOneSide,
    NoCompanyYet,
    PeriodIsClosed,
    check_day_has_come,
)
from erp.ledger.schemas import (
    ChartChoice,
    CompanyIn,
    CompanyOut,
    CompanyPatch,
    EntryReversalIn,
    JournalEntryIn,
    JournalEntryOut,
    ProofsOut,
    TrialBalanceOut,
)
from servicekit.http.filters import choice, prefixed
from servicekit.http.paging import Listing, Page, PageOut
from servicekit.http.router import SliceRouter
from servicekit.http.schemas import DayIn
from servicekit.http.supplied import IfMatch, Reads, Writes

READ, WRITE, CLOSE = "erp.ledger.read", "erp.ledger.write", "erp.ledger.close"

companies = SliceRouter(prefix="/v1/companies", tags=["ledger"])
journal_entries = SliceRouter(prefix="/v1/journal-entries", tags=["ledger"])
trial_balance = SliceRouter(prefix="/v1/trial-balance", tags=["ledger"])
ledger_proofs = SliceRouter(prefix="/v1/ledger-proofs", tags=["ledger"])

COMPANIES = Listing(
    Company,
    sorts={"created_at": Company.created_at, "code": Company.code, "name": Company.name},
    filters={
        "code": prefixed(Company.code),
        "name": prefixed(Company.name),
        "base_currency": Company.base_currency,
        "country": Company.country,
        "is_default": Company.is_default,
        "created_at": Company.created_at,
    },
    default_sort="code",
)
ENTRIES = Listing(
    Entry,
    sorts={"effective_on": Entry.effective_on, "recorded_at": Entry.recorded_at},
    filters={
        "company_id": Entry.company_id,
        "journal": choice(Entry.journal, [journal.value for journal in Journal]),
        "effective_on": Entry.effective_on,
        "recorded_at": Entry.recorded_at,
        "reference": Entry.reference,
        "source_type": Entry.source_type,
        "source_id": Entry.source_id,
    },
    default_sort="-effective_on",
)


@companies.post("", permission=WRITE, status_code=201, refusals=(CompanyCodeIsTaken,))
async def create_company(body: CompanyIn, uow: Writes) -> CompanyOut:
    """Open a company: its chart of accounts, warehouse and tax rates come with it."""
    return CompanyOut.of(
        await service.create_company(
            uow,
            code=body.code,
            name=body.name,
            base_currency=body.base_currency,
            country=body.country,
            fiscal_year_starts_in=body.fiscal_year_starts_in,
            with_chart=body.chart is ChartChoice.STANDARD,
        )
    )


@companies.get("", permission=READ)
async def list_companies(
    page: Annotated[Page, Depends(COMPANIES)], reads: Reads
) -> PageOut[CompanyOut]:
    """Companies, by code unless sorted otherwise."""
    return PageOut.of(await page.fetch(reads, COMPANIES.select()), CompanyOut.of)


@companies.get("/{company_id}", permission=READ, refusals=(CompanyNotFound,))
async def get_company(company_id: UUID, reads: Reads) -> CompanyOut:
    """A company."""
    return CompanyOut.of(await reads.get(Company, company_id))


@companies.patch("/{company_id}", permission=WRITE, refusals=(CompanyNotFound,))
async def change_company(
    company_id: UUID, body: CompanyPatch, expected: IfMatch, uow: Writes
) -> CompanyOut:
    """Rename a company. Currency and country are part of what its books say, and stay."""
    return CompanyOut.of(
        await service.rename_company(uow, company_id, expected=expected, name=body.name)
    )


@journal_entries.post(
    "",
    permission=WRITE,
    status_code=201,
    refusals=(
        CompanyNotFound,
        NoCompanyYet,
        AccountIsUnknown,
        AccountIsControlled,
        AccountTakesNoPostings,
        EntryNeedsTwoLines,
        EntryIsNotBalanced,
        LineHasOneSide,
        AmountHasTooManyDecimals,
        AmountIsTooLarge,
        BookedInTheFuture,
        PeriodIsClosed,
        DimensionIsUnknown,
        ExchangeRateIsMissing,
        EntryNeedsApproval,
    ),
)
async def post_journal_entry(body: JournalEntryIn, uow: Writes) -> JournalEntryOut:
    """Post an entry to the general journal. It cannot be changed; a mistake is reversed."""
    company = await queries.company_or_default(uow.session, body.company_id)
    day = body.effective_on or uow.now.date()
    check_day_has_come(day, uow.now.date(), field="effective_on")
    row = await service.post_manual_entry(
        uow,
        service.EntryInput(
            company.id,
            Journal.GENERAL,
            day,
            [line.line() for line in body.lines],
            body.reference,
        ),
    )
    return JournalEntryOut.of(row)


@journal_entries.post(
    "/{entry_id}/reversals",
    permission=WRITE,
    status_code=201,
    refusals=(
        EntryNotFound,
        EntryHasADocument,
        EntryIsReversedAlready,
        BookedInTheFuture,
        PeriodIsClosed,
    ),
)
async def reverse_journal_entry(
    entry_id: UUID, body: EntryReversalIn, uow: Writes
) -> JournalEntryOut:
    """Post the opposite of an entry that a person posted; answers the new entry."""
    day = body.effective_on or uow.now.date()
    check_day_has_come(day, uow.now.date(), field="effective_on")
    return JournalEntryOut.of(await service.reverse_entry(uow, entry_id, effective_on=day))


@journal_entries.get("", permission=READ)
async def list_journal_entries(
    page: Annotated[Page, Depends(ENTRIES)], reads: Reads
) -> PageOut[JournalEntryOut]:
    """Entries with their lines, latest business day first unless sorted otherwise."""
    found = await page.fetch(reads, ENTRIES.select())
    rows = await queries.entries(reads.session, [entry.id for entry in found.rows])
    return PageOut[JournalEntryOut](
        items=[JournalEntryOut.of(row) for row in rows], next_cursor=found.next_cursor
    )


@journal_entries.get("/{entry_id}", permission=READ, refusals=(EntryNotFound,))
async def get_journal_entry(entry_id: UUID, reads: Reads) -> JournalEntryOut:
    """An entry with its lines."""
    return JournalEntryOut.of(await queries.entry(reads.session, entry_id))


@trial_balance.get("", permission=READ, refusals=(CompanyNotFound, NoCompanyYet, InstantHasNotCome))
async def get_trial_balance(
    reads: Reads,
    company_id: UUID | None = None,
    as_of: DayIn | None = None,
    known_at: datetime | None = None,
) -> TrialBalanceOut:
    """Debit and credit of every account up to and including a day, per currency.

    With `known_at`, as it was known at that instant, whatever has been posted since.
    """
    company = await queries.company_or_default(reads.session, company_id)
    rows = await queries.trial_balance(reads.session, company.id, as_of, known_at)
    return TrialBalanceOut.of(company.id, as_of, known_at, rows)


@ledger_proofs.get("", permission=READ, refusals=(CompanyNotFound, NoCompanyYet))
async def prove_ledger(reads: Reads, company_id: UUID | None = None) -> ProofsOut:
    """Recompute the books from their lines and compare; reads every line of the company."""
    company = await queries.company_or_default(reads.session, company_id)
    return ProofsOut.of(company.id, await queries.proofs(reads.session, company.id))
