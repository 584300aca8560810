"""How items are sold: selling models, and the ways in which an item is sold."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum

from cpq.selling.calendar import TermUnit
from cpq.selling.proration import Proration


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


@dataclass(frozen=True, slots=True)
class Way:
    """A way in which an item is sold."""

    model: SellingModel
    default: bool
    proration: Proration
    """What a part of a period counts for."""


def chosen_way(ways: Sequence[Way], kinds: Collection[SellingKind]) -> Way | None:
    """The way that an item is sold in where nobody names one; None: nothing says.

    It is the default, if it is of one of the kinds, or else the only one that is.
    """
    fitting = [way for way in ways if way.model.kind in kinds]
    for way in fitting:
        if way.default:
            return way
    return fitting[0] if len(fitting) == 1 else None
