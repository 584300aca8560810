"""What the doors of exchange rates take and give."""

import base64
import binascii
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field, StringConstraints, model_validator

from erp.exchange_rates.models import PolicyRow, Rate
from erp.exchange_rates.queries import Conversion
from erp.exchange_rates.rules import (
    LARGEST_FILE,
    History,
    Leg,
    Policy,
    RateFileIsUnreadable,
)
from erp.exchange_rates.service import RateInput, Recording
from servicekit.http.schemas import (
    AmountOut,
    Code,
    CurrencyCode,
    DayIn,
    DecimalText,
    In,
    Out,
)
from servicekit.values.decimals import round_half_away

LARGEST_IMPORT = LARGEST_FILE * 4 // 3 + 10_000
"""Bytes of a request that carries a file."""
RateIn = Annotated[Decimal, DecimalText(whole=12, places=12, positive=True)]
_SHOWN_PLACES = 12


class ExchangeRateIn(In):
    """One unit of `base` is `rate` units of `quote` on a day."""

    source: Code = "manual"
    """Who says so. A request that leaves it out means manual."""
    base: CurrencyCode
    """The currency of which one unit is meant (ISO 4217)."""
    quote: CurrencyCode
    """The currency that `rate` counts in (ISO 4217)."""
    rate_on: DayIn
    """The day of the rate."""
    rate: RateIn
    """Units of `quote` for one unit of `base`, above zero."""

    @model_validator(mode="after")
    def _two_currencies(self) -> Self:
        if self.base == self.quote:
            raise ValueError("a rate is between two currencies")
        return self

    def rate_input(self) -> RateInput:
        """What the use case works with."""
        return RateInput(self.source, self.base, self.quote, self.rate_on, self.rate)


class ExchangeRatesIn(In):
    """Rates to be recorded together, each source, pair and day once."""

    rates: Annotated[list[ExchangeRateIn], Field(min_length=1, max_length=5_000)]
    """The rates."""

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        seen = {(each.source, each.base, each.quote, each.rate_on) for each in self.rates}
        if len(seen) < len(self.rates):
            raise ValueError("a source, pair and day is there twice")
        return self


class ExchangeRatesRecordedOut(Out):
    """What was new, and what was known."""

    recorded: int
    """How many rates were new."""
    corrected: int
    """How many differ from what was known; the old value stays readable."""
    unchanged: int
    """How many were known as they are, and were not recorded again."""

    @classmethod
    def of(cls, recording: Recording) -> Self:
        """Render an outcome."""
        return cls.model_validate(recording)


class ExchangeRateOut(Out):
    """A recorded rate; of several of a source, pair and day the newest counts."""

    id: UUID
    """The recording."""
    source: str
    """Who says so."""
    base: str
    """The currency of which one unit is meant (ISO 4217)."""
    quote: str
    """The currency that `rate` counts in (ISO 4217)."""
    rate_on: date
    """The day of the rate."""
    rate: AmountOut
    """Units of `quote` for one unit of `base`."""
    recorded_at: datetime
    """The instant from which on it was known (UTC)."""

    @classmethod
    def of(cls, row: Rate) -> Self:
        """Render a rate."""
        return cls.model_validate(row)


class ExchangeRateImportIn(In):
    """A file of reference rates of the European Central Bank."""

    source: Code = "ecb"
    """Under which name the rates are recorded. A request that leaves it out means ecb."""
    content: Annotated[str, StringConstraints(min_length=4, max_length=LARGEST_IMPORT)]
    """The ZIP or CSV file in base64 (RFC 4648, section 4)."""
    dry_run: bool = False
    """True: say what would be recorded, and record nothing."""

    def file(self) -> bytes:
        """The file; raises `RateFileIsUnreadable`."""
        try:
            return base64.b64decode(self.content, validate=True)
        except (binascii.Error, ValueError) as error:
            raise RateFileIsUnreadable("The content is not base64.") from error


class ExchangeRateImportOut(ExchangeRatesRecordedOut):
    """What a file says, and what of it was new."""

    dry_run: bool
    """True: nothing was recorded."""
    base: str
    """The currency that the file quotes against (ISO 4217)."""
    days: int
    """How many days the file has."""
    first_on: date | None
    """The first day with a rate; null: there is none."""
    last_on: date | None
    """The last day with a rate; null: there is none."""
    missing: int
    """How many cells have no rate, in currencies that were read."""
    left_out: list[str]
    """Columns that were not read: no money is counted in these currencies any more."""

    @classmethod
    def of_import(cls, history: History, recording: Recording, *, dry_run: bool) -> Self:
        """Render what became of a file."""
        days = [each.rate_on for each in history.rates]
        return cls(
            recorded=recording.recorded,
            corrected=recording.corrected,
            unchanged=recording.unchanged,
            dry_run=dry_run,
            base=history.base,
            days=history.days,
            first_on=min(days, default=None),
            last_on=max(days, default=None),
            missing=history.missing,
            left_out=list(history.left_out),
        )


class ConversionStepOut(Out):
    """A recorded rate on the way from one currency to the other."""

    base: str
    """The currency of which one unit is meant (ISO 4217)."""
    quote: str
    """The currency that `rate` counts in (ISO 4217)."""
    rate: AmountOut
    """Units of `quote` for one unit of `base`, as recorded."""
    rate_on: date
    """The day of the rate: before the one asked for where that has none."""
    source: str
    """Who says so."""
    inverted: bool
    """True: one divides by it."""

    @classmethod
    def of(cls, leg: Leg) -> Self:
        """Render a step."""
        rate = leg.recorded
        return cls(
            base=rate.base,
            quote=rate.quote,
            rate=rate.rate,
            rate_on=rate.rate_on,
            source=rate.source,
            inverted=leg.inverted,
        )


class ConversionOut(Out):
    """An amount in another currency at the rate of a day."""

    amount: AmountOut
    """In `currency`, rounded once, half away from zero, to its minor units."""
    currency: str
    """The currency asked for (ISO 4217)."""
    rate: AmountOut
    """Units of `currency` for one of the currency given, shown at twelve decimals.

    The amount is worked out with the exact fraction.
    """
    steps: list[ConversionStepOut]
    """The recorded rates it comes from: none, one, or two over a third currency."""

    @classmethod
    def of(cls, into: str, found: Conversion) -> Self:
        """Render a conversion."""
        return cls(
            amount=found.amount,
            currency=into,
            rate=round_half_away(found.rate, _SHOWN_PLACES),
            steps=[ConversionStepOut.of(leg) for leg in found.legs],
        )


class ExchangeRatePolicyIn(In):
    """Which rates count for a company from now on."""

    sources: Annotated[list[Code], Field(max_length=10)]
    """The sources that count, the first of a day before the others; none: all of them."""
    most_days_old: Annotated[int, Field(ge=0, le=31)]
    """How many days old the last known rate may be on a day that has none; 0: none."""
    inverts: bool
    """Whether the rate of the other direction serves as well, as one divided by it."""

    def policy(self) -> Policy:
        """What the use case works with."""
        return Policy(tuple(self.sources), self.most_days_old, self.inverts)


class ExchangeRatePolicyOut(Out):
    """Which rates count for a company."""

    company_id: UUID
    sources: list[str]
    """The sources that count, the first of a day before the others; none: all of them."""
    most_days_old: int
    """How many days old the last known rate may be on a day that has none; 0: none."""
    inverts: bool
    """Whether the rate of the other direction serves as well, as one divided by it."""
    version: int

    @classmethod
    def of(cls, row: PolicyRow) -> Self:
        """Render a policy."""
        return cls.model_validate(row)
