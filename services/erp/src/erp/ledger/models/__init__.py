"""The tables of the books. Triggers and functions stand in migrations 0002 and 0018."""

from erp.ledger.models.books import (
    Account,
    Balance,
    Company,
    DailyBalance,
    Dimension,
    Entry,
    EntryNumber,
    Line,
    Lock,
    LockChange,
    LockExceptionRow,
    NumberSeries,
    Rolled,
)
from erp.ledger.models.journal import Draft, Occurrence, Template

__all__ = [
    "Account",
    "Balance",
    "Company",
    "DailyBalance",
    "Dimension",
    "Draft",
    "Entry",
    "EntryNumber",
    "Line",
    "Lock",
    "LockChange",
    "LockExceptionRow",
    "NumberSeries",
    "Occurrence",
    "Rolled",
    "Template",
]
