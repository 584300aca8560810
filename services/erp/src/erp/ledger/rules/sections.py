"""Where an account stands in the statements (after IAS 1.54, IAS 1.82 and IAS 7)."""

from erp.ledger.rules.chart import AccountKind, AccountRole, StatementSection

_BY_KIND: dict[AccountKind, tuple[StatementSection, ...]] = {
    AccountKind.ASSET: (
        StatementSection.OTHER_CURRENT_ASSETS,
        StatementSection.CASH,
        StatementSection.RECEIVABLES,
        StatementSection.INVENTORY,
        StatementSection.NON_CURRENT_ASSETS,
    ),
    AccountKind.LIABILITY: (
        StatementSection.OTHER_CURRENT_LIABILITIES,
        StatementSection.PAYABLES,
        StatementSection.NON_CURRENT_LIABILITIES,
    ),
    AccountKind.EQUITY: (StatementSection.EQUITY,),
    AccountKind.INCOME: (
        StatementSection.OTHER_INCOME,
        StatementSection.REVENUE,
        StatementSection.FINANCIAL_RESULT,
        StatementSection.INCOME_TAXES,
    ),
    AccountKind.EXPENSE: (
        StatementSection.OPERATING_EXPENSES,
        StatementSection.COST_OF_SALES,
        StatementSection.DEPRECIATION,
        StatementSection.FINANCIAL_RESULT,
        StatementSection.INCOME_TAXES,
    ),
}
_BY_ROLE: dict[str, StatementSection] = {
    AccountRole.BANK: StatementSection.CASH,
    AccountRole.RECEIVABLES: StatementSection.RECEIVABLES,
    AccountRole.INVENTORY: StatementSection.INVENTORY,
    AccountRole.REVENUE: StatementSection.REVENUE,
    AccountRole.COST_OF_GOODS_SOLD: StatementSection.COST_OF_SALES,
    AccountRole.INVENTORY_ADJUSTMENT: StatementSection.COST_OF_SALES,
    "payables": StatementSection.PAYABLES,
    "goods-received-not-invoiced": StatementSection.PAYABLES,
    "bad-debt": StatementSection.OPERATING_EXPENSES,
    "discount-given": StatementSection.REVENUE,
    "discount-received": StatementSection.COST_OF_SALES,
    "exchange-gain": StatementSection.FINANCIAL_RESULT,
    "exchange-loss": StatementSection.FINANCIAL_RESULT,
    "unrealised-exchange-gain": StatementSection.FINANCIAL_RESULT,
    "unrealised-exchange-loss": StatementSection.FINANCIAL_RESULT,
    "interest-income": StatementSection.FINANCIAL_RESULT,
}


def sections_of(kind: AccountKind) -> tuple[StatementSection, ...]:
    """The sections an account of this kind may stand in; the first one unless it is told."""
    return _BY_KIND[kind]


def section_of(kind: AccountKind, role: AccountRole | None = None) -> StatementSection:
    """Where an account stands that says no more than its kind and perhaps its role."""
    told = _BY_ROLE.get(role) if role is not None else None
    return told if told in _BY_KIND[kind] and told is not None else _BY_KIND[kind][0]


CONTROL_ROLES = frozenset({"receivables", "payables", "inventory"})
"""Roles whose account only documents post to: a subledger stands behind each."""

KINDS_OF_ROLES: dict[str, AccountKind] = {
    "bank": AccountKind.ASSET,
    "receivables": AccountKind.ASSET,
    "inventory": AccountKind.ASSET,
    "input-tax": AccountKind.ASSET,
    "payables": AccountKind.LIABILITY,
    "tax-payable": AccountKind.LIABILITY,
    "withholding-tax-payable": AccountKind.LIABILITY,
    "goods-received-not-invoiced": AccountKind.LIABILITY,
    "down-payments-received": AccountKind.LIABILITY,
    "opening-equity": AccountKind.EQUITY,
    "retained-earnings": AccountKind.EQUITY,
    "result-carried": AccountKind.EQUITY,
    "revenue": AccountKind.INCOME,
    "cost-of-goods-sold": AccountKind.EXPENSE,
}
"""Roles that make sense on one kind of account alone; the others may stand on any."""
