"""Tax rates by country, category and day."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends

from erp.taxes import queries, service
from erp.taxes.models import TaxRate
from erp.taxes.rules import (
    TaxRateEndsBeforeItBegins,
    TaxRateExistsAlready,
    TaxRateNotFound,
    TaxRatesOverlap,
)
from erp.taxes.schemas import TaxRateEndIn, TaxRateIn, TaxRateOut
from servicekit.http.filters import prefixed
from servicekit.http.paging import Listing, Page, PageOut
from servicekit.http.router import SliceRouter
from servicekit.http.schemas import DayIn
from servicekit.http.supplied import Reads, Writes

READ, WRITE = "erp.taxes.read", "erp.taxes.write"

tax_rates = SliceRouter(prefix="/v1/tax-rates", tags=["taxes"])

TAX_RATES = Listing(
    TaxRate,
    sorts={"country": TaxRate.country, "valid_from": TaxRate.valid_from},
    filters={
        "country": TaxRate.country,
        "region": TaxRate.region,
        "category": prefixed(TaxRate.category),
        "valid_from": TaxRate.valid_from,
        "valid_to": TaxRate.valid_to,
    },
    default_sort="country",
)


@tax_rates.post(
    "", permission=WRITE, status_code=201, refusals=(TaxRateExistsAlready, TaxRatesOverlap)
)
async def add_tax_rate(body: TaxRateIn, uow: Writes) -> TaxRateOut:
    """Let a rate hold in a country from a day on, until the next one begins.

    The rate that held on that day ends there. Posted invoices keep theirs.
    """
    row = await service.add_tax_rate(
        uow,
        country=body.country,
        region=body.region,
        category=body.category,
        name=body.name,
        rate=body.rate,
        valid_from=body.valid_from,
    )
    return TaxRateOut.of(row)


@tax_rates.get("", permission=READ)
async def list_tax_rates(
    page: Annotated[Page, Depends(TAX_RATES)], reads: Reads, on: DayIn | None = None
) -> PageOut[TaxRateOut]:
    """Tax rates by country unless sorted otherwise; `on` asks for those that hold on a day."""
    rates = TAX_RATES.select()
    if on is not None:
        rates = queries.holding(rates, on)
    return PageOut.of(await page.fetch(reads, rates), TaxRateOut.of)


@tax_rates.post(
    "/{rate_id}/end",
    permission=WRITE,
    refusals=(TaxRateNotFound, TaxRateEndsBeforeItBegins, TaxRatesOverlap),
)
async def end_tax_rate(rate_id: UUID, body: TaxRateEndIn, uow: Writes) -> TaxRateOut:
    """End a rate: from `valid_to` on, nothing is invoiced at it.

    Days without any rate of a category are days on which it cannot be invoiced at all.
    """
    row = await service.end_tax_rate(uow, rate_id, valid_to=body.valid_to, reason=body.reason)
    return TaxRateOut.of(row)
