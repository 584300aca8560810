"""Statements as files: tables for spreadsheets, and a document to be printed."""

from erp.statements.service.printing import PRINTING_REFUSALS, pdf_of
from erp.statements.service.tables import (
    Table,
    csv_of,
    table_of_statement,
    table_of_trial_balance,
    xlsx_of,
)

__all__ = [
    "PRINTING_REFUSALS",
    "Table",
    "csv_of",
    "pdf_of",
    "table_of_statement",
    "table_of_trial_balance",
    "xlsx_of",
]
