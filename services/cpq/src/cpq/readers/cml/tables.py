"""`constraint(table(…))` as a table of a model."""

from __future__ import annotations

from cpq.configuration.expressions import AttributeOf, Quantity, Selected, Value
from cpq.configuration.model import Table
from cpq.readers.cml import wording
from cpq.readers.cml.coercions import Scope, Unbound
from cpq.readers.cml.compiler import Compiler
from cpq.readers.cml.syntax import Call, Row, Syntax
from cpq.readers.cml.values import (
    FALSE,
    TRUE,
    Held,
    Number,
    Text,
    Truth,
    Worth,
    constant,
)

Column = AttributeOf | Quantity | Selected


def plain_table(compiler: Compiler, table: Call, scope: Scope) -> Table | None:
    """The table without key and words; None when a column is more than an attribute or quantity.

    Raises `Inexpressible`.
    """
    columns = [one for one in table.arguments if not isinstance(one, Row)]
    rows = [one for one in table.arguments if isinstance(one, Row)]
    compiler.fits(columns, rows)
    try:
        worths = [compiler.worth(one, scope) for one in columns]
    except Unbound:
        return None
    targets = [_column(one) for one in worths]
    if None in targets:
        return None
    found: list[tuple[Value | None, ...]] = []
    for row in rows:
        cells: list[Value] = []
        for worth, value in zip(worths, row.values, strict=True):
            cell = _cell(compiler, worth, value, scope)
            if cell is None:
                compiler.hierarchy.findings.noted(
                    "{…}",
                    compiler.hierarchy.source.place(compiler.book.line),
                    f"A row of the table never matches: no column is {wording.words(value)}.",
                )
                break
            cells.append(cell)
        else:
            found.append(tuple(cells))
    return Table("", tuple(one for one in targets if one is not None), tuple(dict.fromkeys(found)))


def _column(worth: Worth) -> Column | None:
    """What a column of a model's table looks at; None for what is none."""
    match worth:
        case Text(of=AttributeOf() as target):
            return target
        case Number(expression=AttributeOf() | Quantity() as number):
            return number
        case Truth(expression=AttributeOf() | Selected() as truth):
            return truth
        case Held(instances=(one,), assets=(), above=above, settings=()):
            if not any(above) and one.node.parent is not None:
                return Quantity(one.node.key)
    return None


def _cell(compiler: Compiler, column: Worth, value: Syntax, scope: Scope) -> Value | None:
    """A value of a row; None for one that its column never has."""
    given = compiler.worth(value, scope)
    match column:
        case Text(cases=cases):
            said = compiler.literal(given)
            return said if any(one == said for _, one in cases) else None
        case Number() | Held():
            return constant(compiler.as_number(given).expression)
    truth = compiler.as_truth(given)
    return truth == TRUE if truth in (TRUE, FALSE) else None
