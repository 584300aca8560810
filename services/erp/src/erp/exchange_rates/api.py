"""The HTTP doors of exchange rates."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Depends

from erp.exchange_rates import queries, service
from erp.exchange_rates.models import PolicyRow, Rate
from erp.exchange_rates.rules import (
    ExchangeRateIsMissing,
    ExchangeRatePolicyNotFound,
    RateFileIsUnreadable,
)
from erp.exchange_rates.schemas import (
    LARGEST_IMPORT,
    ConversionOut,
    ExchangeRateImportIn,
    ExchangeRateImportOut,
    ExchangeRateOut,
    ExchangeRatePolicyIn,
    ExchangeRatePolicyOut,
    ExchangeRatesIn,
    ExchangeRatesRecordedOut,
)
from servicekit.http.paging import Listing, Page, PageOut
from servicekit.http.router import SliceRouter
from servicekit.http.schemas import CurrencyCode, DayIn, InstantIn, SignedAmountIn
from servicekit.http.supplied import IfMatch, Reads, Writes

READ, WRITE = "erp.exchange_rates.read", "erp.exchange_rates.write"

exchange_rates = SliceRouter(prefix="/v1/exchange-rates", tags=["exchange-rates"])
imports = SliceRouter(prefix="/v1/exchange-rate-imports", tags=["exchange-rates"])
policies = SliceRouter(prefix="/v1/exchange-rate-policies", tags=["exchange-rates"])
routers = (exchange_rates, imports, policies)

RATES = Listing(
    Rate,
    sorts={"rate_on": Rate.rate_on, "recorded_at": Rate.recorded_at},
    filters={
        "source": Rate.source,
        "base": Rate.base,
        "quote": Rate.quote,
        "rate_on": Rate.rate_on,
        "recorded_at": Rate.recorded_at,
    },
    default_sort="-rate_on",
)


@exchange_rates.post("", permission=WRITE, status_code=201)
async def record_rates(body: ExchangeRatesIn, uow: Writes) -> ExchangeRatesRecordedOut:
    """Record rates; what was recorded before stays readable, the newest of a day counts."""
    return ExchangeRatesRecordedOut.of(
        await service.record_rates(uow, [rate.rate_input() for rate in body.rates])
    )


@exchange_rates.get("", permission=READ)
async def list_rates(
    page: Annotated[Page, Depends(RATES)], reads: Reads
) -> PageOut[ExchangeRateOut]:
    """Recorded rates, corrected ones included, the latest day first unless sorted otherwise."""
    return PageOut.of(await page.fetch(reads, RATES.select()), ExchangeRateOut.of)


@exchange_rates.get("/convert", permission=READ, refusals=(ExchangeRateIsMissing,))
async def convert(
    reads: Reads,
    amount: SignedAmountIn,
    currency: CurrencyCode,
    into: CurrencyCode,
    on: DayIn | None = None,
    company_id: UUID | None = None,
    known_at: InstantIn | None = None,
) -> ConversionOut:
    """An amount in another currency at the rate of a day, today (UTC) unless given.

    By the policy of the company, where one is named; with `known_at` by what had been recorded
    until then. Changes nothing.
    """
    instant: datetime | None = known_at
    found = await queries.conversion(
        reads.session, company_id, amount, currency, into, on or reads.now.date(), instant
    )
    return ConversionOut.of(into, found)


@imports.post(
    "",
    permission=WRITE,
    status_code=201,
    max_body_bytes=LARGEST_IMPORT + 1_000,
    refusals=(RateFileIsUnreadable,),
)
async def import_exchange_rates(body: ExchangeRateImportIn, uow: Writes) -> ExchangeRateImportOut:
    """Record a history of the European Central Bank; the same file again records nothing."""
    history, recording = await service.import_history(
        uow, body.source, body.file(), dry_run=body.dry_run
    )
    return ExchangeRateImportOut.of_import(history, recording, dry_run=body.dry_run)


@policies.get("/{company_id}", permission=READ, refusals=(ExchangeRatePolicyNotFound,))
async def get_exchange_rate_policy(company_id: UUID, reads: Reads) -> ExchangeRatePolicyOut:
    """Which rates count for a company, and how old one may be."""
    return ExchangeRatePolicyOut.of(await reads.get(PolicyRow, company_id))


@policies.put("/{company_id}", permission=WRITE, refusals=(ExchangeRatePolicyNotFound,))
async def change_exchange_rate_policy(
    company_id: UUID, body: ExchangeRatePolicyIn, expected: IfMatch, uow: Writes
) -> ExchangeRatePolicyOut:
    """Say which rates count from now on; what is booked stays as it is."""
    return ExchangeRatePolicyOut.of(
        await service.change_policy(uow, company_id, expected=expected, policy=body.policy())
    )
