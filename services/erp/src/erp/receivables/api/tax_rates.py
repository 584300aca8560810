"""Tax rates by country, category and day."""

from typing import Annotated

from fastapi import Depends

from erp.receivables import service
from erp.receivables.models import TaxRate
from erp.receivables.rules import TaxRateExistsAlready
from erp.receivables.schemas import TaxRateIn, TaxRateOut
from servicekit.http.filters import prefixed
from servicekit.http.paging import Listing, Page, PageOut
from servicekit.http.router import SliceRouter
from servicekit.http.supplied import Reads, Writes

READ, WRITE = "erp.receivables.read", "erp.receivables.write"

tax_rates = SliceRouter(prefix="/v1/tax-rates", tags=["receivables"])

TAX_RATES = Listing(
    TaxRate,
    sorts={"country": TaxRate.country, "valid_from": TaxRate.valid_from},
    filters={
        "country": TaxRate.country,
        "category": prefixed(TaxRate.category),
        "valid_from": TaxRate.valid_from,
    },
    default_sort="country",
)


@tax_rates.post("", permission=WRITE, status_code=201, refusals=(TaxRateExistsAlready,))
async def add_tax_rate(body: TaxRateIn, uow: Writes) -> TaxRateOut:
    """Let a rate hold in a country from a day on. Posted invoices keep theirs."""
    row = await service.add_tax_rate(
        uow,
        country=body.country,
        category=body.category,
        name=body.name,
        rate=body.rate,
        valid_from=body.valid_from,
    )
    return TaxRateOut.of(row)


@tax_rates.get("", permission=READ)
async def list_tax_rates(
    page: Annotated[Page, Depends(TAX_RATES)], reads: Reads
) -> PageOut[TaxRateOut]:
    """Tax rates by country unless sorted otherwise."""
    return PageOut.of(await page.fetch(reads, TAX_RATES.select()), TaxRateOut.of)
