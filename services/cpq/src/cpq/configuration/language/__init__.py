"""The text form of expressions: `parse` reads it, `unparse` writes it, and each undoes the other.

    gaming => graphics.memory >= 8 and not `export version`
    @tier in ("gold", "silver") => qty(`spare disk`) <= 4
    @margin >= 0.3 or @date < date("2026-12-24")

The grammar is in `grammar.lark`. `@margin` is no expression of its own: compared with a number it
becomes a comparison of price and cost without division. A comparison with `true` or `false` becomes
the other side or its negation. Length and depth are bounded, and what cannot be read is refused
with line, column and what could stand there.
"""

from cpq.configuration.language.bounds import (
    DEEPEST,
    EPOCH,
    LONGEST,
    LONGEST_NUMBER,
    ExpressionCannotBeRead,
    ExpressionIsTooLarge,
    Place,
)
from cpq.configuration.language.reading import Parsed, parse, read
from cpq.configuration.language.writing import unparse

__all__ = [
    "DEEPEST",
    "EPOCH",
    "LONGEST",
    "LONGEST_NUMBER",
    "ExpressionCannotBeRead",
    "ExpressionIsTooLarge",
    "Parsed",
    "Place",
    "parse",
    "read",
    "unparse",
]
