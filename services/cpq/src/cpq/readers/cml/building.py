"""Trees of the parser as declarations and expressions."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from lark import Token, Tree

from cpq.readers import fitting
from cpq.readers.cml.syntax import (
    Annotation,
    Argument,
    Attribute,
    Call,
    Item,
    Items,
    Literal,
    Method,
    OfType,
    Operation,
    Path,
    Relation,
    Row,
    Syntax,
    Variable,
)

LONGEST_NUMBER = 30
"""Characters of a number; nothing that is counted or measured has more."""
HIGHEST_SCALE = 9
LONGEST_COMPARISON = 20
"""Comparisons in a row: `a == b == c`."""


class TooLong(ValueError):
    """A number or a chain of comparisons beyond anything that somebody means."""


def annotated(tree: Any) -> tuple[tuple[Annotation, ...], Any]:
    """The annotations of a statement, and its body."""
    notes: list[Annotation] = []
    for child in tree.children[:-1]:
        named, *properties = child.children
        found = [one for one in properties if one is not None]
        for one in found:
            key, value = one.children
            notes.append(
                Annotation(name_of(key), None if value is None else syntax_of(value), _line(key))
            )
        if named is None:
            continue
        if len(found) == 1 and found[0].children[1] is None:
            # `@name(value)` is `@(name = value)`.
            notes[-1] = Annotation(str(named), _flag(notes[-1]), named.line)
        else:
            notes.append(Annotation(str(named), None, named.line))
    return tuple(notes), tree.children[-1]


def _flag(note: Annotation) -> Syntax:
    return Path(note.name, (), note.line)


def variable_of(
    body: Any, notes: tuple[Annotation, ...], line: int, *, external: bool = False
) -> Variable:
    """A variable of its tree."""
    kind, name, value = body.children
    type_, scale, many = kind.children
    return Variable(
        name=name_of(name),
        type=str(type_),
        line=line,
        scale=None if scale is None else min(int(_number(scale)), HIGHEST_SCALE),
        many=many is not None,
        value=None if value is None else syntax_of(value),
        annotations=notes,
        external=external,
    )


def relation_of(body: Any, notes: tuple[Annotation, ...], line: int) -> Relation:
    """A relation of its tree, without its block."""
    name, type_, cardinality, order = body.children
    minimum: Syntax | None = None
    maximum: Syntax | None = None
    if cardinality is not None:
        low, high = cardinality.children
        minimum = _bound(low)
        # `[3]` is exactly three.
        maximum = minimum if high is None else _bound(high)
    return Relation(
        name=name_of(name),
        type=name_of(type_),
        line=line,
        minimum=minimum,
        maximum=maximum,
        order=() if order is None else tuple(name_of(one) for one in order.children),
        annotations=notes,
    )


def _bound(tree: Any) -> Syntax | None:
    return None if tree.data == "unbounded" else syntax_of(tree)


def name_of(tree: Any) -> str:
    """The word of a name."""
    return str(tree.children[0])


def _line(tree: Any) -> int:
    """The line of a tree's first word; 0 for one without words."""
    while isinstance(tree, Tree):
        tree = next((child for child in tree.children if child is not None), None)
    return (tree.line or 0) if isinstance(tree, Token) else 0


def _number(token: Any) -> Decimal:
    if len(token) > LONGEST_NUMBER:
        raise TooLong(f"The number {str(token)[:20]}… has more than {LONGEST_NUMBER} digits.")
    return Decimal(str(token))


def _text(token: Any) -> str:
    """What stands in the quotes, in one line, for it may become the code of a value."""
    return fitting.line(
        re.sub(r"\\(.)", lambda found: " " if found[1] in "ntr" else found[1], str(token)[1:-1])
    )


def outline(tree: Any) -> str:
    """The words of a tree and how they belong together, without their places."""
    found: list[str] = []
    waiting = [tree]
    while waiting:
        current = waiting.pop()
        if isinstance(current, Tree):
            found.append(f"{current.data}{len(current.children)}")
            waiting.extend(reversed(current.children))
        else:
            found.append(str(current))
    return "\x1f".join(found)


def arguments_of(tree: Any) -> tuple[Argument, ...]:
    """The arguments of a call; none where there is no tree."""
    if tree is None:
        return ()
    return tuple(
        Row(tuple(syntax_of(one) for one in child.children if one is not None))
        if child.data == "row"
        else syntax_of(child)
        for child in tree.children
    )


def settings_of(tree: Any) -> tuple[tuple[str, Syntax], ...]:
    """What stands in braces; nothing where there is no tree."""
    if tree is None:
        return ()
    return tuple(
        (name_of(one.children[0]), syntax_of(one.children[1]))
        for one in tree.children
        if one is not None
    )


def syntax_of(tree: Any) -> Syntax:
    """An expression of its tree."""
    return _BUILDERS[tree.data](tree)


def _operation(operator: str) -> Callable[[Any], Syntax]:
    return lambda tree: Operation(
        (operator,), tuple(syntax_of(child) for child in tree.children), _line(tree)
    )


def _compared(tree: Any) -> Syntax:
    first, *rest = tree.children
    if len(rest) > 2 * LONGEST_COMPARISON:
        raise TooLong(f"More than {LONGEST_COMPARISON} comparisons stand in a row.")
    left = syntax_of(first)
    for operator, right in zip(rest[::2], rest[1::2], strict=True):
        left = Operation((str(operator),), (left, syntax_of(right)), _line(tree))
    return left


def _chained(start: str) -> Callable[[Any], Syntax]:
    def build(tree: Any) -> Syntax:
        operators = (start, *(str(one) for one in tree.children[1::2]))
        return Operation(
            operators, tuple(syntax_of(child) for child in tree.children[::2]), _line(tree)
        )

    return build


def _signed(tree: Any) -> Syntax:
    operator, operand = tree.children
    inner = syntax_of(operand)
    if operator == "+":
        return inner
    match inner:
        case Literal(value=Decimal() as value, line=line):
            return Literal(-value, line)
    return Operation(("-",), (inner,), _line(tree))


def _items(tree: Any) -> Syntax:
    return Items(
        tuple(
            Item(
                syntax_of(one.children[0]),
                None if one.children[1] is None else syntax_of(one.children[1]),
            )
            for one in tree.children
            if one is not None
        ),
        _line(tree),
    )


def _path(tree: Any) -> Syntax:
    head, *steps = tree.children
    return Path(name_of(head), tuple(_step(one) for one in steps), _line(head))


def _step(tree: Any) -> Attribute | OfType | Method:
    match tree.data:
        case "attribute":
            return Attribute(name_of(tree.children[0]))
        case "method":
            return Method(name_of(tree.children[0]), arguments_of(tree.children[1]))
    kind, settings = tree.children
    return OfType(_text(kind) if isinstance(kind, Token) else name_of(kind), settings_of(settings))


def _outside(tree: Any) -> Syntax:
    inside = _operation("in")(tree)
    return Operation(("!",), (inside,), _line(tree))


_BUILDERS: dict[str, Callable[[Any], Syntax]] = {
    "number": lambda tree: Literal(_number(tree.children[0]), _line(tree)),
    "string": lambda tree: Literal(_text(tree.children[0]), _line(tree)),
    "true": lambda tree: Literal(True, _line(tree)),
    "false": lambda tree: Literal(False, _line(tree)),
    "null": lambda tree: Literal(None, _line(tree)),
    "items": _items,
    "call": lambda tree: Call(
        name_of(tree.children[0]), arguments_of(tree.children[1]), _line(tree)
    ),
    "path": _path,
    "implies": _operation("->"),
    "ternary": _operation("?"),
    "biconditional": _operation("<->"),
    "disjunction": _operation("||"),
    "exclusive": _operation("^"),
    "conjunction": _operation("&&"),
    "not_": _operation("!"),
    "compare": _compared,
    "within": _operation("in"),
    "outside": _outside,
    "sum": _chained("+"),
    "product": _chained("*"),
    "signed": _signed,
}
