"""Which quantity break and which tier discount apply: a total order, whatever the data holds."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol
from uuid import UUID

from servicekit.errors import InvalidInput, RuleBroken
from servicekit.values import Period


class RuleOverlapsAnother(RuleBroken):
    """Two price rules with the same conditions may not hold on the same day."""

    code = "price-rule-overlaps"
    title = "Two price rules with the same conditions may not hold on the same day"
    hint = "End the other rule first (PATCH its valid_to), or choose days on which it is over."


class RuleEndsBeforeItBegins(InvalidInput):
    """A rule holds on at least one day, and an end that was set is never put off."""

    code = "price-rule-end-not-possible"
    title = "A price rule ends after it begins, and no later than was said before"
    hint = "Choose a day after valid_from and up to the present valid_to, or add another rule."


@dataclass(frozen=True, slots=True)
class QuantityBreak:
    """All units get the discount once the line's quantity reaches the minimum (a range schedule).

    Applies to one item, to a category, or to everything if neither is named.
    """

    id: UUID
    minimum_quantity: Decimal
    """In the item's unit; inclusive."""
    discount: Decimal
    """A fraction: 0.05 is 5 %."""
    period: Period
    item_id: UUID | None = None
    category: str | None = None

    @property
    def conditions(self) -> tuple[object, ...]:
        """Equal for two breaks that would answer the same question."""
        return (self.item_id, self.category, self.minimum_quantity)

    @property
    def rank(self) -> tuple[object, ...]:
        """The greatest wins: item before category before all, then minimum, then newest.

        The id comes last, so that even data that overlaps has one answer.
        """
        specific = 2 if self.item_id else 1 if self.category else 0
        return (specific, self.minimum_quantity, self.period.start, self.id)


@dataclass(frozen=True, slots=True)
class TierDiscount:
    """Customers of a tier get the discount, on a category or on everything."""

    id: UUID
    tier: str
    discount: Decimal
    """A fraction: 0.05 is 5 %."""
    period: Period
    category: str | None = None

    @property
    def conditions(self) -> tuple[object, ...]:
        """Equal for two discounts that would answer the same question."""
        return (self.tier, self.category)

    @property
    def rank(self) -> tuple[object, ...]:
        """The greatest wins: category before all, then newest, then id."""
        return (1 if self.category else 0, self.period.start, self.id)


class Dated(Protocol):
    """A rule with its conditions and the days on which it holds."""

    @property
    def id(self) -> UUID: ...
    @property
    def period(self) -> Period: ...
    @property
    def conditions(self) -> tuple[object, ...]: ...


def refuse_overlap(new: Dated, others: Sequence[Dated]) -> None:
    """Raise `RuleOverlapsAnother` if a rule with the same conditions shares a day with `new`."""
    for other in others:
        if other.conditions == new.conditions and other.period.overlaps(new.period):
            raise RuleOverlapsAnother(
                f"rule {other.id} has the same conditions and holds from {other.period.start} "
                f"until {other.period.end or 'further notice'}",
                field="valid_from",
                other=str(other.id),
            )
