"""Recording exchange rates."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy.dialects.postgresql import insert

from erp.exchange_rates.models import Rate
from servicekit.uow import UnitOfWork


@dataclass(frozen=True, slots=True)
class RateInput:
    """One unit of `base` is `rate` units of `quote` on a day, says `source`."""

    source: str
    base: str
    quote: str
    rate_on: date
    rate: Decimal


async def record_rates(uow: UnitOfWork, rates: Sequence[RateInput]) -> int:
    """Record rates beside those that are there; the newest of a day counts from now on."""
    if not rates:
        return 0
    await uow.session.execute(
        insert(Rate),
        [
            {
                "tenant": uow.tenant,
                "id": uow.new_id(),
                "source": each.source,
                "base": each.base,
                "quote": each.quote,
                "rate_on": each.rate_on,
                "rate": each.rate,
                "recorded_at": uow.now,
            }
            for each in rates
        ],
    )
    uow.audit("exchange_rates.recorded", "tenant", uow.tenant, {"rates": len(rates)})
    return len(rates)
