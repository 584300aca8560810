"""Which lines each statement has, and which accounts stand in them.

The balance sheet follows IAS 1.54 and 1.60 (current and non-current), the profit and loss IAS
1.82 and 1.103 (by function, with depreciation apart), the cash flow IAS 7.18(b) (indirect).
Amounts in the profit and loss and in the cash flow have the sign of what they do to the result
and to cash, so that parts simply sum.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from erp.statements.rules.model import Span, Standing, StatementAccount, StatementKind

RESULT_KINDS = ("income", "expense")
CARRIED = "result-carried"
"""The role of the account that takes the result of a year out of the accounts of result."""


@dataclass(frozen=True, slots=True)
class LineSpec:
    """A line before it has figures. A part takes `sections`; a sum takes `sums`, by their code."""

    code: str
    name: str
    level: int
    sections: tuple[str, ...] = ()
    sums: tuple[str, ...] = ()
    span: Span = Span.UNTIL
    factor: int = 1
    result: bool = False
    carried: bool = False
    total: bool = False

    @property
    def standing(self) -> Standing:
        """Whether it is a part, a subtotal or a total."""
        if self.sums:
            return Standing.TOTAL if self.total else Standing.SUBTOTAL
        return Standing.PART

    def takes(self, account: StatementAccount) -> bool:
        """Whether an account stands in this part."""
        if self.sums:
            return False
        if account.kind in RESULT_KINDS:
            return self.result or account.section in self.sections
        if account.role == CARRIED and self.span is Span.UNTIL:
            return self.carried
        return not self.carried and account.section in self.sections


_P, _Y, _E = Span.PERIOD, Span.YEAR, Span.EARLIER_YEARS

BALANCE_SHEET: Sequence[LineSpec] = (
    LineSpec("cash", "Cash and cash equivalents", 2, ("cash",)),
    LineSpec("receivables", "Trade receivables", 2, ("receivables",)),
    LineSpec("inventory", "Inventories", 2, ("inventory",)),
    LineSpec("other-current-assets", "Other current assets", 2, ("other-current-assets",)),
    LineSpec(
        "current-assets",
        "Current assets",
        1,
        sums=("cash", "receivables", "inventory", "other-current-assets"),
    ),
    LineSpec("non-current-assets", "Non-current assets", 1, ("non-current-assets",)),
    LineSpec(
        "assets", "Total assets", 0, sums=("current-assets", "non-current-assets"), total=True
    ),
    LineSpec("payables", "Trade payables", 2, ("payables",), factor=-1),
    LineSpec(
        "other-current-liabilities",
        "Other current liabilities",
        2,
        ("other-current-liabilities",),
        factor=-1,
    ),
    LineSpec(
        "current-liabilities",
        "Current liabilities",
        1,
        sums=("payables", "other-current-liabilities"),
    ),
    LineSpec(
        "non-current-liabilities",
        "Non-current liabilities",
        1,
        ("non-current-liabilities",),
        factor=-1,
    ),
    LineSpec(
        "liabilities",
        "Total liabilities",
        0,
        sums=("current-liabilities", "non-current-liabilities"),
        total=True,
    ),
    LineSpec("equity-accounts", "Capital and reserves", 1, ("equity",), factor=-1),
    LineSpec(
        "result-of-earlier-years", "Results of earlier years", 1, span=_E, factor=-1, result=True
    ),
    LineSpec("result-carried", "Carried forward to reserves", 1, carried=True, factor=-1),
    LineSpec("result-of-the-year", "Result of the year", 1, span=_Y, factor=-1, result=True),
    LineSpec(
        "equity",
        "Total equity",
        0,
        sums=(
            "equity-accounts",
            "result-of-earlier-years",
            "result-carried",
            "result-of-the-year",
        ),
        total=True,
    ),
    LineSpec(
        "liabilities-and-equity",
        "Total liabilities and equity",
        0,
        sums=("liabilities", "equity"),
        total=True,
    ),
)

PROFIT_AND_LOSS: Sequence[LineSpec] = (
    LineSpec("revenue", "Revenue", 2, ("revenue",), span=_P, factor=-1),
    LineSpec("cost-of-sales", "Cost of sales", 2, ("cost-of-sales",), span=_P, factor=-1),
    LineSpec("gross-profit", "Gross profit", 1, sums=("revenue", "cost-of-sales")),
    LineSpec("other-income", "Other income", 2, ("other-income",), span=_P, factor=-1),
    LineSpec(
        "operating-expenses",
        "Operating expenses",
        2,
        ("operating-expenses",),
        span=_P,
        factor=-1,
    ),
    LineSpec(
        "depreciation", "Depreciation and amortisation", 2, ("depreciation",), span=_P, factor=-1
    ),
    LineSpec(
        "operating-result",
        "Operating result",
        1,
        sums=("gross-profit", "other-income", "operating-expenses", "depreciation"),
    ),
    LineSpec("financial-result", "Financial result", 2, ("financial-result",), span=_P, factor=-1),
    LineSpec(
        "result-before-taxes",
        "Result before taxes",
        1,
        sums=("operating-result", "financial-result"),
    ),
    LineSpec("income-taxes", "Income taxes", 2, ("income-taxes",), span=_P, factor=-1),
    LineSpec("result", "Result", 0, sums=("result-before-taxes", "income-taxes"), total=True),
)

CASH_FLOW: Sequence[LineSpec] = (
    LineSpec("result", "Result", 2, span=_P, factor=-1, result=True),
    LineSpec(
        "depreciation-added-back",
        "Depreciation and amortisation",
        2,
        ("depreciation",),
        span=_P,
    ),
    LineSpec("receivables", "Change in trade receivables", 2, ("receivables",), span=_P, factor=-1),
    LineSpec("inventory", "Change in inventories", 2, ("inventory",), span=_P, factor=-1),
    LineSpec(
        "other-current-assets",
        "Change in other current assets",
        2,
        ("other-current-assets",),
        span=_P,
        factor=-1,
    ),
    LineSpec("payables", "Change in trade payables", 2, ("payables",), span=_P, factor=-1),
    LineSpec(
        "other-current-liabilities",
        "Change in other current liabilities",
        2,
        ("other-current-liabilities",),
        span=_P,
        factor=-1,
    ),
    LineSpec(
        "operating-activities",
        "Cash flow from operating activities",
        1,
        sums=(
            "result",
            "depreciation-added-back",
            "receivables",
            "inventory",
            "other-current-assets",
            "payables",
            "other-current-liabilities",
        ),
    ),
    LineSpec(
        "investing-activities",
        "Cash flow from investing activities",
        1,
        ("non-current-assets", "depreciation"),
        span=_P,
        factor=-1,
    ),
    LineSpec(
        "borrowings",
        "Change in non-current liabilities",
        2,
        ("non-current-liabilities",),
        span=_P,
        factor=-1,
    ),
    LineSpec("equity-accounts", "Change in equity", 2, ("equity",), span=_P, factor=-1),
    LineSpec(
        "financing-activities",
        "Cash flow from financing activities",
        1,
        sums=("borrowings", "equity-accounts"),
    ),
    LineSpec(
        "change-of-cash",
        "Change of cash",
        0,
        sums=("operating-activities", "investing-activities", "financing-activities"),
        total=True,
    ),
    LineSpec("cash-before", "Cash at the beginning", 1, ("cash",), span=Span.BEFORE),
    LineSpec(
        "cash-at-end",
        "Cash at the end",
        0,
        sums=("change-of-cash", "cash-before"),
        total=True,
    ),
)

LAYOUTS: dict[StatementKind, Sequence[LineSpec]] = {
    StatementKind.BALANCE_SHEET: BALANCE_SHEET,
    StatementKind.PROFIT_AND_LOSS: PROFIT_AND_LOSS,
    StatementKind.CASH_FLOW: CASH_FLOW,
}
