"""The HTTP door of exchange rates."""

from typing import Annotated

from fastapi import Depends

from erp.exchange_rates import service
from erp.exchange_rates.models import Rate
from erp.exchange_rates.schemas import (
    ExchangeRateOut,
    ExchangeRatesIn,
    ExchangeRatesRecordedOut,
)
from servicekit.http.paging import Listing, Page, PageOut
from servicekit.http.router import SliceRouter
from servicekit.http.supplied import Reads, Writes

READ, WRITE = "erp.exchange_rates.read", "erp.exchange_rates.write"

exchange_rates = SliceRouter(prefix="/v1/exchange-rates", tags=["exchange-rates"])
routers = (exchange_rates,)

RATES = Listing(
    Rate,
    sorts={"rate_on": Rate.rate_on, "recorded_at": Rate.recorded_at},
    filters={
        "source": Rate.source,
        "base": Rate.base,
        "quote": Rate.quote,
        "rate_on": Rate.rate_on,
    },
    default_sort="-rate_on",
)


@exchange_rates.post("", permission=WRITE, status_code=201)
async def record_rates(body: ExchangeRatesIn, uow: Writes) -> ExchangeRatesRecordedOut:
    """Record rates; what was recorded before stays readable, the newest of a day counts."""
    recorded = await service.record_rates(uow, [rate.rate_input() for rate in body.rates])
    return ExchangeRatesRecordedOut(recorded=recorded)


@exchange_rates.get("", permission=READ)
async def list_rates(
    page: Annotated[Page, Depends(RATES)], reads: Reads
) -> PageOut[ExchangeRateOut]:
    """Recorded rates, the latest day first unless sorted otherwise."""
    return PageOut.of(await page.fetch(reads, RATES.select()), ExchangeRateOut.of)
