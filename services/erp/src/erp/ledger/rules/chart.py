"""The kinds and roles of accounts, and the chart that a new company starts with."""

from dataclasses import dataclass
from enum import StrEnum


class AccountKind(StrEnum):
    """The five kinds of accounts; assets and expenses grow on the debit side."""

    ASSET = "asset"
    LIABILITY = "liability"
    EQUITY = "equity"
    INCOME = "income"
    EXPENSE = "expense"


class AccountRole(StrEnum):
    """What postings ask an account for. A company has exactly one account per role."""

    BANK = "bank"
    RECEIVABLES = "receivables"
    INVENTORY = "inventory"
    GOODS_RECEIVED_NOT_INVOICED = "goods-received-not-invoiced"
    TAX_PAYABLE = "tax-payable"
    OPENING_EQUITY = "opening-equity"
    RETAINED_EARNINGS = "retained-earnings"
    RESULT_CARRIED = "result-carried"
    REVENUE = "revenue"
    COST_OF_GOODS_SOLD = "cost-of-goods-sold"
    INVENTORY_ADJUSTMENT = "inventory-adjustment"
    DOWN_PAYMENTS_RECEIVED = "down-payments-received"
    DISCOUNT_GIVEN = "discount-given"
    INTEREST_INCOME = "interest-income"
    DUNNING_FEES = "dunning-fees"
    BAD_DEBT = "bad-debt"
    PAYMENT_DIFFERENCES = "payment-differences"
    PAYABLES = "payables"
    INPUT_TAX = "input-tax"
    DISCOUNT_RECEIVED = "discount-received"
    WITHHOLDING_TAX_PAYABLE = "withholding-tax-payable"
    EXCHANGE_CLEARING = "exchange-clearing"
    EXCHANGE_GAIN = "exchange-gain"
    EXCHANGE_LOSS = "exchange-loss"
    UNREALISED_EXCHANGE_GAIN = "unrealised-exchange-gain"
    UNREALISED_EXCHANGE_LOSS = "unrealised-exchange-loss"


class StatementSection(StrEnum):
    """The part of a statement that an account belongs to; every account has exactly one.

    `financial-result` and `income-taxes` hold income and expenses alike.
    """

    CASH = "cash"
    RECEIVABLES = "receivables"
    INVENTORY = "inventory"
    OTHER_CURRENT_ASSETS = "other-current-assets"
    NON_CURRENT_ASSETS = "non-current-assets"
    PAYABLES = "payables"
    OTHER_CURRENT_LIABILITIES = "other-current-liabilities"
    NON_CURRENT_LIABILITIES = "non-current-liabilities"
    EQUITY = "equity"
    REVENUE = "revenue"
    OTHER_INCOME = "other-income"
    COST_OF_SALES = "cost-of-sales"
    OPERATING_EXPENSES = "operating-expenses"
    DEPRECIATION = "depreciation"
    FINANCIAL_RESULT = "financial-result"
    INCOME_TAXES = "income-taxes"


@dataclass(frozen=True, slots=True)
class ChartLine:
    """An account of the standard chart. Only its own slice posts to a control account.

    `section` None: that of the kind and role.
    """

    code: str
    name: str
    kind: AccountKind
    role: AccountRole | None = None
    control: bool = False
    section: StatementSection | None = None


STANDARD_CHART: tuple[ChartLine, ...] = (
    ChartLine("1000", "Bank", AccountKind.ASSET, AccountRole.BANK),
    ChartLine("1100", "Trade receivables", AccountKind.ASSET, AccountRole.RECEIVABLES, True),
    ChartLine("1200", "Inventory", AccountKind.ASSET, AccountRole.INVENTORY, True),
    ChartLine("1400", "Input tax", AccountKind.ASSET, AccountRole.INPUT_TAX),
    ChartLine(
        "1500",
        "Property and equipment",
        AccountKind.ASSET,
        section=StatementSection.NON_CURRENT_ASSETS,
    ),
    ChartLine("1900", "Exchange clearing", AccountKind.ASSET, AccountRole.EXCHANGE_CLEARING),
    ChartLine(
        "2000",
        "Trade payables",
        AccountKind.LIABILITY,
        AccountRole.PAYABLES,
        control=True,
        section=StatementSection.PAYABLES,
    ),
    ChartLine(
        "2100",
        "Goods received, not invoiced",
        AccountKind.LIABILITY,
        AccountRole.GOODS_RECEIVED_NOT_INVOICED,
    ),
    ChartLine("2200", "Tax payable", AccountKind.LIABILITY, AccountRole.TAX_PAYABLE),
    ChartLine(
        "2210",
        "Withholding tax payable",
        AccountKind.LIABILITY,
        AccountRole.WITHHOLDING_TAX_PAYABLE,
    ),
    ChartLine(
        "2300",
        "Down payments received",
        AccountKind.LIABILITY,
        AccountRole.DOWN_PAYMENTS_RECEIVED,
    ),
    ChartLine(
        "2500",
        "Loans",
        AccountKind.LIABILITY,
        section=StatementSection.NON_CURRENT_LIABILITIES,
    ),
    ChartLine("3000", "Share capital", AccountKind.EQUITY),
    ChartLine("3100", "Opening balances", AccountKind.EQUITY, AccountRole.OPENING_EQUITY),
    ChartLine("3800", "Result carried forward", AccountKind.EQUITY, AccountRole.RESULT_CARRIED),
    ChartLine("3900", "Retained earnings", AccountKind.EQUITY, AccountRole.RETAINED_EARNINGS),
    ChartLine("4000", "Sales", AccountKind.INCOME, AccountRole.REVENUE),
    ChartLine("4100", "Discounts given", AccountKind.INCOME, AccountRole.DISCOUNT_GIVEN),
    ChartLine("4700", "Interest income", AccountKind.INCOME, AccountRole.INTEREST_INCOME),
    ChartLine("4710", "Dunning fees", AccountKind.INCOME, AccountRole.DUNNING_FEES),
    ChartLine("4800", "Exchange gains", AccountKind.INCOME, AccountRole.EXCHANGE_GAIN),
    ChartLine(
        "4810",
        "Unrealised exchange gains",
        AccountKind.INCOME,
        AccountRole.UNREALISED_EXCHANGE_GAIN,
    ),
    ChartLine("4900", "Other income", AccountKind.INCOME),
    ChartLine("5000", "Cost of goods sold", AccountKind.EXPENSE, AccountRole.COST_OF_GOODS_SOLD),
    ChartLine(
        "5100", "Inventory adjustments", AccountKind.EXPENSE, AccountRole.INVENTORY_ADJUSTMENT
    ),
    ChartLine("5200", "Discounts received", AccountKind.INCOME, AccountRole.DISCOUNT_RECEIVED),
    ChartLine("6000", "Wages and salaries", AccountKind.EXPENSE),
    ChartLine("6100", "Rent", AccountKind.EXPENSE),
    ChartLine("6800", "Exchange losses", AccountKind.EXPENSE, AccountRole.EXCHANGE_LOSS),
    ChartLine(
        "6810",
        "Unrealised exchange losses",
        AccountKind.EXPENSE,
        AccountRole.UNREALISED_EXCHANGE_LOSS,
    ),
    ChartLine("6850", "Bad debts", AccountKind.EXPENSE, AccountRole.BAD_DEBT),
    ChartLine("6860", "Payment differences", AccountKind.EXPENSE, AccountRole.PAYMENT_DIFFERENCES),
    ChartLine("6900", "Other operating expenses", AccountKind.EXPENSE),
)
"""A trading company's chart, written for Tradewind; codes are grouped by kind."""
