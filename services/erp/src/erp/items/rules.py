"""The laws of items: units that convert exactly, and prices and costs that hold by date."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Generic, Protocol, TypeVar

from servicekit.errors import InvalidInput, NotFound, RuleBroken
from servicekit.values.decimals import fits_places, plain

QUANTITY_PLACES = 10
"""Digits after the decimal point that a stored quantity has room for."""


class ItemStatus(StrEnum):
    """What may be done with an item."""

    RELEASED = "released"
    DISCONTINUED = "discontinued"


class ItemNotFound(NotFound):
    code = "item-not-found"
    title = "The item must exist"
    hint = "Look it up with GET /v1/items?sku=...; ids are not shared between tenants."


class SkuIsTaken(RuleBroken):
    code = "sku-is-taken"
    title = "A SKU names one item"
    hint = "Use another SKU, or change the item that has it."


class ItemReferenceIsTaken(RuleBroken):
    code = "item-reference-is-taken"
    title = "An external reference names one item"
    hint = "Send each row of the other system once, or give this one a reference of its own."


class ItemIsAlreadyReleased(RuleBroken):
    code = "item-is-already-released"
    title = "Only a discontinued item can be released again"
    hint = "Nothing to do: the item can be ordered."


class ItemIsDiscontinued(RuleBroken):
    code = "item-is-discontinued"
    title = "A discontinued item can no longer be ordered or changed"
    hint = "Release it again first, or choose its successor."


class UnitNotFound(NotFound):
    code = "unit-not-found"
    title = "The unit of measure must exist"
    hint = "GET /v1/units lists them; POST /v1/units adds one."


class UnitIsTaken(RuleBroken):
    code = "unit-is-taken"
    title = "A unit's code names one unit, and its factor never changes"
    hint = "Add a unit under another code."


class UnitsDoNotConvert(RuleBroken):
    code = "units-do-not-convert"
    title = "Only units of one dimension convert into each other"
    hint = "State the quantity in a unit of the item's own dimension."


class QuantityIsNotExact(RuleBroken):
    code = "quantity-is-not-exact"
    title = "A quantity converts exactly or not at all"
    hint = "State the quantity in the item's own unit."


class QuantityIsTooFine(InvalidInput):
    code = "quantity-is-too-fine"
    title = "A quantity has no more decimal places than its unit"
    hint = "Round it to the places of the unit (GET /v1/units), or count the item in a finer unit."


class PeriodIsEmpty(RuleBroken):
    code = "period-is-empty"
    title = "A price or cost ends after it begins"
    hint = "valid_to is the first day on which it no longer holds; leave it out for 'for ever'."


class CostIsInAnotherCurrency(RuleBroken):
    code = "cost-is-in-another-currency"
    title = "A standard cost is in its company's base currency"
    hint = "Convert the cost first; the company's page shows its base currency."


class CostNeedsACompany(RuleBroken):
    code = "cost-needs-a-company"
    title = "A standard cost belongs to a company"
    hint = "Create a company with POST /v1/companies first."


# --- units of measure -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit of measure: `numerator / denominator` base units of its dimension, exactly.

    A quantity that is counted in it has `places` decimal places at most: half an each is nothing.
    """

    code: str
    name: str
    dimension: str
    numerator: int = 1
    denominator: int = 1
    places: int = QUANTITY_PLACES

    @property
    def factor(self) -> Fraction:
        """How many base units of the dimension one of this unit is."""
        return Fraction(self.numerator, self.denominator)


COUNTED = "count"
"""The dimension of things that are counted one by one."""
MEASURED_PLACES = 3
"""Places of what is measured, unless it says otherwise: a kilogram to a gram."""


def usual_places(dimension: str) -> int:
    """The decimal places of a unit that says nothing of them: things are whole."""
    return 0 if dimension == COUNTED else MEASURED_PLACES


def _unit(
    code: str, name: str, dimension: str, factor: str | int | Fraction = 1, places: int = 0
) -> Unit:
    exact = Fraction(factor)
    return Unit(code, name, dimension, exact.numerator, exact.denominator, places)


STANDARD_UNITS: Mapping[str, Unit] = {
    unit.code: unit
    for codes, name, dimension, factor, *places in (
        # The first code is the one of UN/ECE Recommendation 20; the others are what people type.
        # Things and packages are whole; the last number is the places of what is measured.
        ("EA each pcs C62 H87", "Each", "count", 1),
        ("PR pair", "Pair", "count", 2),
        ("DZN dozen", "Dozen", "count", 12),
        ("GRO gross", "Gross", "count", 144),
        # A box holds what it holds: packages convert into nothing but themselves.
        ("BX box", "Box", "box", 1),
        ("CS case", "Case", "case", 1),
        ("PK PAC pack", "Pack", "pack", 1),
        ("SET set", "Set", "set", 1),
        ("BO bottle", "Bottle", "bottle", 1),
        ("RO roll", "Roll", "roll", 1),
        ("GRM g", "Gram", "mass", "1/1000", 3),
        ("KGM kg", "Kilogram", "mass", 1, 3),
        ("TNE t", "Tonne", "mass", 1000, 3),
        # The international avoirdupois pound is 0.45359237 kg by definition (1959).
        ("LBR lb", "Pound", "mass", "0.45359237", 3),
        ("ONZ oz", "Ounce", "mass", Fraction("0.45359237") / 16, 3),
        ("MMT mm", "Millimetre", "length", "1/1000", 3),
        ("CMT cm", "Centimetre", "length", "1/100", 3),
        ("MTR m", "Metre", "length", 1, 3),
        # The international inch is 25.4 mm by definition (1959).
        ("INH in", "Inch", "length", "0.0254", 3),
        ("FOT ft", "Foot", "length", "0.3048", 3),
        ("MTK m2", "Square metre", "area", 1, 3),
        ("MLT ml", "Millilitre", "volume", "1/1000", 3),
        ("LTR l", "Litre", "volume", 1, 3),
        ("MTQ m3", "Cubic metre", "volume", 1000, 3),
        ("MIN min", "Minute", "time", "1/60", 2),
        ("HUR h", "Hour", "time", 1, 2),
        ("DAY day", "Day", "working-day", 1, 2),
    )
    for code in codes.split()
    for unit in [_unit(code, name, dimension, factor, *places)]
}
"""Units every tenant has. A working day is no 24 hours, so it converts into no hours."""


def conversion(from_unit: Unit, to_unit: Unit) -> Fraction:
    """How many `to_unit` one `from_unit` is, exactly; raises `UnitsDoNotConvert`."""
    if from_unit.dimension != to_unit.dimension:
        raise UnitsDoNotConvert(
            f"{from_unit.code} measures {from_unit.dimension}, "
            f"{to_unit.code} measures {to_unit.dimension}.",
            field="unit",
        )
    return from_unit.factor / to_unit.factor


def convert(quantity: Decimal, from_unit: Unit, to_unit: Unit) -> Decimal:
    """`quantity` of `from_unit` in `to_unit`, exactly.

    Raises `UnitsDoNotConvert`, or `QuantityIsNotExact` if the result has no finite decimal of
    at most ten places: a third of a kilogram is not a decimal, and nobody may round goods away.
    """
    exact = Fraction(quantity) * conversion(from_unit, to_unit)
    scaled = exact * 10**QUANTITY_PLACES
    if scaled.denominator != 1:
        raise QuantityIsNotExact(
            f"{quantity} {from_unit.code} is no exact number of {to_unit.code}.", field="quantity"
        )
    return _decimal(scaled.numerator)


def _decimal(scaled: int) -> Decimal:
    """An integer of 10^-10 units as a canonical decimal: no exponent, no trailing zeros."""
    sign, digits = int(scaled < 0), tuple(int(digit) for digit in str(abs(scaled)))
    whole = Decimal((sign, digits, -QUANTITY_PLACES)).normalize()
    _, _, exponent = whole.as_tuple()
    return whole.quantize(Decimal(1)) if isinstance(exponent, int) and exponent > 0 else whole


def check_places(quantity: Decimal, places: int, *, unit: str, field: str) -> None:
    """Raise `QuantityIsTooFine` if a quantity has more decimal places than its unit.

    `field` names the quantity in the request.
    """
    if not fits_places(quantity, places):
        raise QuantityIsTooFine(
            f"{plain(quantity)} {unit} has more than {places} decimal places.", field=field
        )


# --- prices and costs by date ---------------------------------------------------------------


class Dated(Protocol):
    """Anything that holds from a day on, perhaps to a day."""

    @property
    def valid_from(self) -> date: ...
    @property
    def valid_to(self) -> date | None: ...


D = TypeVar("D", bound=Dated)


@dataclass(frozen=True, slots=True)
class Effective(Generic[D]):
    """A dated row and the half-open days on which it really holds."""

    row: D
    valid_from: date
    valid_to: date | None


def check_period(valid_from: date, valid_to: date | None) -> None:
    """Raise `PeriodIsEmpty` unless the half-open period has at least one day."""
    if valid_to is not None and valid_to <= valid_from:
        raise PeriodIsEmpty(
            f"It would begin on {valid_from} and end before {valid_to}.", field="valid_to"
        )


def effective_periods(rows: Iterable[D]) -> list[Effective[D]]:
    """Resolve overlaps of one price or cost series: the row that begins later wins.

    A new price needs no edit of the old one: the old one ends where the new one begins, and is
    not revived when the new one ends. Rows must have distinct `valid_from`.
    """
    ordered = sorted(rows, key=lambda row: row.valid_from)
    periods = list[Effective[D]]()
    for row, following in zip(ordered, [*ordered, None][1:], strict=True):
        ends = [end for end in (row.valid_to, following and following.valid_from) if end]
        periods.append(Effective(row, row.valid_from, min(ends, default=None)))
    return periods


def holding_on(rows: Sequence[D], on: date) -> D | None:
    """The row of one price or cost series that holds on a day, or none."""
    begun = [row for row in rows if row.valid_from <= on]
    if not begun:
        return None
    last = max(begun, key=lambda row: row.valid_from)
    return last if last.valid_to is None or on < last.valid_to else None
