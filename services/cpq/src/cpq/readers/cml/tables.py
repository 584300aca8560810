"""`constraint(table(…))` as a table of a model."""

from __future__ import annotations

from cpq.configuration.expressions import AttributeOf, Quantity, Selected, Value
from cpq.configuration.model import Table
from cpq.readers.cml import wording
from cpq.readers.cml.coercions import Scope, Unbound
from cpq.readers.cml.compiler import Compiler
from cpq.readers.cml.slots import coded
from cpq.readers.cml.syntax import Call, Row, Syntax
from cpq.readers.cml.values import (
    FALSE,
    TRUE,
    Held,
    Inexpressible,
    Number,
    Text,
    Truth,
    Worth,
    constant,
)

MOST_COLUMNS = 50
Column = AttributeOf | Quantity | Selected


class _NotPlain(Exception):
    """A cell is no constant."""


def plain_table(compiler: Compiler, table: Call, scope: Scope) -> Table | None:
    """The table without key and words.

    None when a column is more than an attribute or quantity, or a cell more than a constant.
    Raises `Inexpressible`.
    """
    try:
        return _table(compiler, table, scope)
    except (_NotPlain, Unbound):
        return None


def _table(compiler: Compiler, table: Call, scope: Scope) -> Table | None:
    columns = [one for one in table.arguments if not isinstance(one, Row)]
    rows = [one for one in table.arguments if isinstance(one, Row)]
    if len(columns) > MOST_COLUMNS:
        return None
    compiler.fits(columns, rows)
    worths = [compiler.worth(one, scope) for one in columns]
    targets = [_column(compiler, one) for one in worths]
    if None in targets:
        return None
    found: list[tuple[Value | None, ...]] = []
    for row in rows:
        cells: list[Value] = []
        for target, worth, value in zip(targets, worths, row.values, strict=True):
            cell = _cell(compiler, worth, value, scope)
            if cell is None or not compiler.book.may_be(target, cell):
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


def _column(compiler: Compiler, worth: Worth) -> Column | None:
    """What a column of a model's table looks at; None for what is none, or is calculated."""
    match worth:
        case Text(of=AttributeOf() as target):
            return target
        case (
            Number(expression=AttributeOf() | Quantity() as looked)
            | Truth(expression=AttributeOf() | Selected() as looked)
        ):
            return None if compiler.book.is_calculated(looked) else looked
        case Held(instances=(one,), assets=(), above=above, settings=()):
            if not any(above) and one.node.parent is not None:
                return Quantity(one.node.key)
    return None


def _cell(compiler: Compiler, column: Worth, value: Syntax, scope: Scope) -> Value | None:
    """A value of a row; None for one that its column never has."""
    given = compiler.worth(value, scope)
    match column:
        case Text(cases=cases):
            try:
                said = compiler.literal(given)
            except Inexpressible as stop:
                raise _NotPlain from stop
            return coded(said) if any(one == said for _, one in cases) else None
        case Number() | Held():
            number = constant(compiler.as_number(given).expression)
            if number is None:
                raise _NotPlain
            return number
    truth = compiler.as_truth(given)
    if truth not in (TRUE, FALSE):
        raise _NotPlain
    return truth == TRUE
