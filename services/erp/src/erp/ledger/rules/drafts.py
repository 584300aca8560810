"""Drafts, templates, and when a recurring entry is due."""

from calendar import monthrange
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from erp.ledger.rules.refusals import RecurrenceMakesNoSense
from servicekit.values.decimals import plain


class DraftStatus(StrEnum):
    """What has become of a draft."""

    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


def check_recurrence(first_on: date | None, every_months: int | None, ends_on: date | None) -> None:
    """Raises `RecurrenceMakesNoSense`."""
    if (first_on is None) != (every_months is None):
        raise RecurrenceMakesNoSense("Only one of the two is given.", field="every_months")
    if ends_on is not None and (first_on is None or ends_on < first_on):
        raise RecurrenceMakesNoSense(f"It would end on {ends_on}.", field="ends_on")


def occurrence(first_on: date, every_months: int, number: int) -> date:
    """The day of the occurrence with a number, counted from 0.

    In a month that lacks the day it is the month's last one, and the next month has it again:
    31 January, 28 February, 31 March.
    """
    months = first_on.month - 1 + every_months * number
    year, month = first_on.year + months // 12, months % 12 + 1
    return date(year, month, min(first_on.day, monthrange(year, month)[1]))


Line = Mapping[str, Any]
"""A line as it is kept: account_id, currency, debit, credit, text, base, and its dimensions."""

_AMOUNTS = ("debit", "credit", "base")
_IDS = ("account_id", "customer_id", "item_id")


def kept(lines: Sequence[Line]) -> list[dict[str, Any]]:
    """Lines as JSON keeps them: decimals and ids as text."""
    return [
        {
            name: plain(value)
            if isinstance(value, Decimal)
            else str(value)
            if isinstance(value, UUID)
            else value
            for name, value in line.items()
            if value is not None
        }
        for line in lines
    ]


def unkept(lines: Sequence[Line]) -> list[dict[str, Any]]:
    """Lines as they were before `kept`."""
    return [
        {
            name: Decimal(value) if name in _AMOUNTS else UUID(value) if name in _IDS else value
            for name, value in line.items()
        }
        for line in lines
    ]
