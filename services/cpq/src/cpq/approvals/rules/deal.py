"""A deal as approval rules see it: named numbers and words, of the whole and of each line."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import TypeAlias

Value: TypeAlias = Decimal | str | None
"""None: it is not known. A variable that has no value at all is not among the variables."""


class Variable(StrEnum):
    """What a rule may ask of a deal. Amounts are in the deal's currency, fractions of one."""

    NET = "net"
    GROSS = "gross"
    DISCOUNT_FRACTION = "discount_fraction"
    """Of the whole: 1 - net / what it would cost at list price."""
    LARGEST_MANUAL_DISCOUNT = "largest_manual_discount"
    AGREED_LINES = "agreed_lines"
    """Lines whose price was agreed by hand."""
    MARGIN = "margin"
    MARGIN_FRACTION = "margin_fraction"
    LINE_COUNT = "line_count"
    LONGEST_TERM_MONTHS = "longest_term_months"
    VALIDITY_DAYS = "validity_days"
    CREDIT_VERDICT = "credit_verdict"
    """ok, exceeded, blocked, no-limit or other-currency."""
    CREDIT_HEADROOM_AFTER = "credit_headroom_after"
    OLDEST_FACT_HOURS = "oldest_fact_hours"
    """Age of the oldest fact of another service that the deal rests on."""
    GIVEN_BACK = "given_back"
    """What it gives back of a contract, without tax."""
    CURRENCY = "currency"
    COUNTRY = "country"
    TIER = "tier"
    # Of a line.
    LINE_NET = "line_net"
    LINE_DISCOUNT_FRACTION = "line_discount_fraction"
    LINE_MANUAL_DISCOUNT = "line_manual_discount"
    LINE_MARGIN_FRACTION = "line_margin_fraction"
    LINE_QUANTITY = "line_quantity"
    LINE_TERM_MONTHS = "line_term_months"
    LINE_SKU = "line_sku"
    LINE_CATEGORY = "line_category"
    LINE_STOCK = "line_stock"
    """available, later, short or not-stocked."""

    @property
    def of_line(self) -> bool:
        """Whether it is a line's."""
        return self.value.startswith("line_") and self is not Variable.LINE_COUNT

    @property
    def is_amount(self) -> bool:
        """Whether it is money, so that it means nothing without its currency."""
        return self in _AMOUNTS

    @property
    def is_text(self) -> bool:
        """Whether it is a word."""
        return self in _TEXTS


_AMOUNTS = frozenset(
    {
        Variable.NET, Variable.GROSS, Variable.MARGIN, Variable.CREDIT_HEADROOM_AFTER,
        Variable.LINE_NET, Variable.GIVEN_BACK,
    }
)  # fmt: skip
_TEXTS = frozenset(
    {
        Variable.CREDIT_VERDICT, Variable.CURRENCY, Variable.COUNTRY, Variable.TIER,
        Variable.LINE_SKU, Variable.LINE_CATEGORY, Variable.LINE_STOCK,
    }
)  # fmt: skip


def read_value(variable: Variable, kept: Value) -> Value:
    """A value that was kept as text, as what the variable is."""
    return kept if kept is None or variable.is_text else Decimal(kept)


@dataclass(frozen=True, slots=True)
class DealLine:
    """A line of a deal."""

    key: str
    variables: Mapping[Variable, Value]
    item: str | None = None
    """What it sells."""


@dataclass(frozen=True, slots=True)
class Deal:
    """What is to be approved."""

    currency: str
    variables: Mapping[Variable, Value]
    lines: Sequence[DealLine]
