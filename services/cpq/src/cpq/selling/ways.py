"""How an item is sold."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from cpq.selling.calendar import TermUnit


class SellingKind(StrEnum):
    """Whether a price is due once, over a term, for ever, or by what was used."""

    ONE_OFF = "one-off"
    TERMED = "termed"
    EVERGREEN = "evergreen"
    USAGE = "usage"


@dataclass(frozen=True, slots=True)
class SellingModel:
    """A way to sell: of a termed or evergreen one, the price is for `count` units of time."""

    key: str
    kind: SellingKind
    unit: TermUnit | None = None
    count: int = 1

    @property
    def months(self) -> int:
        """The months that one price is for; nothing for what is due once or by use."""
        return 0 if self.unit is None else self.unit.months * self.count
