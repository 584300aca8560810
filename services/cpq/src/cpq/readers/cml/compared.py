"""Which texts a file compares each of its variables with."""

from __future__ import annotations

from collections.abc import Iterator

from cpq.readers.cml.syntax import (
    Argument,
    Attribute,
    Call,
    Items,
    Literal,
    Method,
    OfType,
    Operation,
    Path,
    Row,
    Source,
)
from cpq.readers.fitting import LONGEST_KEY


def compared_texts(source: Source) -> dict[str, list[str]]:
    """The texts by the name of the variable, in the file's order; null counts as no text."""
    found: dict[str, dict[str, None]] = {}
    for operation in _operations(source):
        if operation.operators[0] not in ("==", "!=", "in"):
            continue
        names = [name for one in operation.operands if (name := _name(one))]
        texts = [text for one in operation.operands for text in _texts(one, source)]
        for name in names:
            found.setdefault(name, {}).update(dict.fromkeys(texts))
    for table in _tables(source):
        columns = [one for one in table.arguments if not isinstance(one, Row)]
        for row in table.arguments:
            if isinstance(row, Row):
                for column, value in zip(columns, row.values, strict=False):
                    name = _name(column)
                    if name:
                        found.setdefault(name, {}).update(dict.fromkeys(_texts(value, source)))
    for path in _paths(source):
        for step in path.steps:
            if isinstance(step, OfType):
                for name, value in step.settings:
                    found.setdefault(name, {}).update(dict.fromkeys(_texts(value, source)))
    return {name: list(texts) for name, texts in found.items()}


def _name(syntax: Argument) -> str:
    match syntax:
        case Path(head=head, steps=()):
            return head
        case Path(steps=(*_, Attribute(name=name))):
            return name
    return ""


def _texts(syntax: Argument, source: Source) -> list[str]:
    match syntax:
        case Literal(value=str() as value):
            return [value] if len(value) <= LONGEST_KEY else []
        case Literal(value=None):
            return [""]
        case Items(items=items):
            return [text for one in items for text in _texts(one.first, source)]
        case Path(head=head, steps=()) if head in source.constants:
            constant = source.constants[head]
            return [] if isinstance(constant, Path) else _texts(constant, source)
    return []


def _all(source: Source) -> Iterator[Argument]:
    """Every expression of the file and all inside it."""
    waiting: list[Argument] = []
    for declared in source.types.values():
        for rule in declared.rules:
            waiting.extend(rule.arguments)
        waiting.extend(one.value for one in declared.variables if one.value is not None)
        for relation in declared.relations:
            waiting.extend(one.value for one in relation.aggregates)
    waiting.reverse()
    while waiting:
        current = waiting.pop()
        yield current
        inside: list[Argument] = []
        match current:
            case Operation(operands=operands):
                inside.extend(operands)
            case Call(arguments=arguments):
                inside.extend(arguments)
            case Row(values=values):
                inside.extend(values)
            case Items(items=items):
                inside.extend(one.first for one in items)
            case Path(steps=steps):
                for step in steps:
                    if isinstance(step, Method):
                        inside.extend(step.arguments)
                    elif isinstance(step, OfType):
                        inside.extend(value for _, value in step.settings)
        waiting.extend(reversed(inside))


def _operations(source: Source) -> Iterator[Operation]:
    return (one for one in _all(source) if isinstance(one, Operation))


def _tables(source: Source) -> Iterator[Call]:
    return (one for one in _all(source) if isinstance(one, Call) and one.name.lower() == "table")


def _paths(source: Source) -> Iterator[Path]:
    return (one for one in _all(source) if isinstance(one, Path))
