"""Quantities of goods and work: a decimal and the unit it is measured in."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Self

from servicekit.values.decimals import ARITHMETIC, exact, plain


class UnitMismatch(ValueError):
    """Two quantities in different units met without a conversion."""

    def __init__(self, left: str, right: str) -> None:
        super().__init__(f"{left} and {right} cannot be mixed without a conversion")


@dataclass(frozen=True, slots=True)
class Quantity:
    """A signed amount in one unit of measure; arithmetic across units raises UnitMismatch."""

    amount: Decimal
    unit: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "amount", exact(self.amount))
        if not self.unit:
            raise ValueError("a quantity needs a unit of measure")

    @classmethod
    def zero(cls, unit: str) -> Self:
        """Return nothing, in a unit."""
        return cls(Decimal(0), unit)

    @property
    def is_zero(self) -> bool:
        return not self.amount

    @property
    def is_negative(self) -> bool:
        return self.amount < 0

    def _same(self, other: "Quantity") -> None:
        if self.unit != other.unit:
            raise UnitMismatch(self.unit, other.unit)

    def __add__(self, other: "Quantity") -> Self:
        if not isinstance(other, Quantity):
            return NotImplemented
        self._same(other)
        return type(self)(ARITHMETIC.add(self.amount, other.amount), self.unit)

    def __sub__(self, other: "Quantity") -> Self:
        if not isinstance(other, Quantity):
            return NotImplemented
        self._same(other)
        return type(self)(ARITHMETIC.subtract(self.amount, other.amount), self.unit)

    def __neg__(self) -> Self:
        return type(self)(self.amount.copy_negate() if self.amount else self.amount, self.unit)

    def __mul__(self, factor: Decimal | int) -> Self:
        return type(self)(ARITHMETIC.multiply(self.amount, exact(factor)), self.unit)

    __rmul__ = __mul__

    def __lt__(self, other: "Quantity") -> bool:
        self._same(other)
        return self.amount < other.amount

    def __le__(self, other: "Quantity") -> bool:
        self._same(other)
        return self.amount <= other.amount

    def __gt__(self, other: "Quantity") -> bool:
        self._same(other)
        return self.amount > other.amount

    def __ge__(self, other: "Quantity") -> bool:
        self._same(other)
        return self.amount >= other.amount

    def __str__(self) -> str:
        return f"{plain(self.amount)} {self.unit}"
