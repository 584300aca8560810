"""From sums of accounts to a statement."""

from collections.abc import Sequence
from decimal import Decimal

from erp.statements.rules.layout import LAYOUTS, LineSpec
from erp.statements.rules.model import (
    AccountFigures,
    Column,
    ColumnSums,
    Standing,
    Statement,
    StatementAccount,
    StatementKind,
    StatementLine,
)
from erp.statements.rules.refusals import StatementLineNotFound


def statement(
    kind: StatementKind,
    accounts: Sequence[StatementAccount],
    columns: Sequence[Column],
    sums: Sequence[ColumnSums],
) -> Statement:
    """Put each account into its line. `sums` are those of `columns`, in the same order."""
    lines: dict[str, StatementLine] = {}
    for spec in LAYOUTS[kind]:
        if spec.standing is Standing.PART:
            figures = [
                figure
                for account in accounts
                if spec.takes(account)
                for figure in [_figures(spec, account, sums)]
                if any(figure.amounts)
            ]
            amounts = _summed([figure.amounts for figure in figures], len(columns))
        else:
            figures = []
            amounts = _summed([lines[part].amounts for part in spec.sums], len(columns))
        lines[spec.code] = StatementLine(
            spec.code,
            spec.name,
            spec.level,
            spec.standing,
            amounts,
            figures,
            spec.span,
            spec.factor,
        )
    return Statement(kind, columns, list(lines.values()))


def part(kind: StatementKind, code: str) -> LineSpec:
    """The part of a statement with a code; raises `StatementLineNotFound`."""
    for spec in LAYOUTS[kind]:
        if spec.code == code and spec.standing is Standing.PART:
            return spec
    raise StatementLineNotFound(f"{kind.value} has no line {code!r} with accounts.", field="line")


def parts_of(kind: StatementKind, account: StatementAccount) -> list[str]:
    """The codes of the parts in which an account stands."""
    return [spec.code for spec in LAYOUTS[kind] if spec.takes(account)]


def _figures(
    spec: LineSpec, account: StatementAccount, sums: Sequence[ColumnSums]
) -> AccountFigures:
    return AccountFigures(
        account, [spec.factor * column.of(account.id, spec.span) for column in sums]
    )


def _summed(rows: Sequence[Sequence[Decimal]], columns: int) -> list[Decimal]:
    return [sum((row[at] for row in rows), start=Decimal(0)) for at in range(columns)]
