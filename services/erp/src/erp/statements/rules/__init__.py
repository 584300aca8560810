"""Statements from sums of accounts: pure, and equal to the cent."""

from erp.statements.rules.building import part, parts_of, statement
from erp.statements.rules.columns import Step, View, columns_of, day_before, knowing, year_start
from erp.statements.rules.layout import LAYOUTS, LineSpec
from erp.statements.rules.model import (
    AccountFigures,
    Column,
    ColumnSums,
    Span,
    Standing,
    Statement,
    StatementAccount,
    StatementKind,
    StatementLine,
)
from erp.statements.rules.refusals import (
    InstantsAreAmbiguous,
    PeriodIsBackwards,
    StatementIsTooLong,
    StatementLineNotFound,
)

__all__ = [
    "LAYOUTS",
    "AccountFigures",
    "Column",
    "ColumnSums",
    "InstantsAreAmbiguous",
    "LineSpec",
    "PeriodIsBackwards",
    "Span",
    "Standing",
    "Statement",
    "StatementAccount",
    "StatementIsTooLong",
    "StatementKind",
    "StatementLine",
    "StatementLineNotFound",
    "Step",
    "View",
    "columns_of",
    "day_before",
    "knowing",
    "part",
    "parts_of",
    "statement",
    "year_start",
]
