"""The decimal arithmetic that every amount, quantity and rate goes through."""

from decimal import ROUND_HALF_UP, Context, Decimal, DivisionByZero, InvalidOperation, Overflow
from fractions import Fraction

# Thirty-eight digits hold the product of any two NUMERIC(24,10) values that make business sense.
# The interpreter's own context has 28 and would quietly drop the tail of a large sum.
# ROUND_HALF_UP is the decimal module's name for "half away from zero".
ARITHMETIC = Context(
    prec=38, rounding=ROUND_HALF_UP, traps=[InvalidOperation, DivisionByZero, Overflow]
)


_EXPONENTS = tuple(Decimal(1).scaleb(-places) for places in range(39))


def exact(value: object) -> Decimal:
    """Return a finite decimal, or raise.

    Integers are exact and pass. Floats and booleans raise TypeError, since a float has lost the
    digits the user typed; strings raise too, because parsing belongs to the edge. NaN and
    infinities raise ValueError.
    """
    if isinstance(value, bool) or not isinstance(value, (Decimal, int)):
        raise TypeError(f"a Decimal is needed, not {type(value).__name__} {value!r}")
    number = value if isinstance(value, Decimal) else Decimal(value)
    if not number.is_finite():
        raise ValueError(f"{number} is not a finite number")
    return number


def round_to(value: Decimal, places: int) -> Decimal:
    """Round half away from zero to a number of decimal places (0 or more).

    Raises decimal.InvalidOperation when the result needs more than 38 digits.
    """
    return value.quantize(_EXPONENTS[places], context=ARITHMETIC)


def fits_places(value: Decimal, places: int) -> bool:
    """Tell whether a decimal needs no more than a number of decimal places; zeros do not count."""
    _, _, fraction = plain(value).partition(".")
    return len(fraction) <= places


def plain(value: Decimal) -> str:
    """Write a decimal the one canonical way: no exponent, no trailing zeros, no negative zero.

    `1.500` and `1.5` are the same quantity and must give the same bytes on the wire.
    """
    text = format(value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in {"-0", ""} else text


def round_half_away(value: Fraction, places: int) -> Decimal:
    """An exact number at `places` decimals; halves go away from zero."""
    units = abs(value) * 10**places
    whole = (2 * units.numerator + units.denominator) // (2 * units.denominator)
    return Decimal(whole if value >= 0 else -whole).scaleb(-places, context=ARITHMETIC)
