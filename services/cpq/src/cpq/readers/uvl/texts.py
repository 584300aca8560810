"""Texts that constraints compare with each other, and the attributes that they make."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from cpq.configuration.expressions import AttributeOf
from cpq.configuration.model import Attribute, AttributeType, Option


@dataclass(slots=True)
class Texts:
    """Which texts are compared with each other, in constants or in features that have one."""

    _leaders: dict[AttributeOf, AttributeOf] = field(default_factory=dict)
    _constants: dict[AttributeOf, dict[str, None]] = field(default_factory=dict)

    def compared(self, left: AttributeOf | str, right: AttributeOf | str) -> None:
        """Two texts stand on the sides of one comparison."""
        if isinstance(left, str):
            left, right = right, left
        if isinstance(left, str):
            return
        leader = self._leader(left)
        if isinstance(right, str):
            self._constants[leader].setdefault(right)
            return
        other = self._leader(right)
        if other != leader:
            self._leaders[other] = leader
            self._constants[leader].update(self._constants.pop(other))

    def _leader(self, target: AttributeOf) -> AttributeOf:
        if target not in self._leaders:
            self._leaders[target] = target
            self._constants[target] = {}
        while self._leaders[target] != target:
            target = self._leaders[target]
        return target

    def __contains__(self, target: AttributeOf) -> bool:
        return target in self._leaders

    def values(self, target: AttributeOf, free: Iterable[AttributeOf]) -> tuple[list[str], int]:
        """The texts that the target may have, and how many others; `free` are those not constant.

        With as many other texts as there are free ones among those compared with each other, they
        can all differ, which is all that equality tells.
        """
        leader = self._leader(target)
        others = sum(one in self._leaders and self._leader(one) == leader for one in free)
        return list(self._constants[leader]), others


def text(code: str, values: list[str], others: int) -> Attribute:
    """The attribute of a feature with a text, which constraints compare."""
    options = [Option(value, value) for value in values]
    taken = set(values)
    for count in range(1, others + 1):
        name = "another text" if count == 1 else f"another text ({count})"
        while name in taken:
            name += " "
        options.append(Option(name, name))
    return Attribute(code, "Value", AttributeType.ENUMERATION, tuple(options))
