"""The doors of statements."""

from datetime import date, datetime
from enum import StrEnum
from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Path, Query, Response

from erp.ledger import queries as books
from erp.ledger.queries import PostingLine, posting_of, select_postings
from erp.ledger.service import CompanyNotFound, InstantHasNotCome, NoCompanyYet
from erp.statements import queries, service
from erp.statements.rules import (
    Column,
    InstantsAreAmbiguous,
    PeriodIsBackwards,
    StatementKind,
    StatementLineNotFound,
    Step,
    View,
    columns_of,
    knowing,
)
from erp.statements.schemas import (
    FinancialStatementOut,
    LedgerPostingOut,
    PeriodTrialBalanceOut,
    PostingOut,
)
from servicekit.http.paging import Listing, Page, PageOut
from servicekit.http.router import SliceRouter
from servicekit.http.schemas import DayIn
from servicekit.http.supplied import Reads

READ = "erp.statements.read"
MOST_COLUMNS = 12

router = SliceRouter(prefix="/v1/statements", tags=["statements"])
routers = (router,)

POSTINGS = Listing(
    PostingLine,
    sorts={"effective_on": PostingLine.effective_on},
    default_sort="effective_on",
    keys=(PostingLine.entry_id, PostingLine.position),
)
ASKED_REFUSALS = (
    CompanyNotFound,
    NoCompanyYet,
    PeriodIsBackwards,
    InstantHasNotCome,
    InstantsAreAmbiguous,
)


class Format(StrEnum):
    """What a statement may be had as."""

    PDF = "pdf"
    XLSX = "xlsx"
    CSV = "csv"


MEDIA_TYPES = {
    Format.PDF: "application/pdf",
    Format.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    Format.CSV: "text/csv; charset=utf-8",
}

Asked = Annotated[
    StatementKind, Path(description="Which statement: balance-sheet, profit-and-loss or cash-flow.")
]
FirstDay = Annotated[
    DayIn | None,
    Query(description="The first day; left out: that of the fiscal year of the last one."),
]
LastDay = Annotated[DayIn | None, Query(description="The last day; left out: today (UTC).")]
Columns = Annotated[
    int, Query(ge=1, le=MOST_COLUMNS, description="How many columns to compare, 1 to 12.")
]
StepBack = Annotated[Step, Query(description="How far each column lies before the one before it.")]
KnownAt = Annotated[
    datetime | None,
    Query(description="Show what was known at this instant; left out: what is known now."),
]
Knowledge = Annotated[
    View,
    Query(
        description="restated: by what is known now, or at `known_at`; as-reported: each column by "
        "what was known when its last day was closed."
    ),
]


async def _asked(
    reads: Reads,
    company_id: UUID | None,
    starts_on: date | None,
    ends_on: date | None,
    columns: int = 1,
    step: Step = Step.YEAR,
    known_at: datetime | None = None,
    view: View = View.RESTATED,
) -> tuple[UUID, str, str, list[Column]]:
    company = await books.company_or_default(reads.session, company_id)
    days = columns_of(
        starts_on, ends_on or reads.now.date(), columns, step, company.fiscal_year_starts_in
    )
    moves = [] if view is View.RESTATED else await books.lock_moves(reads.session, company.id)
    return (
        company.id,
        company.name,
        company.base_currency,
        knowing(days, view, known_at, partial(books.reported_at, moves)),
    )


@router.get("/trial-balance", permission=READ, refusals=ASKED_REFUSALS)
async def get_period_trial_balance(
    reads: Reads,
    company_id: UUID | None = None,
    starts_on: FirstDay = None,
    ends_on: LastDay = None,
    known_at: KnownAt = None,
    view: Knowledge = View.RESTATED,
) -> PeriodTrialBalanceOut:
    """Opening balance, debit, credit and closing balance of each account over a period."""
    company, _, currency, [column] = await _asked(
        reads, company_id, starts_on, ends_on, known_at=known_at, view=view
    )
    lines = await queries.trial_balance_of(reads.session, company, column)
    return PeriodTrialBalanceOut.of(lines, company, currency, column)


@router.get(
    "/trial-balance/document",
    permission=READ,
    refusals=(*ASKED_REFUSALS, *service.PRINTING_REFUSALS),
    produces=("application/pdf", MEDIA_TYPES[Format.XLSX], "text/csv"),
)
async def get_trial_balance_document(
    reads: Reads,
    company_id: UUID | None = None,
    starts_on: FirstDay = None,
    ends_on: LastDay = None,
    known_at: KnownAt = None,
    view: Knowledge = View.RESTATED,
    format: Annotated[Format, Query(description="PDF, XLSX or CSV.")] = Format.PDF,  # noqa: A002
) -> Response:
    """The trial balance of a period as a file."""
    company, name, currency, [column] = await _asked(
        reads, company_id, starts_on, ends_on, known_at=known_at, view=view
    )
    lines = await queries.trial_balance_of(reads.session, company, column)
    table = service.table_of_trial_balance(lines, column, name, currency)
    return await _file(table, f"trial-balance-{column.ends_on}", format, reads.now)


@router.get("/general-ledger", permission=READ, refusals=(*ASKED_REFUSALS, StatementLineNotFound))
async def get_general_ledger(
    page: Annotated[Page, Depends(POSTINGS)],
    reads: Reads,
    account_id: Annotated[UUID, Query(description="The account of the company's chart.")],
    company_id: UUID | None = None,
    starts_on: FirstDay = None,
    ends_on: LastDay = None,
    known_at: KnownAt = None,
) -> PageOut[LedgerPostingOut]:
    """The postings of an account over a period, each with the balance after it."""
    company, _, _, [column] = await _asked(reads, company_id, starts_on, ends_on)
    statement = select_postings(company, [account_id], column.starts_on, column.ends_on, known_at)
    found = await page.fetch_rows(reads, statement)
    postings = [posting_of(row) for row in found.rows]
    forward = postings[::-1] if page.sort.descending else postings
    balances: dict[tuple[UUID, int], LedgerPostingOut] = {}
    if forward:
        first = forward[0]
        before = await queries.balance_before(
            reads.session, company, account_id, first.effective_on, known_at
        ) + await books.sum_before_on_the_day(reads.session, company, first, known_at)
        for posting, balance in zip(forward, books.running(before, forward), strict=True):
            balances[posting.entry_id, posting.position] = LedgerPostingOut(
                **PostingOut.members(posting), balance=balance
            )
    return PageOut[LedgerPostingOut](
        items=[balances[each.entry_id, each.position] for each in postings],
        next_cursor=found.next_cursor,
    )


@router.get("/postings", permission=READ, refusals=(*ASKED_REFUSALS, StatementLineNotFound))
async def list_statement_postings(
    page: Annotated[Page, Depends(POSTINGS)],
    reads: Reads,
    statement: Annotated[StatementKind, Query(description="The statement of the figure.")],
    line: Annotated[str, Query(max_length=64, description="The code of the figure's line.")],
    company_id: UUID | None = None,
    account_id: Annotated[
        UUID | None, Query(description="One account of the line; left out: all of them.")
    ] = None,
    starts_on: FirstDay = None,
    ends_on: LastDay = None,
    known_at: KnownAt = None,
) -> PageOut[PostingOut]:
    """The postings whose sum is a figure of a statement; statements link here.

    Debit less credit of all of them is the figure, or its opposite where credit is the side on
    which it grows.
    """
    company, _, _, [column] = await _asked(reads, company_id, starts_on, ends_on)
    drill = await queries.drill_of(reads.session, company, statement, line, column, account_id)
    found = await page.fetch_rows(
        reads,
        select_postings(company, drill.account_ids, drill.starts_on, drill.ends_on, known_at),
    )
    return PageOut[PostingOut](
        items=[PostingOut.of(posting_of(row)) for row in found.rows],
        next_cursor=found.next_cursor,
    )


@router.get("/{statement}", permission=READ, refusals=ASKED_REFUSALS)
async def get_financial_statement(
    statement: Asked,
    reads: Reads,
    company_id: UUID | None = None,
    starts_on: FirstDay = None,
    ends_on: LastDay = None,
    columns: Columns = 1,
    step: StepBack = Step.YEAR,
    known_at: KnownAt = None,
    view: Knowledge = View.RESTATED,
) -> FinancialStatementOut:
    """Balance sheet, profit and loss or cash flow, in the company's currency.

    Columns compare periods: restated by what is known now, or each as it was reported.
    Each figure links to the postings it is the sum of.
    """
    company, _, currency, days = await _asked(
        reads, company_id, starts_on, ends_on, columns, step, known_at, view
    )
    made = await queries.statement_of(reads.session, company, statement, days)
    return FinancialStatementOut.of(made, company, currency)


@router.get(
    "/{statement}/document",
    permission=READ,
    refusals=(*ASKED_REFUSALS, *service.PRINTING_REFUSALS),
    produces=("application/pdf", MEDIA_TYPES[Format.XLSX], "text/csv"),
)
async def get_financial_statement_document(
    statement: Asked,
    reads: Reads,
    company_id: UUID | None = None,
    starts_on: FirstDay = None,
    ends_on: LastDay = None,
    columns: Columns = 1,
    step: StepBack = Step.YEAR,
    known_at: KnownAt = None,
    view: Knowledge = View.RESTATED,
    format: Annotated[Format, Query(description="PDF, XLSX or CSV.")] = Format.PDF,  # noqa: A002
) -> Response:
    """Balance sheet, profit and loss or cash flow as a file."""
    company, name, currency, days = await _asked(
        reads, company_id, starts_on, ends_on, columns, step, known_at, view
    )
    made = await queries.statement_of(reads.session, company, statement, days)
    table = service.table_of_statement(made, name, currency)
    return await _file(table, f"{statement.value}-{days[0].ends_on}", format, reads.now)


async def _file(
    table: service.Table,
    name: str,
    format: Format,  # noqa: A002
    made_at: datetime,
) -> Response:
    match format:
        case Format.PDF:
            content = await service.pdf_of(table, made_at)
        case Format.XLSX:
            content = service.xlsx_of(table, made_at)
        case Format.CSV:
            content = service.csv_of(table)
    return Response(
        content,
        headers={"Content-Disposition": f'attachment; filename="{name}.{format.value}"'},
        media_type=MEDIA_TYPES[format],
    )
