"""From model to document; `read` makes the same model of it."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from cpq.configuration.document.form import (
    ANSWER,
    ATTRIBUTE,
    FORMAT,
    GROUP,
    MESSAGE,
    NODE,
    OPTION,
    PREFERENCE,
    QUESTION,
    RULE,
)
from cpq.configuration.document.shapes import Shape
from cpq.configuration.expressions import (
    And,
    AttributeOf,
    Compare,
    Constant,
    CountOf,
    Equivalent,
    Expression,
    FactOf,
    Implies,
    MeasureOf,
    Not,
    Or,
    Product,
    Quantity,
    Selected,
    Sum,
)
from cpq.configuration.language import EPOCH, unparse
from cpq.configuration.model import Fact, FactType, Model, Table

_EXPRESSIONS = (
    And, AttributeOf, Compare, Constant, CountOf, Equivalent, FactOf, Implies, MeasureOf, Not, Or,
    Product, Quantity, Selected, Sum,
)  # fmt: skip


def write(model: Model) -> dict[str, Any]:
    """The document of a model: what is as usual is left out.

    Raises `ExpressionIsTooLarge` for expressions that could not be read again. A model that breaks
    a law of documents is written all the same; `read` says which.
    """
    dates = frozenset(fact.name for fact in model.facts if fact.type is FactType.DATE)
    return _Writer(dates).model(model)


class _Writer:
    def __init__(self, dates: frozenset[str]) -> None:
        self._dates = dates

    def model(self, model: Model) -> dict[str, Any]:
        written: dict[str, Any] = {"format": FORMAT, "key": model.key}
        if model.name != model.key:
            written["name"] = model.name
        if model.currency is not None:
            written["currency"] = model.currency
        written["root"] = self._object(NODE, model.root)
        lists: dict[str, list[Any]] = {
            "rules": [self._object(RULE, one) for one in model.rules],
            "tables": [self._table(one) for one in model.tables],
            "preferences": [self._object(PREFERENCE, one) for one in model.preferences],
            "messages": [self._object(MESSAGE, one) for one in model.messages],
            "questions": [self._object(QUESTION, one) for one in model.questions],
            "facts": [self._fact(one) for one in model.facts],
        }
        written.update({name: parts for name, parts in lists.items() if parts})
        return written

    def _object(self, shape: Shape, part: Any) -> dict[str, Any]:
        """The members of a part that are not as usual, in the order of the form."""
        written: dict[str, Any] = {}
        for name, member in shape.members.items():
            value = getattr(part, name)
            if name in ("name", "text") and value == getattr(part, _named_by(shape), None):
                continue
            usual = _USUAL.get((shape.name, name), member.default)
            if member.required or value != usual:
                written[name] = self._value(value)
        return written

    def _value(self, value: Any) -> Any:
        match value:
            case bool() | int() | None:
                return value
            case str():
                return str(value)
            case Decimal():
                return format(value, "f")
            case tuple():
                return [self._object(_SHAPES[type(one).__name__], one) for one in value]
            case _:
                assert isinstance(value, _EXPRESSIONS), value
                return self._expression(value)

    def _expression(self, expression: Expression) -> str:
        return unparse(expression, dates=self._dates)

    def _table(self, table: Table) -> dict[str, Any]:
        written: dict[str, Any] = {
            "key": table.key,
            "columns": [self._expression(column) for column in table.columns],
            "rows": [
                [self._cell(column, cell) for column, cell in zip(table.columns, row, strict=True)]
                for row in table.rows
            ],
        }
        if not table.allowed:
            written["allowed"] = False
        words = {"message": table.message, "source": table.source}
        return written | {name: text for name, text in words.items() if text}

    def _cell(self, column: Expression, cell: Any) -> Any:
        if isinstance(column, Quantity) and cell is not None and cell == int(cell):
            return int(cell)
        return self._value(cell)

    def _fact(self, fact: Fact) -> dict[str, Any]:
        written: dict[str, Any] = {"name": fact.name, "type": str(fact.type)}
        if fact.values:
            written["values"] = list(fact.values)
        for name, bound in (("minimum", fact.minimum), ("maximum", fact.maximum)):
            if bound is not None:
                written[name] = (
                    (EPOCH + timedelta(days=int(bound))).isoformat()
                    if fact.type is FactType.DATE
                    else self._value(bound)
                )
        if fact.step != 1:
            written["step"] = self._value(fact.step)
        return written


_USUAL = {
    (ATTRIBUTE.name, "step"): Decimal(1),
    (ATTRIBUTE.name, "longest"): 200,
}
_SHAPES = {
    "Node": NODE,
    "Group": GROUP,
    "Attribute": ATTRIBUTE,
    "Option": OPTION,
    "Answer": ANSWER,
}


def _named_by(shape: Shape) -> str:
    """The member whose value stands for a name that is left out."""
    if shape is ANSWER:
        return "code"
    return "code" if shape in (ATTRIBUTE, OPTION) else "key" if shape in (NODE, GROUP) else ""
