"""The words that a rule of a file shows, one for each value of the texts in them."""

from __future__ import annotations

from itertools import product

from cpq.configuration.expressions import Expression
from cpq.readers.cml import texts, wording
from cpq.readers.cml.coercions import Scope
from cpq.readers.cml.compiler import Compiler
from cpq.readers.cml.syntax import Argument, Literal, Operation, Path
from cpq.readers.cml.values import TRUE, Inexpressible, Number, Text, all_of, constant, text

MOST_SAYINGS = 24
"""Different texts of one rule; where there are more, the names of variables stand in them."""
LONGEST = 2_000

Saying = tuple[Expression, str]


def sayings(compiler: Compiler, arguments: tuple[Argument, ...], scope: Scope) -> list[Saying]:
    """The texts of a rule, each with the condition under which it is the one to show.

    A number has no value while a model is read: its name stands for it, with a finding.
    """
    if not arguments:
        return []
    parts = [_cases(compiler, one, scope) for one in arguments]
    count = 1
    for one in parts:
        count *= len(one)
    if count > MOST_SAYINGS:
        parts = [
            one if len(one) == 1 else [(TRUE, _name(argument))]
            for one, argument in zip(parts, arguments, strict=True)
        ]
    found = []
    for combination in product(*parts):
        guard = all_of(condition for condition, _ in combination)
        said = texts.apply("strformat", [text(value) for _, value in combination])
        assert isinstance(said, Text)
        found.append((guard, (said.literal or "")[:LONGEST]))
    return found


def _cases(compiler: Compiler, argument: Argument, scope: Scope) -> list[Saying]:
    try:
        worth = compiler.worth(argument, scope)
    except Inexpressible:
        worth = None
    match worth:
        case Text(cases=cases):
            return list(cases) or [(TRUE, "")]
        case Number(expression=expression) if constant(expression) is not None:
            return [(TRUE, f"{constant(expression):f}")]
    compiler.hierarchy.findings.noted(
        "{}",
        compiler.hierarchy.source.place(compiler.book.line),
        f"The words cannot show the value of {_name(argument)}; its name stands there.",
    )
    return [(TRUE, _name(argument))]


def _name(argument: Argument) -> str:
    return wording.words(argument)


def is_text(argument: Argument) -> bool:
    """Whether an argument is meant as words and not as a condition."""
    match argument:
        case Literal(value=str()):
            return True
        case Path(steps=()):
            return True
        case Operation(operators=("+", *_), operands=operands):
            return any(is_text(one) and not isinstance(one, Path) for one in operands)
    return False
