"""The doors of chart imports."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends

from erp.charts import queries, service
from erp.charts.models import ChartImport
from erp.charts.rules import (
    LAYOUTS,
    BooksAreNotEmpty,
    ChartCannotBeRead,
    ChartContradictsTheBooks,
    ChartIsBroken,
    ChartIsTooLarge,
    ChartLayoutIsUnknown,
    RoleAccountUnknown,
)
from erp.charts.schemas import (
    ChartImportIn,
    ChartImportOut,
    ChartLayoutOut,
    ChartLayoutsOut,
    ChartTaxesOut,
    ChartTaxOut,
    ImportedChartOut,
)
from erp.ledger import queries as books
from erp.ledger.service import CompanyNotFound, NoCompanyYet, RoleDoesNotFit
from servicekit.http.paging import Listing, Page, PageOut
from servicekit.http.router import SliceRouter
from servicekit.http.supplied import Reads, Writes

READ, WRITE = "erp.ledger.read", "erp.ledger.chart"
BODY_BYTES = 12 * 1024 * 1024

imports = SliceRouter(prefix="/v1/chart-imports", tags=["charts"])
layouts = SliceRouter(prefix="/v1/chart-layouts", tags=["charts"])
taxes = SliceRouter(prefix="/v1/chart-taxes", tags=["charts"])
routers = (imports, layouts, taxes)

IMPORTS = Listing(
    ChartImport,
    sorts={"imported_at": ChartImport.imported_at},
    filters={"company_id": ChartImport.company_id},
    default_sort="-imported_at",
)


@imports.post(
    "",
    permission=WRITE,
    status_code=201,
    refusals=(
        CompanyNotFound,
        NoCompanyYet,
        ChartCannotBeRead,
        ChartLayoutIsUnknown,
        ChartIsTooLarge,
        ChartIsBroken,
        ChartContradictsTheBooks,
        BooksAreNotEmpty,
        RoleAccountUnknown,
        RoleDoesNotFit,
    ),
    max_body_bytes=BODY_BYTES,
)
async def import_chart(body: ChartImportIn, uow: Writes) -> ChartImportOut:
    """Take a chart into a company's books, all of it or nothing; `dry_run` only tells.

    Read are the layouts of GET /v1/chart-layouts, told by what is in the files.
    """
    company = await books.company_or_default(uow.session, body.company_id)
    files = [each.file() for each in body.files]
    plan = await service.plan_import(uow.session, company.id, files, body.mode, body.roles)
    row = None if body.dry_run else await service.import_chart(uow, plan, files)
    return ChartImportOut.of(plan, row)


@imports.get("", permission=READ)
async def list_chart_imports(
    page: Annotated[Page, Depends(IMPORTS)], reads: Reads
) -> PageOut[ImportedChartOut]:
    """Imports that were made, the latest first."""
    return PageOut.of(await page.fetch(reads, IMPORTS.select()), ImportedChartOut.of)


@layouts.get("", permission=READ)
async def list_chart_layouts() -> ChartLayoutsOut:
    """The layouts of charts that are read, and how they are told."""
    return ChartLayoutsOut(items=[ChartLayoutOut.of(each) for each in LAYOUTS])


@taxes.get("", permission=READ, refusals=(CompanyNotFound, NoCompanyYet))
async def list_chart_taxes(reads: Reads, company_id: UUID | None = None) -> ChartTaxesOut:
    """The taxes that came with the company's chart, in the order of its file."""
    company = await books.company_or_default(reads.session, company_id)
    rows = await queries.taxes(reads.session, company.id)
    return ChartTaxesOut(items=[ChartTaxOut.of(row) for row in rows])
