"""A sentence for a rule whose file gives none, in words of the rule's own expression."""

from __future__ import annotations

from decimal import Decimal

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
)

MARK = " [worded by the reader]"
"""Stands after every sentence that the file does not have itself."""
LONGEST = 500

_COMPARED = {
    "==": "is",
    "!=": "is not",
    "<": "is less than",
    "<=": "is at most",
    ">": "is more than",
    ">=": "is at least",
}
_JOINED = {"&&": " and ", "||": " or ", "^": " or else "}
_AGGREGATES = {
    "count": "the number of",
    "sum": "the sum of",
    "total": "the total of",
    "min": "the least",
    "max": "the most",
}


def sentence(text: str) -> str:
    """A sentence with its mark."""
    if len(text) > LONGEST:
        text = text[: LONGEST - 1] + "…"
    return f"{text[:1].upper()}{text[1:]}.{MARK}"


def holds(condition: Argument) -> str:
    """The sentence of a constraint."""
    match condition:
        case Operation(operators=("->",), operands=(left, right)):
            return sentence(f"if {_when(left)}, then {_when(right)}")
        case Operation(operators=("<->",), operands=(left, right)):
            return sentence(f"{words(left)} exactly when {words(right)}")
        case Call(name="table", arguments=arguments):
            columns = ", ".join(words(one) for one in arguments if not isinstance(one, Row))
            return sentence(f"{columns} must be one of the listed combinations")
    return sentence(f"it must hold that {words(condition)}")


def required(condition: Argument, what: Argument) -> str:
    """The sentence of `require`."""
    return sentence(f"if {_when(condition)}, then {_wanted(what)}")


def excluded(condition: Argument, what: str) -> str:
    """The sentence of `exclude`, `disable` and `hide`."""
    always = isinstance(condition, Literal) and condition.value is True
    return sentence(f"{what} cannot be chosen{'' if always else f' if {_when(condition)}'}")


def preferred(condition: Argument) -> str:
    """The sentence of a preference."""
    match condition:
        case Operation(operators=("->",), operands=(left, right)):
            return sentence(f"if {_when(left)}, then preferably {_when(right)}")
    return sentence(f"preferably {words(condition)}")


def _wanted(what: Argument) -> str:
    match what:
        case Path():
            return f"{words(what)} is required"
        case Operation(operators=("==",), operands=(Path() as path, Literal(value=Decimal() as n))):
            if n:
                return f"exactly {n:f} {words(path)} {'is' if n == 1 else 'are'} required"
    return words(what)


def _when(condition: Argument) -> str:
    """A condition in words; a relation stands for that it holds something."""
    match condition:
        case Path(steps=(*_, OfType())):
            return f"there is {words(condition)}"
    return words(condition)


def words(syntax: Argument) -> str:
    """An expression in words."""
    match syntax:
        case Literal(value=str() as value):
            return f'"{value}"'
        case Literal(value=bool() as value):
            return "true" if value else "false"
        case Literal(value=None):
            return "nothing"
        case Literal(value=value):
            return f"{value:f}"
        case Items(items=items):
            return " or ".join(
                words(one.first) if one.last is None else f"{words(one.first)} to {words(one.last)}"
                for one in items
            )
        case Path():
            return _path(syntax)
        case Call(name=name, arguments=arguments):
            if name.lower() == "parent" and arguments:
                return f"the parent's {words(arguments[0])}"
            return f"{name}({', '.join(words(one) for one in arguments)})"
        case Operation():
            return _operation(syntax)
    return "…"


def _path(path: Path) -> str:
    said = path.head
    for step in path.steps:
        match step:
            case OfType(type=kind, settings=settings):
                said = kind
                if settings:
                    given = " and ".join(f"{name} {words(value)}" for name, value in settings)
                    said = f"{kind} with {given}"
            case Attribute(name=name):
                said = f"{name} of {said}"
            case Method(name=name, arguments=arguments):
                of = ", ".join(words(one) for one in arguments)
                aggregate = _AGGREGATES.get(name.lower(), name)
                said = (
                    f"{aggregate} {said} with {of}"
                    if name.lower() == "count" and of
                    else f"{aggregate} {of} of {said}"
                )
    return said


def _operation(syntax: Operation) -> str:
    operators, operands = syntax.operators, syntax.operands
    match operators:
        case ("&&",) | ("||",) | ("^",):
            return _JOINED[operators[0]].join(_part(one) for one in operands)
        case ("!",):
            return f"not {_part(operands[0])}"
        case ("->",):
            return f"({words(operands[0])} implies {words(operands[1])})"
        case ("<->",):
            return " exactly when ".join(_part(one) for one in operands)
        case ("?",):
            condition, first, second = (words(one) for one in operands)
            return f"({first} if {condition}, otherwise {second})"
        case ("in",):
            return f"{words(operands[0])} is {words(operands[1])}"
        case ("-",):
            return f"-{_part(operands[0])}"
    if operators[0] in _COMPARED:
        return _comparison(operators[0], *operands)
    said = _part(operands[0])
    for operator, one in zip(operators[1:], operands[1:], strict=True):
        said += f" {operator} {_part(one)}"
    return said


def _comparison(operator: str, left: Argument, right: Argument) -> str:
    if isinstance(left, Path) and left.steps and isinstance(left.steps[-1], OfType):
        match right:
            case Literal(value=Decimal() as count):
                what = words(left)
                if f"{operator}{count:f}" in ("==0", "<1", "<=0"):
                    return f"there is no {what}"
                if f"{operator}{count:f}" in (">0", ">=1", "!=0"):
                    return f"there is {what}"
                if operator == "==":
                    return f"there are exactly {count:f} {what}"
                return f"the number of {what} {_COMPARED[operator]} {count:f}"
        return f"the number of {words(left)} {_COMPARED[operator]} {words(right)}"
    return f"{words(left)} {_COMPARED[operator]} {words(right)}"


def _part(syntax: Argument) -> str:
    said = words(syntax)
    if isinstance(syntax, Operation) and syntax.operators[0] in ("&&", "||", "^", "+", "<->"):
        return f"({said})"
    return said
