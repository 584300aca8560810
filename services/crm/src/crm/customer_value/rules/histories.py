"""From payments to purchase histories: days into weeks, amounts of one day into one purchase."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

import numpy as np

from crm.customer_value.rules.buying import Histories

DAYS_A_WEEK = 7


@dataclass(frozen=True, slots=True)
class Purchase:
    """What a customer paid on a day, in one currency."""

    customer_id: UUID
    day: date
    amount: Decimal


@dataclass(frozen=True, slots=True)
class CustomerHistory:
    """Purchases of a customer up to a day: repeats, days to the last one, days since the first.

    `mean_repeat` is the mean of the repeated purchases, exact; zero without one.
    """

    customer_id: UUID
    repeats: int
    last_days: int
    known_days: int
    mean_repeat: Decimal


def histories_of(purchases: Iterable[Purchase], until: date) -> list[CustomerHistory]:
    """The histories up to a day, that day included; `purchases` by customer and day, ascending.

    Several purchases of one day count as one: a customer who pays two bills came once.
    """
    found: list[CustomerHistory] = []
    days: list[tuple[date, Decimal]] = []
    customer: UUID | None = None
    for purchase in purchases:
        if purchase.day > until:
            continue
        if purchase.customer_id != customer:
            _close(found, customer, days, until)
            customer, days = purchase.customer_id, []
        if days and days[-1][0] == purchase.day:
            days[-1] = (purchase.day, days[-1][1] + purchase.amount)
        else:
            days.append((purchase.day, purchase.amount))
    _close(found, customer, days, until)
    return found


def _close(
    found: list[CustomerHistory],
    customer: UUID | None,
    days: Sequence[tuple[date, Decimal]],
    until: date,
) -> None:
    if customer is None or not days:
        return
    repeats = len(days) - 1
    total = sum((amount for _, amount in days[1:]), start=Decimal(0))
    found.append(
        CustomerHistory(
            customer,
            repeats,
            (days[-1][0] - days[0][0]).days,
            (until - days[0][0]).days,
            total / repeats if repeats else Decimal(0),
        )
    )


def in_weeks(histories: Sequence[CustomerHistory]) -> Histories:
    """The histories as the model takes them."""
    return Histories(
        np.array([each.repeats for each in histories], dtype=float),
        np.array([each.last_days for each in histories], dtype=float) / DAYS_A_WEEK,
        np.array([each.known_days for each in histories], dtype=float) / DAYS_A_WEEK,
    )


def means_of(histories: Sequence[CustomerHistory]) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """The means of repeated purchases, for the model of spending."""
    return np.array([float(each.mean_repeat) for each in histories])
