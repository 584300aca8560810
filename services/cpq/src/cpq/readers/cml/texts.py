"""Functions of texts, worked out case by case while the file is read.

Source: page "String Variable Functions and Operators". A pattern of `regexpreplace` is run while
reading a file that may be hostile, so only patterns that take no more than polynomial time in a
short text are run: groups of characters with quantifiers, nothing nested, no alternatives.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from decimal import Decimal, InvalidOperation
from itertools import product

from cpq.configuration.expressions import Constant, Expression
from cpq.readers.cml.values import (
    MOST_CASES,
    Inexpressible,
    Many,
    Number,
    Text,
    Truth,
    Worth,
    all_of,
    any_of,
    as_number,
    constant,
    number,
    text,
    times,
    total,
)

LONGEST_TEXT = 1_000
"""Characters of a text that a function makes."""
LONGEST_SEARCHED = 100
MOST_QUANTIFIERS = 3

_ATOM = r"(?:\[\^?[^\[\]\\]+\]|\\[dDwWsS]|\\[^A-Za-z0-9]|[^\\()\[\]{}*+?|^$.]|\.)"
_QUANTIFIER = r"(?:[*+?]|\{\d{1,2}(?:,\d{0,2})?\})"
_TAME = re.compile(rf"\^?(?:\((?!\?)|\)|{_ATOM}{_QUANTIFIER}?)*\$?")


def apply(name: str, arguments: Sequence[Worth]) -> Worth:
    """The worth of a function of texts. Raises `Inexpressible`."""
    if name not in _FUNCTIONS:
        raise Inexpressible(
            f"{name}()", "A function that the language's documentation does not have."
        )
    least, most, function = _FUNCTIONS[name]
    if not least <= len(arguments) <= most:
        raise Inexpressible(f"{name}()", f"It takes {least} to {most} arguments.")
    cases = [_cases(name, one) for one in arguments]
    count = 1
    for one in cases:
        count *= len(one)
    if count > MOST_CASES:
        raise Inexpressible(f"{name}()", f"It has more than {MOST_CASES} different results.")
    results: dict[str | Decimal | bool | tuple[str, ...], list[Expression]] = {}
    for combination in product(*cases):
        guard = all_of(condition for condition, _ in combination)
        results.setdefault(function([value for _, value in combination]), []).append(guard)
    return _worth({value: any_of(guards) for value, guards in results.items()})


def concatenated(parts: Sequence[Worth]) -> Text:
    """`a + b` of texts."""
    found = apply("strconcat", [text(""), *parts])
    assert isinstance(found, Text)
    return found


Case = tuple[Expression, "str | Decimal | tuple[str, ...]"]


def _cases(name: str, worth: Worth) -> list[Case]:
    match worth:
        case Text(cases=cases):
            return list(cases)
        case Number(expression=expression):
            value = constant(expression)
            if value is not None:
                return [(Constant(True), value)]
        case Truth(expression=Constant(value=bool() as value)):
            return [(Constant(True), "true" if value else "false")]
        case Many(values=values):
            if len(values) == 1 and isinstance(values[0], Many):
                return _lists(values[0])
            return _lists(worth)
    raise Inexpressible(f"{name}()", "It looks at a value that is no text with few values.")


def _lists(many: Many) -> list[Case]:
    parts = []
    for one in many.values:
        literal = one.literal if isinstance(one, Text) else None
        if literal is None:
            raise Inexpressible("[…]", "A list of texts that change is not expressible.")
        parts.append(literal)
    return [(Constant(True), tuple(parts))]


def _worth(results: dict[str | Decimal | bool | tuple[str, ...], Expression]) -> Worth:
    kinds = {type(value) for value in results}
    if kinds == {bool}:
        return Truth(results.get(True, Constant(False)))
    if kinds == {Decimal}:
        whole = all(value == value.to_integral_value() for value in results)  # type: ignore[union-attr]
        if len(results) == 1:
            return number(next(iter(results)))  # type: ignore[arg-type]
        return Number(
            total(times(Constant(value), as_number(guard)) for value, guard in results.items()),  # type: ignore[arg-type]
            whole,
        )
    if kinds == {tuple}:
        if len(results) > 1:
            raise Inexpressible("strsplit()", "A list that changes is not expressible.")
        return Many(tuple(text(part) for part in next(iter(results))))  # type: ignore[union-attr]
    if any(len(str(value)) > LONGEST_TEXT for value in results):
        raise Inexpressible("text", f"A text of more than {LONGEST_TEXT} characters.")
    return Text(tuple((guard, str(value)) for value, guard in results.items()))


def _said(value: object) -> str:
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, tuple):
        return ",".join(value)
    return str(value)


def _index(value: object) -> int:
    try:
        found = int(Decimal(_said(value)))
    except (InvalidOperation, ValueError) as stop:
        raise Inexpressible("substr()", "A place in a text that is no number.") from stop
    return max(0, min(found, 10**6))


def _parts(value: object, separator: object = ",") -> tuple[str, ...]:
    if isinstance(value, tuple):
        return value
    by = _said(separator)
    return tuple(one.strip() for one in _said(value).split(by)) if by else (_said(value),)


def _to_number(values: list[object], whole: bool) -> Decimal:
    try:
        found = Decimal(_said(values[0]).strip())
        if not found.is_finite() or (whole and found != found.to_integral_value()):
            raise InvalidOperation
        return found
    except InvalidOperation:
        if len(values) > 1 and isinstance(values[1], Decimal):
            return values[1]
    return Decimal(0)


def _replaced(values: list[object]) -> str:
    searched, pattern, by = (_said(one) for one in values)
    if not _TAME.fullmatch(pattern) or pattern.count("(") != pattern.count(")"):
        raise Inexpressible(
            "regexpreplace()", "Its pattern has more than plain groups of characters."
        )
    if len(re.findall(r"(?<!\\)[*+?{]", pattern)) > MOST_QUANTIFIERS:
        raise Inexpressible(
            "regexpreplace()", f"Its pattern has more than {MOST_QUANTIFIERS} quantifiers."
        )
    if len(searched) > LONGEST_SEARCHED:
        raise Inexpressible(
            "regexpreplace()", f"It searches more than {LONGEST_SEARCHED} characters."
        )
    try:
        return re.sub(pattern, re.sub(r"\$(\d)", r"\\g<\1>", by.replace("\\", r"\\")), searched)
    except (re.error, IndexError) as stop:
        raise Inexpressible("regexpreplace()", f"Its pattern cannot be read: {stop}.") from stop


def _formatted(values: list[object]) -> str:
    rest = iter([_said(value) for value in values[1:]])
    return re.sub(r"\{\}|%(?:\.\d+)?[a-z]", lambda found: next(rest, found[0]), _said(values[0]))


def _element(values: list[object]) -> str:
    index, parts = (values[0], values[1])
    if isinstance(index, tuple):
        index, parts = parts, index
    found = _parts(parts)
    place = _index(index)
    return found[place] if place < len(found) else ""


_FUNCTIONS: dict[
    str, tuple[int, int, Callable[[list[object]], str | Decimal | bool | tuple[str, ...]]]
]
_FUNCTIONS = {
    "strlen": (1, 1, lambda values: Decimal(len(_said(values[0])))),
    "substr": (
        2,
        3,
        lambda values: _said(values[0])[
            _index(values[1]) : (_index(values[2]) if len(values) > 2 else None)
        ],
    ),
    "strconcat": (2, 50, lambda values: _said(values[0]).join(_said(one) for one in values[1:])),
    "trim": (1, 1, lambda values: _said(values[0]).strip()),
    "strsplit": (2, 2, lambda values: _parts(values[0], values[1])),
    "strcontain": (2, 2, lambda values: _said(values[1]) in _said(values[0])),
    "strshare": (
        2,
        3,
        lambda values: bool({*_parts(values[0], *values[2:])} & {*_parts(values[1], *values[2:])}),
    ),
    "strformat": (1, 50, _formatted),
    "strtoint": (1, 2, lambda values: _to_number(values, whole=True)),
    "strtofloat": (1, 2, lambda values: _to_number(values, whole=False)),
    "regexpreplace": (3, 3, _replaced),
    "get": (2, 2, _element),
}

NAMES = frozenset(_FUNCTIONS)
