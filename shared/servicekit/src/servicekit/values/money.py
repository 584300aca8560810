"""Amounts of money: a decimal and the currency it is counted in."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Self

from servicekit.values.currencies import MINOR_UNITS
from servicekit.values.decimals import ARITHMETIC, exact, plain, round_to


class UnknownCurrency(ValueError):
    """The code is no ISO 4217 currency that money is counted in."""

    def __init__(self, currency: object) -> None:
        super().__init__(f"{currency!r} is not an ISO 4217 currency code such as EUR")


class CurrencyMismatch(ValueError):
    """Two amounts in different currencies met without an exchange rate."""

    def __init__(self, left: str, right: str) -> None:
        super().__init__(f"{left} and {right} cannot be mixed without an exchange rate")


def minor_units(currency: str) -> int:
    """Return the number of decimal places of a currency by ISO 4217 (EUR 2, JPY 0, KWD 3).

    Raises UnknownCurrency.
    """
    try:
        return MINOR_UNITS[currency]
    except (KeyError, TypeError):
        raise UnknownCurrency(currency) from None


@dataclass(frozen=True, slots=True)
class Money:
    """A signed amount in one ISO 4217 currency, at whatever precision the work needs.

    Arithmetic never rounds to the currency; `round` does, and is called only where the rounding
    policy names it (docs/architecture/money.md). Comparisons and sums across currencies raise
    CurrencyMismatch.
    """

    amount: Decimal
    currency: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "amount", exact(self.amount))
        minor_units(self.currency)

    @classmethod
    def zero(cls, currency: str) -> Self:
        """Return nothing, in a currency."""
        return cls(Decimal(0), currency)

    @property
    def is_zero(self) -> bool:
        return not self.amount

    @property
    def is_negative(self) -> bool:
        return self.amount < 0

    @property
    def is_posted_precision(self) -> bool:
        """Whether the amount needs no more places than the currency has."""
        return self.amount == round_to(self.amount, minor_units(self.currency))

    def round(self) -> Self:
        """Round half away from zero to the currency's minor units."""
        return type(self)(round_to(self.amount, minor_units(self.currency)), self.currency)

    def split(self, weights: Sequence[Decimal | int]) -> list[Self]:
        """Divide into parts proportional to the weights; the parts sum to the whole exactly.

        Parts are at the currency's minor units. The units that proportion leaves over go to the
        largest remainders, the earlier part first among equals. Weights may be zero but not
        negative, and not all zero (ValueError). An amount finer than its minor units raises
        ValueError, because its parts could not sum to it.
        """
        shares = [exact(weight) for weight in weights]
        total = sum(shares, start=Decimal(0))
        if not shares or total <= 0 or min(shares) < 0:
            raise ValueError("weights must be zero or more, and at least one above zero")
        places = minor_units(self.currency)
        units = int(self.amount.scaleb(places, context=ARITHMETIC))
        if Decimal(units).scaleb(-places, context=ARITHMETIC) != self.amount:
            raise ValueError(f"{self} has more than {places} decimal places; round it first")
        # Whole units and whole-number weights keep the division exact; the sign is put back last
        # so that a refund splits like the payment it undoes.
        exponent = min(share.as_tuple().exponent for share in shares)
        assert isinstance(exponent, int)
        whole = [int(share.scaleb(-exponent)) if exponent < 0 else int(share) for share in shares]
        parts, remainders = zip(*(divmod(abs(units) * w, sum(whole)) for w in whole), strict=True)
        granted = _hand_out(list(parts), list(remainders), abs(units) - sum(parts))
        sign = -1 if units < 0 else 1
        return [self._of_units(sign * part, places) for part in granted]

    def _of_units(self, units: int, places: int) -> Self:
        return type(self)(Decimal(units).scaleb(-places, context=ARITHMETIC), self.currency)

    def _same(self, other: "Money") -> None:
        if self.currency != other.currency:
            raise CurrencyMismatch(self.currency, other.currency)

    def __add__(self, other: "Money") -> Self:
        if not isinstance(other, Money):
            return NotImplemented
        self._same(other)
        return type(self)(ARITHMETIC.add(self.amount, other.amount), self.currency)

    def __sub__(self, other: "Money") -> Self:
        if not isinstance(other, Money):
            return NotImplemented
        self._same(other)
        return type(self)(ARITHMETIC.subtract(self.amount, other.amount), self.currency)

    def __neg__(self) -> Self:
        return type(self)(self.amount.copy_negate() if self.amount else self.amount, self.currency)

    def __mul__(self, factor: Decimal | int) -> Self:
        return type(self)(ARITHMETIC.multiply(self.amount, exact(factor)), self.currency)

    __rmul__ = __mul__

    def __lt__(self, other: "Money") -> bool:
        self._same(other)
        return self.amount < other.amount

    def __le__(self, other: "Money") -> bool:
        self._same(other)
        return self.amount <= other.amount

    def __gt__(self, other: "Money") -> bool:
        self._same(other)
        return self.amount > other.amount

    def __ge__(self, other: "Money") -> bool:
        self._same(other)
        return self.amount >= other.amount

    def __str__(self) -> str:
        return f"{plain(self.amount)} {self.currency}"


def round_together(amounts: Sequence[Money], total: Money | None = None) -> list[Money]:
    """Round amounts of one currency so that they sum to their rounded sum.

    `total` is what they shall sum to instead: their sum rounded the other way, where more than
    these amounts is rounded together.

    This is how the lines of a document are shown: each is the exact amount or one minor unit off,
    and together they give the document's net. Leftover units go to the largest remainders, the
    earlier amount first among equals. Raises CurrencyMismatch; an empty list gives an empty list.
    """
    if not amounts:
        return []
    currency = amounts[0].currency
    if total is None:
        total = sum(amounts[1:], start=amounts[0]).round()
    places = minor_units(currency)
    scaled = [money.amount.scaleb(places, context=ARITHMETIC) for money in amounts]
    floors = [math.floor(units) for units in scaled]
    remainders = [
        ARITHMETIC.subtract(units, Decimal(floor))
        for units, floor in zip(scaled, floors, strict=True)
    ]
    leftover = int(total.amount.scaleb(places, context=ARITHMETIC)) - sum(floors)
    granted = _hand_out(floors, remainders, leftover)
    return [
        Money(Decimal(units).scaleb(-places, context=ARITHMETIC), currency) for units in granted
    ]


def _hand_out(parts: list[int], remainders: Sequence[Decimal | int], leftover: int) -> list[int]:
    order = sorted(range(len(parts)), key=lambda index: (-remainders[index], index))
    for index in order[:leftover]:
        parts[index] += 1
    return parts
