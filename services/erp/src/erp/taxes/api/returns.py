"""VAT returns, tax postings, withholding rates and files of rates."""

import csv
import io
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Response

from erp.ledger import queries as ledger
from erp.ledger.service import CompanyNotFound, NoCompanyYet
from erp.taxes import queries, service
from erp.taxes.models import TaxPosting, VatReturn, WithholdingRate
from erp.taxes.rules import (
    RateFileHasErrors,
    RateFileIsUnreadable,
    VatPeriodEndsBeforeItBegins,
    VatPeriodIsNotOver,
    VatReturnNotFound,
    VatReturnOverlaps,
    WithholdingRateNotFound,
    WithholdingRatesOverlap,
    check_period,
)
from erp.taxes.schemas import (
    RateImportIn,
    RateImportOut,
    TaxPostingOut,
    VatPreviewOut,
    VatReturnIn,
    VatReturnOut,
    WithholdingRateIn,
    WithholdingRateOut,
)
from servicekit.http.filters import choice, prefixed
from servicekit.http.paging import Listing, Page, PageOut
from servicekit.http.router import SliceRouter
from servicekit.http.schemas import DayIn
from servicekit.http.supplied import Reads, Writes
from servicekit.values.decimals import plain

READ, WRITE = "erp.taxes.read", "erp.taxes.write"

vat_returns = SliceRouter(prefix="/v1/vat-returns", tags=["taxes"])
previews = SliceRouter(prefix="/v1/vat-return-previews", tags=["taxes"])
postings = SliceRouter(prefix="/v1/tax-postings", tags=["taxes"])
withholding = SliceRouter(prefix="/v1/withholding-rates", tags=["taxes"])
imports = SliceRouter(prefix="/v1/tax-rate-imports", tags=["taxes"])

RETURNS = Listing(
    VatReturn,
    sorts={"period_from": VatReturn.period_from, "filed_at": VatReturn.filed_at},
    filters={"company_id": VatReturn.company_id, "period_from": VatReturn.period_from},
    default_sort="-period_from",
)
POSTINGS = Listing(
    TaxPosting,
    sorts={"posted_on": TaxPosting.posted_on, "document_on": TaxPosting.document_on},
    filters={
        "company_id": TaxPosting.company_id,
        "source_type": TaxPosting.source_type,
        "source_id": TaxPosting.source_id,
        "number": prefixed(TaxPosting.number, insensitive=False),
        "direction": choice(TaxPosting.direction, ("output", "input", "withheld")),
        "vat_code": TaxPosting.vat_code,
        "country": TaxPosting.country,
        "partner_id": TaxPosting.partner_id,
        "posted_on": TaxPosting.posted_on,
        "document_on": TaxPosting.document_on,
    },
    default_sort="posted_on",
)
WITHHOLDING = Listing(
    WithholdingRate,
    sorts={"country": WithholdingRate.country, "valid_from": WithholdingRate.valid_from},
    filters={
        "country": WithholdingRate.country,
        "kind": prefixed(WithholdingRate.kind),
        "valid_from": WithholdingRate.valid_from,
        "valid_to": WithholdingRate.valid_to,
    },
    default_sort="country",
)


@previews.get(
    "",
    permission=READ,
    refusals=(CompanyNotFound, NoCompanyYet, VatPeriodEndsBeforeItBegins),
)
async def preview_vat_return(
    reads: Reads, period_from: DayIn, period_to: DayIn, company_id: UUID | None = None
) -> VatPreviewOut:
    """What a return over these days would say now: all that no filed return has declared."""
    check_period(period_from, period_to)
    company = await ledger.company_or_default(reads.session, company_id)
    return VatPreviewOut.of(
        await queries.preview_return(reads.session, company.id, period_from, period_to)
    )


@vat_returns.post(
    "",
    permission=WRITE,
    status_code=201,
    refusals=(
        CompanyNotFound,
        NoCompanyYet,
        VatPeriodEndsBeforeItBegins,
        VatPeriodIsNotOver,
        VatReturnOverlaps,
    ),
)
async def file_vat_return(body: VatReturnIn, uow: Writes) -> VatReturnOut:
    """File the return of a period that is over.

    Its figures stay; what is posted into the period later is declared with the next return.
    """
    company = await ledger.company_or_default(uow.session, body.company_id)
    row = await service.file_return(
        uow, company.id, period_from=body.period_from, period_to=body.period_to
    )
    return VatReturnOut.of(row)


@vat_returns.get("", permission=READ)
async def list_vat_returns(
    page: Annotated[Page, Depends(RETURNS)], reads: Reads
) -> PageOut[VatReturnOut]:
    """Filed returns, latest period first unless sorted otherwise."""
    return PageOut.of(await page.fetch(reads, RETURNS.select()), VatReturnOut.of)


@vat_returns.get("/{return_id}", permission=READ, refusals=(VatReturnNotFound,))
async def get_vat_return(return_id: UUID, reads: Reads) -> VatReturnOut:
    """A return as it was filed."""
    return VatReturnOut.of(await reads.get(VatReturn, return_id))


@vat_returns.get(
    "/{return_id}/csv",
    permission=READ,
    refusals=(VatReturnNotFound,),
    produces=("text/csv",),
)
async def get_vat_return_csv(return_id: UUID, reads: Reads) -> Response:
    """The boxes of a filed return as CSV (RFC 4180), decimals with a point."""
    row = await reads.get(VatReturn, return_id)
    written = io.StringIO()
    writer = csv.writer(written)
    names = ("code", "title", "direction", "vat_code", "rate", "country", "base", "tax", "count")
    writer.writerow([*names, "currency"])
    for box in row.boxes:
        writer.writerow([*(box[name] for name in names), row.currency])
    writer.writerow(
        ["PAYABLE", "Payable", "", "", "", "", "", plain(row.payable), "", row.currency]
    )
    return Response(
        written.getvalue(),
        media_type="text/csv",
        headers={"Content-Disposition": f'attachment; filename="vat-{row.period_from}.csv"'},
    )


@vat_returns.get("/{return_id}/postings", permission=READ, refusals=(VatReturnNotFound,))
async def list_postings_of_vat_return(
    return_id: UUID, page: Annotated[Page, Depends(POSTINGS)], reads: Reads
) -> PageOut[TaxPostingOut]:
    """The postings that a filed return declared; filters are those of a box."""
    await reads.get(VatReturn, return_id)
    rows = await page.fetch(reads, queries.postings_of_return(return_id))
    return PageOut.of(rows, TaxPostingOut.of)


@postings.get("", permission=READ)
async def list_tax_postings(
    page: Annotated[Page, Depends(POSTINGS)], reads: Reads
) -> PageOut[TaxPostingOut]:
    """What documents said of tax, by the day on which it counts unless sorted otherwise."""
    return PageOut.of(await page.fetch(reads, POSTINGS.select()), TaxPostingOut.of)


@withholding.post("", permission=WRITE, status_code=201, refusals=(WithholdingRatesOverlap,))
async def add_withholding_rate(body: WithholdingRateIn, uow: Writes) -> WithholdingRateOut:
    """Say what share is withheld of a kind of payment in a country."""
    return WithholdingRateOut.of(await service.add_withholding_rate(uow, **dict(body)))


@withholding.get("", permission=READ)
async def list_withholding_rates(
    page: Annotated[Page, Depends(WITHHOLDING)], reads: Reads
) -> PageOut[WithholdingRateOut]:
    """Withholding rates by country unless sorted otherwise."""
    return PageOut.of(await page.fetch(reads, WITHHOLDING.select()), WithholdingRateOut.of)


@withholding.get("/{rate_id}", permission=READ, refusals=(WithholdingRateNotFound,))
async def get_withholding_rate(rate_id: UUID, reads: Reads) -> WithholdingRateOut:
    """One withholding rate."""
    return WithholdingRateOut.of(await reads.get(WithholdingRate, rate_id))


@imports.post("", permission=WRITE, refusals=(RateFileIsUnreadable, RateFileHasErrors))
async def import_tax_rates(body: RateImportIn, uow: Writes) -> RateImportOut:
    """Take a published file of tax rates: all of it or nothing; again, it changes nothing."""
    found = await service.import_rates(
        uow,
        body.file,
        valid_from=body.valid_from,
        countries=body.countries,
        dry_run=body.dry_run,
    )
    return RateImportOut.of(found, dry_run=body.dry_run)
