"""What the door of exchange rates takes and gives."""

from datetime import date, datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field, model_validator

from erp.exchange_rates.models import Rate
from erp.exchange_rates.service import RateInput
from servicekit.http.schemas import (
    AmountOut,
    Code,
    CurrencyCode,
    DayIn,
    In,
    Out,
    PositiveAmountIn,
)


class ExchangeRateIn(In):
    """One unit of `base` is `rate` units of `quote` on a day."""

    source: Code = "manual"
    base: CurrencyCode
    """The currency that one unit is taken of, ISO 4217."""
    quote: CurrencyCode
    rate_on: DayIn
    rate: PositiveAmountIn
    """Units of `quote` for one unit of `base`."""

    @model_validator(mode="after")
    def _two_currencies(self) -> Self:
        if self.base == self.quote:
            raise ValueError("a rate is between two currencies")
        return self

    def rate_input(self) -> RateInput:
        """What the use case works with."""
        return RateInput(self.source, self.base, self.quote, self.rate_on, self.rate)


class ExchangeRatesIn(In):
    """Rates to be recorded together."""

    rates: Annotated[list[ExchangeRateIn], Field(min_length=1, max_length=5_000)]


class ExchangeRatesRecordedOut(Out):
    """How many rates were recorded."""

    recorded: int


class ExchangeRateOut(Out):
    """A recorded rate; of several of a day the newest counts."""

    id: UUID
    source: str
    base: str
    """The currency that one unit is taken of, ISO 4217."""
    quote: str
    rate_on: date
    rate: AmountOut
    """Units of `quote` for one unit of `base`."""
    recorded_at: datetime

    @classmethod
    def of(cls, row: Rate) -> Self:
        """Render a rate."""
        return cls.model_validate(row)
