"""Reading charts of accounts: one reader for each layout, one model of a chart, one check."""

from erp.charts.rules.model import (
    Chart,
    ChartAccount,
    ChartTax,
    Finding,
    Kind,
    Place,
    Section,
    Severity,
)
from erp.charts.rules.reading import LARGEST_FILES, LAYOUTS, ChartFile, Layout, read_chart
from erp.charts.rules.refusals import (
    BooksAreNotEmpty,
    ChartCannotBeRead,
    ChartContradictsTheBooks,
    ChartIsBroken,
    ChartIsTooLarge,
    ChartLayoutIsUnknown,
    RoleAccountUnknown,
)

__all__ = [
    "LARGEST_FILES",
    "LAYOUTS",
    "BooksAreNotEmpty",
    "Chart",
    "ChartAccount",
    "ChartCannotBeRead",
    "ChartContradictsTheBooks",
    "ChartFile",
    "ChartIsBroken",
    "ChartIsTooLarge",
    "ChartLayoutIsUnknown",
    "ChartTax",
    "Finding",
    "Kind",
    "Layout",
    "Place",
    "RoleAccountUnknown",
    "Section",
    "Severity",
    "read_chart",
]
