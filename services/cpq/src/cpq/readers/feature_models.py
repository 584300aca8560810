"""What readers of feature models share: keys of constraints, amounts, constants of features."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from cpq.configuration.document.form import MOST_NODES
from cpq.configuration.document.shapes import DEEPEST_TREE
from cpq.configuration.expressions import Constant
from cpq.configuration.language import DEEPEST
from cpq.configuration.model import Attribute, AttributeType

MOST_FEATURES: Final = MOST_NODES
DEEPEST_FEATURES: Final = DEEPEST_TREE
DEEPEST_CONSTRAINT: Final = DEEPEST - 10
"""Formulas inside each other; translating one may add a few expressions."""

LONGEST_NAME: Final = 200
LONGEST_MESSAGE: Final = 2000


@dataclass(frozen=True, slots=True)
class AmountNames:
    """How a file calls the attributes that are amounts of a feature; None: it has no such."""

    price: str | None = "Price"
    cost: str | None = None


USUAL_AMOUNTS: Final = AmountNames()


class ConstraintKeys:
    """Keys that stay the same when constraints move: made from the words of each."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def key(self, words: Iterable[str]) -> str:
        """The key of a constraint; one that is written twice has a number the second time."""
        said = "\x1f".join(words).encode("utf-8", "surrogatepass")
        stem = f"constraint-{hashlib.sha256(said).hexdigest()[:12]}"
        key, number = stem, 1
        while key in self._taken:
            number += 1
            key = f"{stem}-{number}"
        self._taken.add(key)
        return key


def constant(code: str, value: Decimal | bool) -> Attribute:
    """An attribute with the same value in every configuration."""
    if isinstance(value, bool):
        kind = AttributeType.BOOLEAN
    elif value == value.to_integral_value():
        kind = AttributeType.INTEGER
    else:
        kind = AttributeType.DECIMAL
    return Attribute(code, code, kind, expression=Constant(value))


def shortened(message: str) -> str:
    """Words of bounded length."""
    return message if len(message) <= LONGEST_MESSAGE else f"{message[: LONGEST_MESSAGE - 1]}…"
