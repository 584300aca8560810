"""Dry runs of price books over HTTP: `/v1/price-books/rehearsals`."""

from cpq.rehearsals import service
from cpq.rehearsals.schemas import RehearsalIn, RehearsalOut
from cpq.rehearsals.service import REHEARSING_REFUSALS
from servicekit.http import Reading, SliceRouter

router = SliceRouter(prefix="/v1/price-books", tags=["pricing"])


@router.query("/rehearsals", permission="cpq.pricing.rehearse", refusals=REHEARSING_REFUSALS)
async def rehearse_price_books(body: RehearsalIn, reading: Reading) -> RehearsalOut:
    """What past quotes would have cost by other versions of price books, and who would pay what.

    Each quote is priced from the record of its own pricing, with its day, currency, customer, list
    prices and rates, twice: by the rules of then, and with the named versions in the place of those
    of the same keys. Nothing is changed by it. Pages of one question fit together as long as no
    quote and no book changes meanwhile.
    """
    return RehearsalOut.of(await service.rehearse(reading, body.question()), body)
