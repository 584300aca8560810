"""How old open items are, customers' and suppliers' alike."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

AGEING_BOUNDS = (0, 30, 60, 90, 120)
AGEING_BUCKETS = ("current", "1-30", "31-60", "61-90", "91-120", "over-120")
"""Days past due."""
ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class AgedPart:
    """What was open on a day of a party's items of one side, currency and due date; above zero.

    The party is a customer's account or a supplier; `due_on` is None for what settles.
    """

    party_id: UUID
    currency: str
    side: str
    due_on: date | None
    open: Decimal


@dataclass(frozen=True, slots=True)
class Aged:
    """What was open for a party in a currency; `unapplied` settles nothing yet.

    `total` = sum of the buckets less `unapplied`.
    """

    buckets: Mapping[str, Decimal]
    unapplied: Decimal

    @property
    def total(self) -> Decimal:
        """What is owed in all."""
        return sum(self.buckets.values(), start=ZERO) - self.unapplied


def ageing_bucket(due_on: date, as_of: date) -> str:
    """The bucket of an open item by the days since its due date."""
    late = (as_of - due_on).days
    for bound, bucket in zip(AGEING_BOUNDS, AGEING_BUCKETS, strict=False):
        if late <= bound:
            return bucket
    return AGEING_BUCKETS[-1]


def aged(
    parts: Iterable[AgedPart], as_of: date, owed: str
) -> tuple[dict[tuple[UUID, str], Aged], dict[str, Decimal]]:
    """The parts by party and currency, and their totals by currency.

    `owed` is the side of what is owed, debit for customers and credit for suppliers; the other
    side is unapplied.
    """
    buckets: dict[tuple[UUID, str], dict[str, Decimal]] = {}
    unapplied: dict[tuple[UUID, str], Decimal] = {}
    totals: dict[str, Decimal] = {}
    for part in parts:
        key = part.party_id, part.currency
        into = buckets.setdefault(key, dict.fromkeys(AGEING_BUCKETS, ZERO))
        is_owed = part.side == owed
        if is_owed:
            into[ageing_bucket(part.due_on or as_of, as_of)] += part.open
        else:
            unapplied[key] = unapplied.get(key, ZERO) + part.open
        totals[part.currency] = totals.get(part.currency, ZERO) + (
            part.open if is_owed else -part.open
        )
    found = {key: Aged(into, unapplied.get(key, ZERO)) for key, into in buckets.items()}
    return found, totals
